package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;

/** Which values CMD6 may write into the bytes of EXT_CSD that it may write at all. */
final class SwitchRules {

  /** BOOT_WP: power-on protection, gone with a power cycle. */
  static final BitField BOOT_POWER_ON_WP = BitField.bit(0);

  private static final BitField BOOT_PERMANENT_WP = BitField.bit(2);

  /** USER_WP: power-on protection, gone with a power cycle. */
  static final BitField USER_POWER_ON_WP = BitField.bit(0);

  private SwitchRules() {}

  /** Whether {@code field} may go from {@code old} to {@code target}. */
  static boolean legal(ExtCsd field, int old, int target) {
    // Fields of many values are listed; all others take anything.
    if (isFlag(field)) {
      return target <= 1;
    }
    if (field == ExtCsd.FLUSH_CACHE) {
      return target == ExtCsdFields.FLUSH.mask32();
    }
    if (field == ExtCsd.POWER_OFF_NOTIFICATION) {
      return target <= 4;
    }
    if (field == ExtCsd.BUS_WIDTH) {
      return legalWidth(target);
    }
    if (field == ExtCsd.HS_TIMING) {
      return ExtCsdFields.TIMING_MODE.extractInt(target) <= ExtCsdFields.TIMING_HS400;
    }
    if (field == ExtCsd.PARTITION_CONFIG) {
      return legalPartition(target);
    }
    if (field == ExtCsd.BOOT_WP) {
      // Protection can be added; permanent and power-on protection cannot be taken back here.
      return !lost(BOOT_POWER_ON_WP, old, target) && !lost(BOOT_PERMANENT_WP, old, target);
    }
    if (field == ExtCsd.USER_WP) {
      return !lost(USER_POWER_ON_WP, old, target);
    }
    return true;
  }

  private static boolean isFlag(ExtCsd field) {
    return field == ExtCsd.CMDQ_MODE_EN
        || field == ExtCsd.CACHE_CTRL
        || field == ExtCsd.HPI_MGMT
        || field == ExtCsd.ERASE_GROUP_DEF
        || field == ExtCsd.BKOPS_START
        || field == ExtCsd.SANITIZE_START;
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

  private static boolean legalPartition(int target) {
    int boot = ExtCsdFields.PARTITION_BOOT_ENABLE.extractInt(target);
    boolean bootKnown = boot <= 2 || boot == 7;
    return bootKnown
        && ExtCsdFields.PARTITION_ACCESS.extractInt(target) <= ExtCsdFields.ACCESS_RPMB;
  }

  private static boolean lost(BitField bit, int old, int target) {
    return bit.isSet(old) && !bit.isSet(target);
  }
}
