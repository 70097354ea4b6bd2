package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;

/**
 * General purpose partitions, cut off the end of the user area.
 *
 * <p>GP_SIZE_MULT counts high-capacity write protect groups. Sizes hold from the power cycle on
 * that follows PARTITION_SETTING_COMPLETED, for ever; without it they are forgotten. Guarded by the
 * card's lock.
 */
final class Partitions {

  private static final int COUNT = 4;
  private static final int FIRST_ACCESS = ExtCsdFields.ACCESS_RPMB + 1;
  private static final int MULT_BYTES = 3;

  /** EXT_PARTITIONS_ATTRIBUTE: four bits a partition; 0 none, 1 system code, 2 non-persistent. */
  private static final int ATTRIBUTE_MAX = 2;

  private boolean applied;

  /** Whether partitioning may still be described: once, in high-capacity groups. */
  static boolean mayChange(ExtCsdBytes ext) {
    return ext.get(ExtCsd.ERASE_GROUP_DEF) == 1 && ext.get(ExtCsd.PARTITION_SETTING_COMPLETED) == 0;
  }

  static boolean attributes(int twoPartitions) {
    return BitField.of(0, 4).extractInt(twoPartitions) <= ATTRIBUTE_MAX
        && BitField.of(4, 4).extractInt(twoPartitions) <= ATTRIBUTE_MAX;
  }

  /** Whether PARTITION_CONFIG may name {@code access}. */
  static boolean exists(ExtCsdBytes ext, int access) {
    return ext.partitioned() && sectors(ext, access - FIRST_ACCESS) > 0;
  }

  /** Whether what is described leaves the user area a group at least. */
  static boolean fits(ExtCsdBytes ext) {
    long total = 0;
    for (int i = 0; i < COUNT; i++) {
      total += sectors(ext, i);
    }
    return total < ext.get(ExtCsd.SEC_COUNT);
  }

  private static long sectors(ExtCsdBytes ext, int partition) {
    long mult = 0;
    for (int i = MULT_BYTES - 1; i >= 0; i--) {
      int at = ExtCsd.GP_SIZE_MULT.offset() + partition * MULT_BYTES + i;
      mult = mult * 256 + Byte.toUnsignedInt(ext.bytes()[at]);
    }
    long groups = ext.get(ExtCsd.HC_WP_GRP_SIZE) * ext.get(ExtCsd.HC_ERASE_GRP_SIZE);
    return mult * groups * EraseRange.GROUP_SECTORS;
  }

  /** After a power cycle: makes of {@code areas} what was described and completed. */
  void apply(ExtCsdBytes ext, CardStore[] areas) {
    if (applied || ext.get(ExtCsd.PARTITION_SETTING_COMPLETED) == 0) {
      return;
    }
    applied = true;
    CardStore all = areas[ExtCsdFields.ACCESS_USER];
    long end = ext.get(ExtCsd.SEC_COUNT);
    for (int i = 0; i < COUNT; i++) {
      long sectors = sectors(ext, i);
      end -= sectors;
      areas[FIRST_ACCESS + i] = new AreaSlice(all, end, sectors);
    }
    areas[ExtCsdFields.ACCESS_USER] = new AreaSlice(all, 0, end);
    ext.partition(end);
  }
}
