package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What may not be written: the whole card by its CSD, groups of an area by CMD28, the boot areas by
 * BOOT_WP.
 *
 * <p>Guarded by the card's lock. Nothing is asked of the maps while nothing is protected, which is
 * always on a card that serves volumes.
 */
final class WriteProtection {

  /** Kinds of a group, weakest first. */
  enum Kind {
    NONE(0),
    /** Until CMD29. */
    TEMPORARY(1),
    /** Until the supply goes away, or RST_n. */
    POWER_ON(2),
    /** For ever. */
    PERMANENT(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** As CMD31 tells it, in two bits. */
    int code() {
      return code;
    }
  }

  /** CSD: WP_GRP_SIZE + 1 = 8 erase groups of 1024 sectors. High-capacity groups are multiples. */
  static final long GRAIN_SECTORS = 8 * EraseRange.GROUP_SECTORS;

  private static final BitField BOOT_AREA_1 = BitField.of(0, 2);
  private static final BitField BOOT_AREA_2 = BitField.of(2, 2);
  private static final int BOOT_POWER_ON = 1;
  private static final int BOOT_PERMANENT = 2;

  private final ExtCsdBytes ext;
  private final CardIdentity identity;

  /** By PARTITION_CONFIG access: kind of each grain that has one. */
  private final List<Map<Long, Kind>> grains = new ArrayList<>();

  /** Whether anything at all is protected. */
  private boolean active;

  WriteProtection(ExtCsdBytes ext, CardIdentity identity) {
    this.ext = ext;
    this.identity = identity;
    for (int area = 0; area < CardCore.AREAS; area++) {
      grains.add(new HashMap<>());
    }
  }

  /** Size of the groups that CMD28 to CMD31 speak of now. */
  long groupSectors() {
    boolean high =
        ExtCsdFields.ERASE_GROUP_DEF_HIGH_CAPACITY.isSet(ext.get(ExtCsd.ERASE_GROUP_DEF));
    long groups = ext.get(ExtCsd.HC_WP_GRP_SIZE) * ext.get(ExtCsd.HC_ERASE_GRP_SIZE);
    return high ? groups * EraseRange.GROUP_SECTORS : GRAIN_SECTORS;
  }

  /** The strongest protection within the group that begins at {@code sector}. */
  Kind group(int area, long sector) {
    Kind strongest = Kind.NONE;
    Map<Long, Kind> map = grains.get(area);
    for (long at = sector; at < sector + groupSectors(); at += GRAIN_SECTORS) {
      Kind kind = map.getOrDefault(at / GRAIN_SECTORS, Kind.NONE);
      strongest = kind.compareTo(strongest) > 0 ? kind : strongest;
    }
    return strongest;
  }

  /** Protects the group that begins at {@code sector}; what is protected more strongly stays so. */
  void protect(int area, long sector, Kind kind) {
    for (long at = sector; at < sector + groupSectors(); at += GRAIN_SECTORS) {
      grains.get(area).merge(at / GRAIN_SECTORS, kind, (a, b) -> a.compareTo(b) > 0 ? a : b);
    }
    changed();
  }

  /** Takes temporary protection away; false, and nothing done, if there is a stronger one. */
  boolean release(int area, long sector) {
    if (group(area, sector).compareTo(Kind.TEMPORARY) > 0) {
      return false;
    }
    for (long at = sector; at < sector + groupSectors(); at += GRAIN_SECTORS) {
      grains.get(area).remove(at / GRAIN_SECTORS);
    }
    changed();
    return true;
  }

  /** After a power cycle or RST_n. */
  void powerCycled() {
    grains.forEach(map -> map.values().removeIf(kind -> kind == Kind.POWER_ON));
    changed();
  }

  /** A register that protects has changed. */
  void changed() {
    long boot = ext.get(ExtCsd.BOOT_WP);
    int status = 0;
    if (SwitchRules.BOOT_PERMANENT_WP.isSet(boot)) {
      status = BOOT_PERMANENT;
    } else if (SwitchRules.BOOT_POWER_ON_WP.isSet(boot)) {
      status = BOOT_POWER_ON;
    }
    ext.put(ExtCsd.BOOT_WP_STATUS, BOOT_AREA_2.insert(BOOT_AREA_1.insert(0, status), status));
    active =
        status != 0 || identity.writeProtected() || grains.stream().anyMatch(map -> !map.isEmpty());
  }

  /** Whether something for ever stands against erasing everything. */
  boolean permanent() {
    return identity.permanentlyProtected()
        || grains.stream().anyMatch(map -> map.containsValue(Kind.PERMANENT));
  }

  /** How many sectors from {@code sector} on may change; at most {@code count}. */
  long writable(int area, long sector, long count) {
    if (!active) {
      return count;
    }
    if (whole(area)) {
      return 0;
    }
    long end = sector + count;
    for (long at = sector; at < end; at = (at / GRAIN_SECTORS + 1) * GRAIN_SECTORS) {
      if (grains.get(area).containsKey(at / GRAIN_SECTORS)) {
        return at - sector;
      }
    }
    return count;
  }

  private boolean whole(int area) {
    boolean boot = area == ExtCsdFields.ACCESS_BOOT_1 || area == ExtCsdFields.ACCESS_BOOT_2;
    return identity.writeProtected() || (boot && ext.get(ExtCsd.BOOT_WP_STATUS) != 0);
  }

  /** The unprotected parts of a range: first sector and count, in turn. */
  long[] writableRuns(int area, long sector, long count) {
    List<Long> runs = new ArrayList<>();
    long end = sector + count;
    long start = -1;
    for (long at = sector; at < end && !whole(area); ) {
      long next = Math.min(end, (at / GRAIN_SECTORS + 1) * GRAIN_SECTORS);
      if (grains.get(area).containsKey(at / GRAIN_SECTORS)) {
        close(runs, start, at);
        start = -1;
      } else if (start < 0) {
        start = at;
      }
      at = next;
    }
    close(runs, whole(area) ? -1 : start, end);
    return runs.stream().mapToLong(Long::longValue).toArray();
  }

  private static void close(List<Long> runs, long start, long end) {
    if (start >= 0) {
      runs.add(start);
      runs.add(end - start);
    }
  }
}
