package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.BlockCountFields;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.RpmbFields;
import dev.keyslot.model.card.BlockTransfer.Kind;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Legacy transfers: commands that move blocks outside the queue, and their data phases.
 *
 * <p>Commands come under the card's lock; {@link #receive} and {@link #send} take it themselves.
 */
final class BlockCommands {

  private final CardCore core;

  BlockCommands(CardCore core) {
    this.core = core;
  }

  static long counted(int count) {
    int blocks = BlockCountFields.COUNT.extractInt(count);
    return blocks == 0 ? BlockTransfer.OPEN_ENDED : blocks;
  }

  static boolean durable(int count) {
    return BlockCountFields.RELIABLE_WRITE.isSet(count)
        || BlockCountFields.FORCED_PROGRAMMING.isSet(count);
  }

  void startBlocks(Kind kind, int argument, long blocks, boolean durable, CardResponse into) {
    long sector = core.sectorOf(argument);
    boolean open = blocks == BlockTransfer.OPEN_ENDED;
    if (core.misaligned(argument) || core.partial(sector, open ? 0 : blocks)) {
      core.status.raise(CardStatusFields.ADDRESS_MISALIGN);
      into.answer(core.r1());
      return;
    }
    long end = sector + Math.max(1, blocks);
    if (end > core.area().sectors()) {
      core.status.raise(CardStatusFields.ADDRESS_OUT_OF_RANGE);
      into.answer(core.r1());
      return;
    }
    into.answer(core.r1());
    core.transfer.startBlocks(kind, core.area(), sector, blocks, durable);
    core.state = kind == Kind.READ ? CardState.SENDING_DATA : CardState.RECEIVING_DATA;
  }

  DataOutcome receive(MemorySegment into) {
    CardStore store;
    long sector;
    synchronized (core) {
      if (core.state != CardState.SENDING_DATA) {
        return DataOutcome.TIMEOUT;
      }
      if (core.transfer.kind() == Kind.SEND_BYTES) {
        return sendSome(into);
      }
      store = core.transfer.store();
      sector = core.transfer.sector();
    }
    long blocks = into.byteSize() / MediumStore.SECTOR_BYTES;
    long there = Math.min(blocks, store.sectors() - sector);
    MediaOutcome outcome = MediaOutcome.DONE;
    if (there > 0) {
      MemorySegment part = there == blocks ? into : front(into, there);
      outcome = store.read(sector, part);
      if (outcome == MediaOutcome.HOLE) {
        part.fill((byte) 0);
      }
    }
    return moved(blocks, there, CardCore.readErrors(outcome), outcome);
  }

  /** A transfer that meets protected sectors, or the end, stores what stands before. */
  DataOutcome send(MemorySegment from) {
    CardStore store;
    long sector;
    boolean durable;
    boolean last;
    long there;
    long free;
    long blocks = from.byteSize() / MediumStore.SECTOR_BYTES;
    synchronized (core) {
      if (core.state != CardState.RECEIVING_DATA) {
        return DataOutcome.TIMEOUT;
      }
      if (core.transfer.kind() == Kind.TAKE_BYTES) {
        return takeSome(from);
      }
      store = core.transfer.store();
      sector = core.transfer.sector();
      durable = core.transfer.durable() || core.writeThrough();
      last = core.transfer.blocksLeft() == blocks;
      there = Math.min(blocks, store.sectors() - sector);
      boolean refused = core.transfer.refused();
      free = refused ? 0 : core.protection.writable(core.access(), sector, there);
      if (free < there) {
        core.transfer.refuse();
      }
    }
    MediaOutcome outcome = MediaOutcome.DONE;
    if (free > 0) {
      outcome = store.write(sector, free == blocks ? from : front(from, free), durable);
    }
    if (outcome.ok() && durable && last) {
      outcome = store.settle();
    }
    core.wrote(free);
    int errors = core.writeErrors(outcome);
    return moved(
        blocks,
        there,
        free < there ? CardStatusFields.WP_VIOLATION.set32(errors) : errors,
        outcome);
  }

  private static MemorySegment front(MemorySegment memory, long blocks) {
    return memory.asSlice(0, blocks * MediumStore.SECTOR_BYTES);
  }

  private DataOutcome sendSome(MemorySegment into) {
    byte[] bytes = core.transfer.bytes();
    int at = core.transfer.position();
    int length = (int) Math.min(bytes.length - at, into.byteSize());
    MemorySegment.copy(bytes, at, into, ValueLayout.JAVA_BYTE, 0, length);
    if (core.transfer.advanceBytes(length)) {
      endTransfer();
    }
    return DataOutcome.DONE;
  }

  private DataOutcome takeSome(MemorySegment from) {
    byte[] bytes = core.transfer.bytes();
    int at = core.transfer.position();
    int length = (int) Math.min(bytes.length - at, from.byteSize());
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, 0, bytes, at, length);
    if (core.transfer.advanceBytes(length)) {
      BlockTransfer.Payload payload = core.transfer.payload();
      endTransfer();
      payload.take(bytes);
    }
    return DataOutcome.DONE;
  }

  /** CMD18 and CMD25 while the replay-protected block is addressed: frames, counted by CMD23. */
  void startFrames(boolean read, int count, CardResponse into) {
    int frames = BlockCountFields.COUNT.extractInt(count);
    if (frames == 0) {
      core.illegal();
      return;
    }
    boolean reliable = BlockCountFields.RELIABLE_WRITE.isSet(count);
    into.answer(core.r1());
    if (read) {
      core.transfer.startSending(core.rpmb.answer(frames));
    } else {
      core.transfer.startTaking(
          frames * RpmbFields.FRAME_BYTES, bytes -> core.rpmb.take(bytes, reliable));
    }
    core.state = read ? CardState.SENDING_DATA : CardState.RECEIVING_DATA;
  }

  /** Counts {@code blocks}, of which only {@code there} lie before the end of the area. */
  private DataOutcome moved(long blocks, long there, int errors, MediaOutcome outcome) {
    if (outcome == MediaOutcome.PENDING) {
      return DataOutcome.PENDING;
    }
    boolean pastEnd = there < blocks;
    synchronized (core) {
      core.raise(pastEnd ? CardStatusFields.ADDRESS_OUT_OF_RANGE.set32(errors) : errors);
      if (core.transfer.advance(there) && !pastEnd) {
        endTransfer();
      }
    }
    if (pastEnd) {
      return DataOutcome.TIMEOUT;
    }
    return errors == 0 ? DataOutcome.DONE : DataOutcome.FAILED;
  }

  private void endTransfer() {
    core.transfer.stop();
    core.state = CardState.TRANSFER;
  }

  void sendBytes(byte[] bytes, CardResponse into) {
    into.answer(core.r1());
    core.transfer.startSending(bytes);
    core.state = CardState.SENDING_DATA;
  }

  /** Takes {@code count} bytes and hands them to {@code taker}. */
  void takeBytes(int count, BlockTransfer.Payload taker, CardResponse into) {
    into.answer(core.r1());
    core.transfer.startTaking(count, taker);
    core.state = CardState.RECEIVING_DATA;
  }
}
