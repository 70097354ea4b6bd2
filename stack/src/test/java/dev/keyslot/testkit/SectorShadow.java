package dev.keyslot.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What each sector of a volume may hold, while requests fail and caches are lost.
 *
 * <p>A value is a number that fills a sector in its own way; 0 is a sector of zeros. Three sets for
 * each sector: what a read may show now; what was acknowledged last, or may have been written by a
 * failed write since; and what must survive the loss of a cache. Belongs to one thread.
 *
 * <p>Zeros lie on the medium as a hole or encrypted. A reader cannot tell, but a sector that is
 * torn between the two is neither.
 */
public final class SectorShadow {

  public static final int SECTOR_BYTES = 512;

  /** Every sector that is not zero begins with it; no ciphertext does. */
  public static final String MARK = "PLAINTEXT SECTOR";

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int HEAD_BYTES = 16;

  /** The value of zeros that are encrypted; 0 are those of a hole. */
  private static final int ENCRYPTED_ZEROS = -1;

  private final List<Set<Integer>> now = new ArrayList<>();
  private final List<Set<Integer>> acknowledged = new ArrayList<>();
  private final List<Set<Integer>> kept = new ArrayList<>();

  private boolean torn;

  public SectorShadow(int sectors) {
    for (int i = 0; i < sectors; i++) {
      now.add(new TreeSet<>(Set.of(0)));
      acknowledged.add(new TreeSet<>(Set.of(0)));
      kept.add(new TreeSet<>(Set.of(0)));
    }
  }

  /** Fills {@code memory} with {@code value} as it looks in the sectors from {@code first} on. */
  public static void fill(MemorySegment memory, int first, int value) {
    memory.fill((byte) 0);
    for (long at = 0; value != 0 && at < memory.byteSize(); at += SECTOR_BYTES) {
      for (int i = 0; i < HEAD_BYTES; i++) {
        memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) MARK.charAt(i));
      }
      for (int i = HEAD_BYTES; i < SECTOR_BYTES; i += Long.BYTES) {
        memory.set(LONG, at + i, word(first + (int) (at / SECTOR_BYTES), value, i));
      }
    }
  }

  private static long word(int sector, int value, int byteIndex) {
    return (long) value << 32 | (long) sector << 12 | byteIndex;
  }

  /** A write, or with value 0 a trim, went well. */
  public void wrote(int first, int count, int value, boolean durable) {
    for (int i = first; i < first + count; i++) {
      set(now, i, value);
      set(acknowledged, i, value);
      if (durable) {
        set(kept, i, value);
      } else {
        kept.get(i).add(value); // a cache may write back at any time
      }
    }
  }

  private static void set(List<Set<Integer>> sets, int sector, int value) {
    sets.get(sector).clear();
    sets.get(sector).add(value);
  }

  /** A write or trim failed: each sector is old or new. */
  public void failed(int first, int count, int value) {
    for (int i = first; i < first + count; i++) {
      now.get(i).add(value);
      acknowledged.get(i).add(value);
      kept.get(i).add(value);
    }
  }

  /**
   * Data units were written anew whose sectors from {@code first} on keep what they held: a hole
   * among them is filled with encrypted zeros, if the write went well.
   */
  public void rewritten(int first, int count, boolean ok, boolean durable) {
    for (int i = first; i < first + count; i++) {
      fill(now.get(i), ok);
      fill(acknowledged.get(i), ok);
      fill(kept.get(i), ok && durable);
    }
  }

  private static void fill(Set<Integer> values, boolean surely) {
    if (values.contains(0)) {
      values.add(ENCRYPTED_ZEROS);
      if (surely) {
        values.remove(0);
      }
    }
  }

  /** What a flush that begins now promises. */
  public List<Set<Integer>> promise() {
    return acknowledged.stream().<Set<Integer>>map(TreeSet::new).toList();
  }

  /** The flush that was promised this went well; call before what was written beside it. */
  public void flushed(List<Set<Integer>> promise) {
    for (int i = 0; i < promise.size(); i++) {
      now.set(i, new TreeSet<>(promise.get(i)));
      kept.set(i, new TreeSet<>(promise.get(i)));
    }
  }

  /** A cache was lost: what was not flushed may be as before. */
  public void cacheLost() {
    for (int i = 0; i < now.size(); i++) {
      now.get(i).addAll(kept.get(i));
    }
  }

  /** A lost sector may be torn: any content is then allowed where more than one is possible. */
  public void tearing() {
    torn = true;
  }

  /** What is wrong with {@code data} as the content of the sectors from {@code first}; or null. */
  public String complaint(MemorySegment data, int first) {
    for (long at = 0; at < data.byteSize(); at += SECTOR_BYTES) {
      int sector = first + (int) (at / SECTOR_BYTES);
      int value = (int) (data.get(LONG, at + HEAD_BYTES) >>> 32);
      MemorySegment expected = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
      fill(expected, sector, value);
      boolean whole = data.asSlice(at, SECTOR_BYTES).mismatch(expected) == -1;
      boolean mayBeTorn = torn && now.get(sector).size() > 1;
      if (!whole && mayBeTorn) {
        continue;
      }
      if (!whole || !allows(now.get(sector), value)) {
        return "sector %d holds %s, may hold %s"
            .formatted(sector, whole ? value : "garbage", now.get(sector));
      }
    }
    return null;
  }

  private static boolean allows(Set<Integer> values, int value) {
    return values.contains(value) || (value == 0 && values.contains(ENCRYPTED_ZEROS));
  }
}
