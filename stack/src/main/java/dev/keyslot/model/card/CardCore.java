package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.model.media.MediaOutcome;

/**
 * What the parts of a card share: its state, registers and areas. Its monitor is the card's lock.
 */
final class CardCore {

  static final int DEFAULT_RCA = 1;

  /** RPMB_SIZE_MULT 20h. */
  private static final int RPMB_BYTES = 4 << 20;

  /** Work behind a busy response. */
  enum Busy {
    NOTHING,
    FLUSH,
    ERASE
  }

  final CardProfile profile;
  final CardIdentity identity;
  final ExtCsdBytes ext;
  final CardStatus status = new CardStatus();
  final QueueTable queue;
  final BlockTransfer transfer = new BlockTransfer();
  final EraseRange erase = new EraseRange();
  final Rpmb rpmb = new Rpmb(RPMB_BYTES);

  /** By PARTITION_CONFIG access: user area, boot areas, and for RPMB an area without sectors. */
  final CardStore[] areas;

  CardState state = CardState.OFF;
  Busy busy = Busy.NOTHING;
  int rca = DEFAULT_RCA;
  int busyPollsLeft;

  /** CMD23's argument for the next command; 0 none. */
  int armed;

  /** Whether the last write found the medium full. */
  private volatile boolean full;

  CardCore(CardProfile profile, CardStore... areas) {
    this.profile = profile;
    this.areas = areas;
    identity = new CardIdentity(profile);
    ext = new ExtCsdBytes(profile);
    queue = new QueueTable(profile.readiness(), profile.seed());
  }

  /** Forgets what a reset forgets; {@code hard}: power cycle or RST_n, against CMD0. */
  void loseVolatile(boolean hard) {
    for (CardStore area : areas) {
      if (hard) {
        area.powerLoss();
      } else {
        area.cache(false);
      }
    }
    ext.reset(hard);
    queue.clear();
    transfer.stop();
    erase.clear();
    status.clear();
    armed = 0;
    busy = Busy.NOTHING;
    rca = DEFAULT_RCA;
    busyPollsLeft = profile.busyPolls();
  }

  /** CACHE_CTRL's word to every area. */
  void cache(boolean on) {
    for (CardStore area : areas) {
      area.cache(on);
    }
  }

  /** An illegal command: silence now, the bit in the next answer. */
  void illegal() {
    status.raise(CardStatusFields.ILLEGAL_COMMAND);
    armed = 0;
  }

  boolean queueing() {
    return ExtCsdFields.CMDQ_MODE_ENABLE.isSet(ext.get(ExtCsd.CMDQ_MODE_EN));
  }

  /** The card status for an answer to the present command. */
  int r1() {
    boolean event =
        (ext.get(ExtCsd.EXCEPTION_EVENTS_STATUS) & ext.get(ExtCsd.EXCEPTION_EVENTS_CTRL)) != 0;
    return status.take(state, state == CardState.TRANSFER, event);
  }

  /** Whether commands address the replay-protected block. */
  boolean addressesRpmb() {
    return ExtCsdFields.PARTITION_ACCESS.extractInt(ext.get(ExtCsd.PARTITION_CONFIG))
        == ExtCsdFields.ACCESS_RPMB;
  }

  /** The area that commands address now. */
  CardStore area() {
    return areas[ExtCsdFields.PARTITION_ACCESS.extractInt(ext.get(ExtCsd.PARTITION_CONFIG))];
  }

  /** The sector a command outside the queue means. */
  long sectorOf(int argument) {
    long address = Integer.toUnsignedLong(argument);
    if (!profile.byteAddressed()) {
      return address;
    }
    if (address % MediumStore.SECTOR_BYTES != 0) {
      status.raise(CardStatusFields.ADDRESS_MISALIGN);
    }
    return address / MediumStore.SECTOR_BYTES;
  }

  void startBusy(Busy what) {
    busy = what;
    state = CardState.PROGRAMMING;
  }

  /** Raises every bit of {@code bits}. */
  void raise(int bits) {
    for (int left = bits; left != 0; left &= left - 1) {
      BitField bit = BitField.bit(Integer.numberOfTrailingZeros(left));
      if (bit.shift() != CardStatusFields.EXCEPTION_EVENT.shift()) {
        status.raise(bit); // the event bit follows EXT_CSD
      }
    }
  }

  /** Card status bits of a read that ended so. */
  static int readErrors(MediaOutcome outcome) {
    return switch (outcome) {
      case DONE, HOLE, PENDING -> 0;
      case FULL, FAILED -> CardStatusFields.DEVICE_ECC_FAILED.mask32();
    };
  }

  /** Card status bits of a write that ended so; keeps account of a full medium. */
  int writeErrors(MediaOutcome outcome) {
    return switch (outcome) {
      case DONE, HOLE, PENDING -> {
        if (full) {
          noteFull(false);
        }
        yield 0;
      }
      case FULL -> {
        noteFull(true);
        yield CardStatusFields.EXCEPTION_EVENT.set32(CardStatusFields.ERROR.mask32());
      }
      case FAILED -> CardStatusFields.ERROR.mask32();
    };
  }

  private synchronized void noteFull(boolean now) {
    full = now;
    long events = ext.get(ExtCsd.EXCEPTION_EVENTS_STATUS);
    ext.put(
        ExtCsd.EXCEPTION_EVENTS_STATUS,
        ExtCsdFields.EVENT_SYSPOOL_EXHAUSTED.insert(events, now ? 1 : 0));
  }
}
