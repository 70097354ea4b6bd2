package dev.keyslot.model.card;

import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdAccess;
import dev.keyslot.link.emmc.ExtCsdFields;
import java.util.Arrays;
import java.util.List;

/**
 * The 512 bytes of EXT_CSD and what CMD6 and resets do to them. Guarded by the card's lock.
 *
 * <p>Triggers are checked here and carried out by the card.
 */
final class ExtCsdBytes {

  /** CMD6 access modes, by value. */
  private static final int MODE_SET_BITS = 1;

  private static final int MODE_CLEAR_BITS = 2;
  private static final int MODE_WRITE_BYTE = 3;

  /** Fields with bits that a reset takes back, and others. */
  private static final List<ExtCsd> MIXED =
      List.of(ExtCsd.PARTITION_CONFIG, ExtCsd.USER_WP, ExtCsd.BOOT_WP, ExtCsd.BOOT_CONFIG_PROT);

  private static final int GP_FIRST = ExtCsd.GP_SIZE_MULT.offset();

  private final byte[] bytes = new byte[ExtCsd.BYTES];
  private final byte[] atPowerOn;
  private final ExtCsd[] fieldAt = new ExtCsd[ExtCsd.BYTES];

  private final SwitchRules rules = new SwitchRules(this);
  private boolean partitioned;

  /** BUS_WIDTH is write-only: what was written lives here. */
  private int busWidth;

  ExtCsdBytes(CardProfile profile) {
    for (ExtCsd field : ExtCsd.values()) {
      Arrays.fill(fieldAt, field.offset(), field.offset() + field.bytes(), field);
    }
    fillDefaults(profile);
    atPowerOn = bytes.clone();
  }

  private void fillDefaults(CardProfile profile) {
    put(ExtCsd.SEC_COUNT, profile.sectors());
    put(ExtCsd.ERASED_MEM_CONT, profile.erasedByte() == 0 ? 0 : 1);
    put(ExtCsd.CACHE_SIZE, profile.cacheKibit());
    put(ExtCsd.CMDQ_SUPPORT, profile.queueDepth() > 0 ? 1 : 0);
    put(ExtCsd.CMDQ_DEPTH, Math.max(0, profile.queueDepth() - 1));
    boolean outlives = profile.cache() == CardProfile.CacheKind.MEDIUM && profile.holeQuery();
    put(
        ExtCsd.VENDOR_HOLE_QUERY,
        ExtCsdFields.CACHE_OUTLIVES_RESET.insert(profile.holeQuery() ? 1 : 0, outlives ? 1 : 0));
    // A card of ours tells at once that its medium is full; others wait to be asked.
    put(
        ExtCsd.EXCEPTION_EVENTS_CTRL,
        profile.holeQuery() ? ExtCsdFields.EVENT_SYSPOOL_EXHAUSTED.mask() : 0);
    put(ExtCsd.PROGRAM_CID_CSD_DDR_SUPPORT, 1);
    put(ExtCsd.PARTITIONING_SUPPORT, 0x07);
    put(ExtCsd.RST_N_FUNCTION, 1);
    put(ExtCsd.WR_REL_PARAM, 0x14);
    put(ExtCsd.WR_REL_SET, 0x1F);
    put(ExtCsd.RPMB_SIZE_MULT, 0x20);
    put(ExtCsd.STROBE_SUPPORT, 1);
    put(ExtCsd.EXT_CSD_REV, 8);
    put(ExtCsd.CSD_STRUCTURE, 2);
    put(ExtCsd.DEVICE_TYPE, 0x57);
    put(ExtCsd.DRIVER_STRENGTH, 0x1F);
    put(ExtCsd.OUT_OF_INTERRUPT_TIME, 0x0A);
    put(ExtCsd.PARTITION_SWITCH_TIME, 0x1E);
    put(ExtCsd.SLEEP_NOTIFICATION_TIME, 0x07);
    put(ExtCsd.S_A_TIMEOUT, 0x11);
    put(ExtCsd.HC_WP_GRP_SIZE, 16);
    put(ExtCsd.REL_WR_SEC_C, 1);
    put(ExtCsd.ERASE_TIMEOUT_MULT, 1);
    put(ExtCsd.HC_ERASE_GRP_SIZE, 1);
    put(ExtCsd.ACC_SIZE, 6);
    put(ExtCsd.BOOT_SIZE_MULT, 0x20);
    put(ExtCsd.BOOT_INFO, 7);
    put(ExtCsd.SEC_TRIM_MULT, 0x11);
    put(ExtCsd.SEC_ERASE_MULT, 0x11);
    put(ExtCsd.SEC_FEATURE_SUPPORT, 0x55);
    put(ExtCsd.TRIM_MULT, 1);
    put(ExtCsd.CACHE_FLUSH_POLICY, profile.keepsOrder() ? 1 : 0);
    put(ExtCsd.BARRIER_SUPPORT, profile.has(CardTrait.BARRIERS) ? 1 : 0);
    put(ExtCsd.DATA_SECTOR_SIZE, profile.has(CardTrait.LARGE_SECTORS) ? 1 : 0);
    put(ExtCsd.NATIVE_SECTOR_SIZE, profile.has(CardTrait.LARGE_SECTORS) ? 1 : 0);
    put(ExtCsd.INI_TIMEOUT_AP, 10);
    put(ExtCsd.POWER_OFF_LONG_TIME, 0x32);
    put(ExtCsd.GENERIC_CMD6_TIME, 0x19);
    put(ExtCsd.FIRMWARE_VERSION, 1);
    put(ExtCsd.OPTIMAL_TRIM_UNIT_SIZE, 1);
    put(ExtCsd.OPTIMAL_WRITE_SIZE, 1);
    put(ExtCsd.OPTIMAL_READ_SIZE, 1);
    put(ExtCsd.PRE_EOL_INFO, 1);
    put(ExtCsd.LIFE_TIME_EST_A, 1);
    put(ExtCsd.LIFE_TIME_EST_B, 1);
    put(ExtCsd.BKOPS_SUPPORT, 1);
    put(ExtCsd.HPI_FEATURES, profile.has(CardTrait.HPI_BY_STOP) ? 3 : 1);
    put(ExtCsd.S_CMD_SET, 1);
  }

