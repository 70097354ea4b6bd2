package dev.keyslot.model.controller;

import dev.keyslot.base.metrics.RoomProbe;
import dev.keyslot.base.metrics.RoomProbe.Room;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.model.controller.TaskSlot.Result;
import dev.keyslot.model.engine.SlotKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A data path: moves the data of the tasks it has claimed, through the engine, outside all locks.
 *
 * <p>The engine works on the byte stream, cut into data units from its start; descriptors may cut
 * it anywhere else. A write is encrypted piece by piece into a buffer that fits the processor's
 * cache and goes to the card from there; a read comes into that buffer and is decrypted into host
 * memory. Owned by the thread that claimed.
 */
final class Worker {

  /** A piece: small against a core's second-level cache, a multiple of every data unit. */
  static final int PIECE_BYTES = 128 * 1024;

  private static final int BLOCK_BYTES = CqhciLayout.BLOCK_BYTES;

  private final CardPort card;
  private final TransferChain chain;

  /** Aligned to a page. */
  private final MemorySegment buffer;

  /** Slices of the buffer's start by their length in blocks, so that none is made per task. */
  private final MemorySegment[] heads = new MemorySegment[PIECE_BYTES / BLOCK_BYTES + 1];

  final TaskSlot[] claimed = new TaskSlot[CqhciLayout.TASK_SLOTS];
  int claimedCount;

  Worker(CardPort card, DmaMemory dma, HostIdentity identity, Arena arena) {
    this.card = card;
    chain = new TransferChain(dma, identity);
    buffer = arena.allocate(PIECE_BYTES, 4096);
    for (int i = 1; i < heads.length; i++) {
      heads[i] = buffer.asSlice(0, (long) i * BLOCK_BYTES);
    }
  }

  /** Executes what is claimed; each slot then holds its result. Returns how many came to an end. */
  int run() {
    int ended = 0;
    for (int i = 0; i < claimedCount; i++) {
      TaskSlot slot = claimed[i];
      RoomProbe.enter(Room.CONTROLLER, slot.block, slot.index);
      slot.result = slot.direct ? finishDirect() : moveUnlessGone(slot);
      RoomProbe.leave(Room.CONTROLLER, slot.block, slot.index);
      ended += slot.result == Result.PENDING ? 0 : 1;
    }
    return ended;
  }

  private Result finishDirect() {
    return switch (card.finishBusy()) {
      case DONE, HOLE -> Result.DONE;
      case PENDING -> Result.PENDING;
      case CRC_ERROR -> Result.DATA_CRC;
      case TIMEOUT -> Result.DATA_TIMEOUT;
      case FAILED -> Result.CARD_STATUS;
    };
  }

  private Result moveUnlessGone(TaskSlot slot) {
    try {
      return move(slot);
    } catch (IllegalStateException e) {
      if (chain.memoryGone()) {
        return Result.ADMA_ERROR;
      }
      throw e;
    }
  }

  private Result move(TaskSlot slot) {
    if (!slot.linkValid) {
      return Result.ADMA_ERROR;
    }
    chain.begin(slot.transferAddress);
    long total = (long) slot.blocks * BLOCK_BYTES;
    long end = Math.min(total, slot.cryptoFailsAt);
    if (!chain.skip(slot.movedBytes)) {
      return Result.ADMA_ERROR;
    }
    for (long done = slot.movedBytes; done < end; slot.movedBytes = done) {
      long stop = done < slot.shortUnitAt ? Math.min(end, slot.shortUnitAt) : end;
      int length = (int) Math.min(PIECE_BYTES, stop - done);
      Result result = slot.read ? readPiece(slot, done, length) : writePiece(slot, done, length);
      if (result != Result.DONE) {
        return result == Result.CARD_STATUS ? finish(slot) : result;
      }
      done += length;
    }
    if (end < total) {
      return Result.CRYPTO;
    }
    if (!chain.exhausted()) {
      return Result.ADMA_ERROR;
    }
    return finish(slot);
  }

  private Result finish(TaskSlot slot) {
    return result(card.finishTask(slot.index, slot.response));
  }

  private static Result result(DataOutcome outcome) {
    return switch (outcome) {
      case DONE, HOLE -> Result.DONE;
      case PENDING -> Result.PENDING;
      case CRC_ERROR -> Result.DATA_CRC;
      case TIMEOUT -> Result.DATA_TIMEOUT;
      case FAILED -> Result.CARD_STATUS;
    };
  }

  // ---- host to card

