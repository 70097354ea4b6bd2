package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;

/**
 * Which values CMD6 may write into the bytes of EXT_CSD that it may write at all, and which bits of
 * the bytes of mixed kind a reset takes back. Guarded by the card's lock.
 */
final class SwitchRules {

  /** BOOT_WP: power-on protection, gone with a power cycle. */
  static final BitField BOOT_POWER_ON_WP = BitField.bit(0);

  static final BitField BOOT_PERMANENT_WP = BitField.bit(2);

  /** BOOT_WP, for ever: no permanent protection. */
  private static final BitField BOOT_PERMANENT_WP_DISABLED = BitField.bit(4);

  /** BOOT_WP, until the next power cycle: no power-on protection. */
  private static final BitField BOOT_POWER_ON_WP_DISABLED = BitField.bit(6);

  /** USER_WP: CMD28 protects until the next power cycle. */
  static final BitField USER_POWER_ON_WP = BitField.bit(0);

  /** USER_WP: CMD28 protects for ever. */
  static final BitField USER_PERMANENT_WP = BitField.bit(2);

  /** USER_WP, until the next power cycle: no power-on protection. */
  private static final BitField USER_POWER_ON_WP_DISABLED = BitField.bit(3);

  /** USER_WP, for ever: no permanent protection of groups. */
  private static final BitField USER_PERMANENT_WP_DISABLED = BitField.bit(4);

  /** USER_WP, for ever: the CSD cannot protect the card for ever. */
  static final BitField CARD_PERMANENT_WP_DISABLED = BitField.bit(6);

  /** USER_WP, for ever: no password can be set. */
  static final BitField PASSWORD_DISABLED = BitField.bit(7);

  /** BKOPS_EN: the host starts background operations; once set for ever. */
  static final BitField BACKGROUND_MANUAL = BitField.bit(0);

  private static final BitField BACKGROUND_AUTO = BitField.bit(1);

  /** BOOT_CONFIG_PROT: until the next power cycle. */
  private static final BitField BOOT_CONFIG_POWER_ON = BitField.bit(0);

  /** BOOT_CONFIG_PROT: for ever. */
  private static final BitField BOOT_CONFIG_PERMANENT = BitField.bit(4);

  /** RST_n_FUNCTION: 0, 1 enabled, 2 disabled. */
  private static final int RESET_FUNCTION_MAX = 2;

  private static final int NOTIFICATION_MAX = 4;
  private static final int POWER_CLASS_MAX = 15;

  /** Events of the first byte of EXCEPTION_EVENTS_CTRL. */
  private static final int EVENTS = 0x1F;

  /** Bus of boot mode: width 1:0, reset 2, timing 4:3; 3 is no width and no timing. */
  private static final BitField BOOT_BUS_WIDTH = BitField.of(0, 2);

  private static final BitField BOOT_BUS_TIMING = BitField.of(3, 2);
  private static final int BOOT_BUS_MAX = 0x1F;

  private final ExtCsdBytes ext;

  SwitchRules(ExtCsdBytes ext) {
    this.ext = ext;
  }

  /** Whether byte {@code index}, of {@code field}, may go from {@code old} to {@code target}. */
  boolean legal(ExtCsd field, int index, int old, int target) {
    return switch (field) {
      case CMDQ_MODE_EN, CACHE_CTRL, HPI_MGMT, ERASE_GROUP_DEF, BKOPS_START, SANITIZE_START ->
          target <= 1;
      case BARRIER_CTRL -> target == 0 || (target == 1 && ext.get(ExtCsd.BARRIER_SUPPORT) != 0);
      case FLUSH_CACHE -> legalFlush(target);
      case POWER_OFF_NOTIFICATION -> target <= NOTIFICATION_MAX;
      case EXCEPTION_EVENTS_CTRL -> index == field.offset() ? (target & ~EVENTS) == 0 : target == 0;
      case RST_N_FUNCTION -> target <= RESET_FUNCTION_MAX;
      case BKOPS_EN ->
          only(target, BACKGROUND_MANUAL, BACKGROUND_AUTO) && keeps(old, target, BACKGROUND_MANUAL);
      case USER_WP -> legalUserProtection(old, target);
      case BOOT_WP -> legalBootProtection(old, target);
      case BOOT_BUS_CONDITIONS -> legalBootBus(old, target);
      case BOOT_CONFIG_PROT ->
          only(target, BOOT_CONFIG_POWER_ON, BOOT_CONFIG_PERMANENT)
              && keeps(old, target, BOOT_CONFIG_POWER_ON, BOOT_CONFIG_PERMANENT);
      case PARTITION_CONFIG -> legalPartition(old, target);
      case BUS_WIDTH -> legalWidth(target);
      case HS_TIMING -> legalTiming(target);
      case POWER_CLASS -> target <= POWER_CLASS_MAX;
      case GP_SIZE_MULT, PARTITION_SETTING_COMPLETED -> Partitions.mayChange(ext);
      case EXT_PARTITIONS_ATTRIBUTE -> Partitions.mayChange(ext) && Partitions.attributes(target);
      // Not offered by this card: firmware update, contexts, native sectors, enhanced areas, secure
      // removal, other meanings of CMD28 to CMD31, other command sets, settable write reliability.
      default -> target == old;
    };
  }