  /** The bytes as CMD8 sends them; not a copy. */
  byte[] bytes() {
    return bytes;
  }

  /** A field's value, little-endian; the low 8 bytes of longer ones. */
  long get(ExtCsd field) {
    long value = 0;
    for (int i = Math.min(field.bytes(), Long.BYTES) - 1; i >= 0; i--) {
      value = value * 256 + Byte.toUnsignedInt(bytes[field.offset() + i]);
    }
    return value;
  }

  void put(ExtCsd field, long value) {
    long left = value;
    for (int i = 0; i < Math.min(field.bytes(), Long.BYTES); i++) {
      bytes[field.offset() + i] = (byte) left;
      left >>>= Byte.SIZE;
    }
  }

  int busWidth() {
    return busWidth;
  }

  /** The field that byte {@code index} belongs to, or null. */
  ExtCsd fieldAt(int index) {
    return fieldAt[index];
  }

  /** What byte {@code index} would become, without changing it. */
  int target(int mode, int index, int value) {
    int old = Byte.toUnsignedInt(bytes[index]);
    return switch (mode) {
      case MODE_SET_BITS -> old | value;
      case MODE_CLEAR_BITS -> old & ~value;
      case MODE_WRITE_BYTE -> value;
      default -> old;
    };
  }

  /** Whether CMD6 may make byte {@code index} {@code target}. */
  boolean allows(int index, int target) {
    ExtCsd field = fieldAt[index];
    if (field == null || index >= ExtCsd.PROPERTIES_START) {
      return false;
    }
    int old = Byte.toUnsignedInt(bytes[index]);
    boolean legal = rules.legal(field, index, old, target);
    return switch (field.access()) {
      case READ_ONLY, RESERVED -> false;
      case ONE_TIME -> old == target || (old == 0 && legal);
      case ONCE_UNTIL_POWER_CYCLE -> (old & ~target) == 0 && legal;
      case PERSISTENT, UNTIL_RESET, TRIGGER, MIXED -> legal;
    };
  }

  /** Stores what {@link #allows} allowed; triggers leave nothing behind. */
  void store(int index, int target) {
    ExtCsd field = fieldAt[index];
    if (field == ExtCsd.BUS_WIDTH) {
      busWidth = target;
    } else if (field.access() != ExtCsdAccess.TRIGGER) {
      bytes[index] = (byte) target;
    }
  }

  /**
   * Takes back what a reset takes back.
   *
   * @param hard power cycle or RST_n, against CMD0
   */
  void reset(boolean hard) {
    busWidth = 0;
    for (ExtCsd field : ExtCsd.values()) {
      boolean lost =
          switch (field.access()) {
            case UNTIL_RESET, TRIGGER -> true;
            case ONCE_UNTIL_POWER_CYCLE -> hard;
            case READ_ONLY, ONE_TIME, PERSISTENT, MIXED, RESERVED -> false;
          };
      if (lost) {
        System.arraycopy(atPowerOn, field.offset(), bytes, field.offset(), field.bytes());
      }
    }
    for (ExtCsd field : MIXED) {
      put(field, SwitchRules.afterReset(field, (int) get(field), hard));
    }
    if (hard && get(ExtCsd.PARTITION_SETTING_COMPLETED) == 0) {
      Arrays.fill(bytes, GP_FIRST, GP_FIRST + ExtCsd.GP_SIZE_MULT.bytes(), (byte) 0);
      put(ExtCsd.EXT_PARTITIONS_ATTRIBUTE, 0);
    }
  }

  /** General purpose partitions are there; the user area keeps {@code userSectors}. */
  void partition(long userSectors) {
    partitioned = true;
    put(ExtCsd.SEC_COUNT, userSectors);
  }

  boolean partitioned() {
    return partitioned;
  }
}
