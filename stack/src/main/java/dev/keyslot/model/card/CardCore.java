package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.MediaOutcome;

/**
 * What the parts of a card share: its state, registers and areas. Its monitor is the card's lock.
 */
final class CardCore {

  static final int DEFAULT_RCA = 1;

  /** PARTITION_CONFIG can name so many. */
  static final int AREAS = 8;

  /** RPMB_SIZE_MULT 20h. */
  private static final int RPMB_BYTES = 4 << 20;

  /** Sectors written until BKOPS_STATUS rises by one, on a card with BACKGROUND_NEED. */
  static final long BACKGROUND_SECTORS = 1024;

  private static final int BACKGROUND_LEVEL_MAX = 3;
  private static final int BACKGROUND_LEVEL_URGENT = 2;

  /** What takes a card back. */
  enum Reset {
    /** The supply went away. */
    POWER,
    /** RST_n. */
    PIN,
    /** CMD0. */
    COMMAND
  }

  /** Work behind a busy response. */
  enum Busy {
    NOTHING,
    FLUSH,
    /** Makes durable what the transfer wrote that CMD12 has ended. */
    SETTLE,
    ERASE,
    DISCARD,
    SANITIZE,
    /** BKOPS_START. */
    BACKGROUND
  }

  final CardProfile profile;
  final CardIdentity identity;
  final ExtCsdBytes ext;
  final CardStatus status = new CardStatus();
  final QueueTable queue;
  final BlockTransfer transfer = new BlockTransfer();
  final EraseRange erase = new EraseRange();
  final Rpmb rpmb = new Rpmb(new HeapMedia(RPMB_BYTES));
  final WriteProtection protection;
  final CardLock lock = new CardLock();
  private final Partitions partitions = new Partitions();

  /** Sectors written since background operations last ran. */
  private long untidySectors;

  private boolean caching;

  /** By PARTITION_CONFIG access; RPMB and what does not exist are areas without sectors. */
  final CardStore[] areas;

  CardState state = CardState.OFF;
  Busy busy = Busy.NOTHING;
  int rca = DEFAULT_RCA;
  int busyPollsLeft;

  /** What CMD38 is to erase, without protected groups in between: sector and count in turn. */
  long[] eraseRuns = {};

  /** CMD23's argument for the next command; 0 none. */
  int armed;

  /** Whether the last write found the medium full. */
  private volatile boolean full;

  CardCore(CardProfile profile, CardStore... areas) {
    this.profile = profile;
    this.areas = areas;
    identity = new CardIdentity(profile);
    ext = new ExtCsdBytes(profile);
    protection = new WriteProtection(ext, identity);
    queue = new QueueTable(profile.readiness(), profile.seed());
  }

  /** Forgets what a reset forgets. */
  void loseVolatile(Reset by) {
    boolean hard = by != Reset.COMMAND;
    boolean cacheLost =
        switch (by) {
          case POWER -> true;
          case PIN -> !profile.has(CardTrait.RESET_PIN_KEEPS_CACHE);
          case COMMAND -> profile.has(CardTrait.GO_IDLE_LOSES_CACHE);
        };
    for (CardStore area : areas) {
      if (cacheLost) {
        area.powerLoss();
      } else {
        area.cache(false);
      }
    }
    caching = false;
    ext.reset(hard);
    if (hard) {
      protection.powerCycled();
      lock.powerCycled();
      partitions.apply(ext, areas);
    }
    protection.changed();
    queue.clear();
    transfer.stop();
    erase.clear();
    status.clear();
    armed = 0;
    busy = Busy.NOTHING;
    rca = DEFAULT_RCA;
    busyPollsLeft = profile.busyPolls();
  }

  /** Whether areas cache: until a flush has ended, CACHE_CTRL may say otherwise. */
  boolean caching() {
    return caching;
  }

  /** FLUSH_CACHE's barrier, for every area. */
  void barrier() {
    for (CardStore area : areas) {
      area.barrier();
    }
  }

  /** CACHE_CTRL's word to every area. */
  void cache(boolean on) {
    caching = on;
    for (CardStore area : areas) {
      area.cache(on);
    }
  }

  /** An illegal command: silence now, the bit in the next answer. */
  void illegal() {
    status.raise(CardStatusFields.ILLEGAL_COMMAND);
    armed = 0;
  }

  /** Whether a write is durable when its busy ends: the volatile cache is off. */
  boolean writeThrough() {
    return !ExtCsdFields.CACHE_ENABLE.isSet(ext.get(ExtCsd.CACHE_CTRL));
  }

  boolean queueing() {
    return ExtCsdFields.CMDQ_MODE_ENABLE.isSet(ext.get(ExtCsd.CMDQ_MODE_EN));
  }

  /** The card status for an answer to the present command. */
  int r1() {
    boolean event =
        (ext.get(ExtCsd.EXCEPTION_EVENTS_STATUS) & ext.get(ExtCsd.EXCEPTION_EVENTS_CTRL)) != 0;
    int word = status.take(state, state == CardState.TRANSFER, event);
    return lock.locked() ? CardStatusFields.DEVICE_IS_LOCKED.set32(word) : word;
  }

  /** Whether commands address the replay-protected block. */
  boolean addressesRpmb() {
    return access() == ExtCsdFields.ACCESS_RPMB;
  }

  /** Whether the area that commands address can be protected by groups. */
  boolean hasGroups() {
    return access() == ExtCsdFields.ACCESS_USER || access() > ExtCsdFields.ACCESS_RPMB;
  }

  /** Which area commands address: PARTITION_CONFIG. */
  int access() {
    return ExtCsdFields.PARTITION_ACCESS.extractInt(ext.get(ExtCsd.PARTITION_CONFIG));
  }

  /** The area that commands address now. */
  CardStore area() {
    return areas[access()];
  }

  /** The sector a command outside the queue means; a byte within it counts for it. */
  long sectorOf(int argument) {
    long address = Integer.toUnsignedLong(argument);
    return profile.byteAddressed() ? address / MediumStore.SECTOR_BYTES : address;
  }

  /** Whether a data command may not start at its address. */
  boolean misaligned(int argument) {
    return profile.byteAddressed()
        && Integer.toUnsignedLong(argument) % MediumStore.SECTOR_BYTES != 0;
  }

  /** Whether a card with native sectors of 4 KiB refuses this range. */
  boolean partial(long sector, long blocks) {
    boolean whole =
        sector % CardProfile.LARGE_SECTOR_BLOCKS == 0
            && blocks % CardProfile.LARGE_SECTOR_BLOCKS == 0;
    return !whole && profile.has(CardTrait.LARGE_SECTORS);
  }

  /** Counts written sectors towards the need for background operations. */
  void wrote(long sectors) {
    if (profile.has(CardTrait.BACKGROUND_NEED)) {
      synchronized (this) {
        untidySectors += sectors;
        noteBackground();
      }
    }
  }

  /** Background operations have run. */
  void tidied() {
    untidySectors = 0;
    noteBackground();
  }

  private void noteBackground() {
    long level = Math.min(BACKGROUND_LEVEL_MAX, untidySectors / BACKGROUND_SECTORS);
    ext.put(ExtCsd.BKOPS_STATUS, level);
    long events = ext.get(ExtCsd.EXCEPTION_EVENTS_STATUS);
    ext.put(
        ExtCsd.EXCEPTION_EVENTS_STATUS,
        ExtCsdFields.EVENT_URGENT_BKOPS.insert(events, level >= BACKGROUND_LEVEL_URGENT ? 1 : 0));
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