  private Result writePiece(TaskSlot slot, long done, int length) {
    MemorySegment piece = heads[length / BLOCK_BYTES];
    boolean whole;
    if (done == slot.shortUnitAt) {
      whole = gather(piece);
      if (whole) {
        slot.key.encryptShort(slot.dun + done / slot.key.unitBytes(), piece);
      }
    } else {
      whole = slot.key == null ? gather(piece) : gatherEncrypted(slot.key, slot.dun, done, piece);
    }
    return whole ? result(card.writeTask(slot.index, done, piece)) : Result.ADMA_ERROR;
  }

  private boolean gather(MemorySegment piece) {
    long length = piece.byteSize();
    for (long at = 0; at < length; ) {
      MemorySegment part = chain.pull(length - at);
      if (part == null) {
        return false;
      }
      MemorySegment.copy(part, 0, piece, at, part.byteSize());
      at += part.byteSize();
    }
    return true;
  }

  private boolean gatherEncrypted(SlotKey key, long dun, long done, MemorySegment piece) {
    int unit = key.unitBytes();
    long length = piece.byteSize();
    for (long at = 0; at < length; ) {
      long within = at % unit;
      MemorySegment part = chain.pull(within == 0 ? length - at : unit - within);
      if (part == null) {
        return false;
      }
      long size = part.byteSize();
      long direct = within == 0 ? size - size % unit : 0;
      if (direct == length) {
        key.encrypt(dun + done / unit, part, piece);
        return true;
      }
      if (direct > 0) {
        key.encrypt(dun + (done + at) / unit, part.asSlice(0, direct), piece.asSlice(at, direct));
      }
      MemorySegment.copy(part, direct, piece, at + direct, size - direct);
      at += size;
      if (direct == 0 && at % unit == 0) { // the last part of a unit that was cut
        MemorySegment cut = piece.asSlice(at - unit, unit);
        key.encrypt(dun + (done + at) / unit - 1, cut, cut);
      }
    }
    return true;
  }

  // ---- card to host

  private Result readPiece(TaskSlot slot, long done, int length) {
    MemorySegment piece = heads[length / BLOCK_BYTES];
    DataOutcome outcome = card.readTask(slot.index, done, piece);
    Result result = result(outcome);
    if (result != Result.DONE) {
      return result;
    }
    SlotKey key = slot.key;
    if (outcome == DataOutcome.HOLE) {
      if (key == null || key.zeroRule()) {
        return zeros(length) ? Result.DONE : Result.ADMA_ERROR;
      }
      piece.fill((byte) 0);
    }
    boolean whole;
    if (done == slot.shortUnitAt) {
      key.decryptShort(slot.dun + done / key.unitBytes(), piece);
      whole = scatter(piece);
    } else {
      whole = key == null ? scatter(piece) : scatterDecrypted(key, slot.dun, done, piece);
    }
    return whole ? Result.DONE : Result.ADMA_ERROR;
  }

  private boolean zeros(long length) {
    for (long at = 0; at < length; ) {
      MemorySegment part = chain.pull(length - at);
      if (part == null) {
        return false;
      }
      part.fill((byte) 0);
      at += part.byteSize();
    }
    return true;
  }

  private boolean scatter(MemorySegment piece) {
    long length = piece.byteSize();
    for (long at = 0; at < length; ) {
      MemorySegment part = chain.pull(length - at);
      if (part == null) {
        return false;
      }
      MemorySegment.copy(piece, at, part, 0, part.byteSize());
      at += part.byteSize();
    }
    return true;
  }

  private boolean scatterDecrypted(SlotKey key, long dun, long done, MemorySegment piece) {
    int unit = key.unitBytes();
    long length = piece.byteSize();
    long plainTo = 0; // the buffer holds plaintext below this
    for (long at = 0; at < length; ) {
      MemorySegment part = chain.pull(at < plainTo ? plainTo - at : length - at);
      if (part == null) {
        return false;
      }
      long size = part.byteSize();
      long direct = at < plainTo ? 0 : size - size % unit;
      if (direct == length) {
        key.decrypt(dun + done / unit, piece, part);
        return true;
      }
      if (direct > 0) {
        key.decrypt(dun + (done + at) / unit, piece.asSlice(at, direct), part.asSlice(0, direct));
      }
      long rest = size - direct;
      if (rest > 0) {
        if (at + direct >= plainTo) {
          MemorySegment cut = piece.asSlice(at + direct, unit);
          key.decrypt(dun + (done + at + direct) / unit, cut, cut);
          plainTo = at + direct + unit;
        }
        MemorySegment.copy(piece, at + direct, part, direct, rest);
      }
      at += size;
    }
    return true;
  }
}