  /** What a reset leaves of a byte of mixed kind; {@code hard}: power cycle or RST_n. */
  static int afterReset(ExtCsd field, int value, boolean hard) {
    BitField[] always =
        switch (field) {
          case PARTITION_CONFIG -> new BitField[] {ExtCsdFields.PARTITION_ACCESS};
          case USER_WP -> new BitField[] {USER_POWER_ON_WP, USER_PERMANENT_WP};
          default -> new BitField[] {};
        };
    BitField[] onlyHard =
        switch (field) {
          case USER_WP -> new BitField[] {USER_POWER_ON_WP_DISABLED};
          case BOOT_WP -> new BitField[] {BOOT_POWER_ON_WP, BOOT_POWER_ON_WP_DISABLED};
          case BOOT_CONFIG_PROT -> new BitField[] {BOOT_CONFIG_POWER_ON};
          default -> new BitField[] {};
        };
    int left = value;
    for (BitField bits : always) {
      left = bits.insert32(left, 0);
    }
    for (BitField bits : hard ? onlyHard : new BitField[] {}) {
      left = bits.insert32(left, 0);
    }
    return left;
  }

  private boolean legalFlush(int target) {
    boolean barriers = ext.get(ExtCsd.BARRIER_CTRL) != 0;
    int known = ExtCsdFields.FLUSH.mask32() | (barriers ? ExtCsdFields.BARRIER.mask32() : 0);
    return target != 0 && (target & ~known) == 0;
  }

  private static boolean legalUserProtection(int old, int target) {
    return only(
            target,
            USER_POWER_ON_WP,
            USER_PERMANENT_WP,
            USER_POWER_ON_WP_DISABLED,
            USER_PERMANENT_WP_DISABLED,
            CARD_PERMANENT_WP_DISABLED,
            PASSWORD_DISABLED)
        && keeps(
            old,
            target,
            USER_POWER_ON_WP_DISABLED,
            USER_PERMANENT_WP_DISABLED,
            CARD_PERMANENT_WP_DISABLED,
            PASSWORD_DISABLED)
        && !newDespite(old, target, USER_POWER_ON_WP, USER_POWER_ON_WP_DISABLED)
        && !newDespite(old, target, USER_PERMANENT_WP, USER_PERMANENT_WP_DISABLED);
  }

  private static boolean legalBootProtection(int old, int target) {
    BitField[] all = {
      BOOT_POWER_ON_WP, BOOT_PERMANENT_WP, BOOT_POWER_ON_WP_DISABLED, BOOT_PERMANENT_WP_DISABLED
    };
    return only(target, all)
        && keeps(old, target, all)
        && !newDespite(old, target, BOOT_POWER_ON_WP, BOOT_POWER_ON_WP_DISABLED)
        && !newDespite(old, target, BOOT_PERMANENT_WP, BOOT_PERMANENT_WP_DISABLED);
  }

  private boolean legalBootBus(int old, int target) {
    int none = 3;
    boolean known =
        target <= BOOT_BUS_MAX
            && BOOT_BUS_WIDTH.extractInt(target) != none
            && BOOT_BUS_TIMING.extractInt(target) != none;
    return target == old || (known && ext.get(ExtCsd.BOOT_CONFIG_PROT) == 0);
  }

  private boolean legalPartition(int old, int target) {
    int boot = ExtCsdFields.PARTITION_BOOT_ENABLE.extractInt(target);
    int access = ExtCsdFields.PARTITION_ACCESS.extractInt(target);
    boolean bootKnown = boot <= 2 || boot == 7;
    boolean bootSame =
        ExtCsdFields.PARTITION_ACCESS.insert32(old, 0)
            == ExtCsdFields.PARTITION_ACCESS.insert32(target, 0);
    boolean reserved = BitField.bit(7).isSet(target);
    return bootKnown
        && !reserved
        && (bootSame || ext.get(ExtCsd.BOOT_CONFIG_PROT) == 0)
        && (access <= ExtCsdFields.ACCESS_RPMB || Partitions.exists(ext, access));
  }

  private static boolean legalWidth(int target) {
    int width = ExtCsdFields.WIDTH_STROBE.clear32(target);
    boolean known =
        width <= ExtCsdFields.WIDTH_8
            || width == ExtCsdFields.WIDTH_4_DDR
            || width == ExtCsdFields.WIDTH_8_DDR;
    boolean strobe = ExtCsdFields.WIDTH_STROBE.isSet(target);
    return known && (!strobe || width == ExtCsdFields.WIDTH_8_DDR);
  }

  /** HS400 needs eight lines in DDR first; the driver type must be one that the card has. */
  private boolean legalTiming(int target) {
    int mode = ExtCsdFields.TIMING_MODE.extractInt(target);
    int driver = ExtCsdFields.TIMING_DRIVER.extractInt(target);
    boolean driverKnown =
        driver < Byte.SIZE && BitField.bit(driver).isSet(ext.get(ExtCsd.DRIVER_STRENGTH));
    boolean wide = ExtCsdFields.WIDTH_STROBE.clear32(ext.busWidth()) == ExtCsdFields.WIDTH_8_DDR;
    return mode <= ExtCsdFields.TIMING_HS400
        && driverKnown
        && (mode != ExtCsdFields.TIMING_HS400 || wide);
  }

  /** Whether no other bit is set. */
  private static boolean only(int value, BitField... bits) {
    int left = value;
    for (BitField bit : bits) {
      left = bit.clear32(left);
    }
    return left == 0;
  }

  /** Whether none of the bits is taken back. */
  private static boolean keeps(int old, int target, BitField... bits) {
    boolean kept = true;
    for (BitField bit : bits) {
      kept &= !bit.isSet(old) || bit.isSet(target);
    }
    return kept;
  }

  private static boolean newDespite(int old, int target, BitField enable, BitField disabled) {
    return enable.isSet(target) && !enable.isSet(old) && disabled.isSet(target);
  }
}
