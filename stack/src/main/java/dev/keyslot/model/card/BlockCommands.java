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
    if (sector + blocks > store.sectors()) {
      return pastEnd();
    }
    MediaOutcome outcome = store.read(sector, into);
    if (outcome == MediaOutcome.HOLE) {
      into.fill((byte) 0);
    }
    return moved(blocks, CardCore.readErrors(outcome), outcome);
  }

  DataOutcome send(MemorySegment from) {
    CardStore store;
    long sector;
    boolean durable;
    boolean last;
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
      durable = core.transfer.durable();
      last = core.transfer.blocksLeft() == blocks;
    }
    if (sector + blocks > store.sectors()) {
      return pastEnd();
    }
    MediaOutcome outcome = store.write(sector, from, durable);
    if (outcome.ok() && durable && last) {
      outcome = store.settle();
    }
    return moved(blocks, core.writeErrors(outcome), outcome);
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
      endTransfer();
      core.rpmb.take(bytes);
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
    into.answer(core.r1());
    byte[] bytes = read ? core.rpmb.answer(frames) : new byte[frames * RpmbFields.FRAME_BYTES];
    core.transfer.startBytes(read ? Kind.SEND_BYTES : Kind.TAKE_BYTES, bytes);
    core.state = read ? CardState.SENDING_DATA : CardState.RECEIVING_DATA;
  }

  private DataOutcome moved(long blocks, int errors, MediaOutcome outcome) {
    if (outcome == MediaOutcome.PENDING) {
      return DataOutcome.PENDING;
    }
    synchronized (core) {
      core.raise(errors);
      if (core.transfer.advance(blocks)) {
        endTransfer();
      }
    }
    return errors == 0 ? DataOutcome.DONE : DataOutcome.FAILED;
  }

  private DataOutcome pastEnd() {
    synchronized (core) {
      core.status.raise(CardStatusFields.ADDRESS_OUT_OF_RANGE);
    }
    return DataOutcome.TIMEOUT;
  }

  private void endTransfer() {
    core.transfer.stop();
    core.state = CardState.TRANSFER;
  }

  void sendBytes(byte[] bytes, CardResponse into) {
    into.answer(core.r1());
    core.transfer.startBytes(Kind.SEND_BYTES, bytes);
    core.state = CardState.SENDING_DATA;
  }
}
