package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a medium may hold after a crash: what is durable for certain, and, in order, what was
 * accepted since. Knows nothing of how a card keeps it.
 */
final class CrashShadow {

  static final int SECTORS = 64;
  private static final int SECTOR = 512;

  /** One sector accepted into the cache; value 0 is an erased one. */
  private record Accepted(int sector, int value, int epoch) {}

  private final boolean ordered;
  private final boolean eraseCached;
  private final int[] durable = new int[SECTORS];
  private final List<Accepted> accepted = new ArrayList<>();
  private int epoch;
  private boolean caching = true;

  CrashShadow(boolean ordered, boolean eraseCached) {
    this.ordered = ordered;
    this.eraseCached = eraseCached;
  }

  void flushed() {
    accepted.forEach(a -> durable[a.sector()] = a.value());
    accepted.clear();
  }

  void barrier() {
    epoch++;
  }

  void caching(boolean on) {
    if (!on) {
      flushed();
    }
    caching = on;
  }

  void wrote(int first, int count, int firstValue, boolean passesCache) {
    for (int i = 0; i < count; i++) {
      put(first + i, firstValue + i, passesCache);
    }
  }

  void erased(int first, int count) {
    for (int i = 0; i < count; i++) {
      put(first + i, 0, !eraseCached);
    }
  }

  private void put(int sector, int value, boolean passesCache) {
    if (caching && !passesCache) {
      accepted.add(new Accepted(sector, value, epoch));
      return;
    }
    // What passes the cache passes no barrier: everything of earlier epochs is durable with it.
    for (Accepted a : accepted) {
      if (a.epoch() < epoch) {
        durable[a.sector()] = a.value();
      }
    }
    accepted.removeIf(a -> a.epoch() < epoch || a.sector() == sector);
    durable[sector] = value;
  }

  /** Checks a medium; {@code all}: nothing may be missing. */
  void check(HeapMedia media, PowerLoss policy, boolean all) {
    int[] front = new int[SECTORS];
    int[] back = new int[SECTORS];
    for (int i = 0; i < SECTORS; i++) {
      byte[] now = new byte[SECTOR];
      media.read((long) i * SECTOR, MemorySegment.ofArray(now));
      MemorySegment memory = MemorySegment.ofArray(now);
      front[i] = memory.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
      back[i] = memory.get(ValueLayout.JAVA_INT_UNALIGNED, SECTOR - 4);
      checkWhole(now, i, front[i], back[i]);
    }
    if (all) {
      flushed();
      assertThat(front).as("everything is there").isEqualTo(durable);
      assertThat(back).as("and nothing is torn").isEqualTo(durable);
    } else if (policy == PowerLoss.TORN_PREFIX || ordered) {
      if (policy != PowerLoss.TORN_PREFIX) {
        assertThat(back).as("nothing is torn").isEqualTo(front);
      }
      if (ordered) {
        assertThat(isPrefix(front, back)).as("the survivors are the oldest").isTrue();
      } else {
        checkBarriers(back, tornAt(front, back));
      }
    } else {
      assertThat(back).as("nothing is torn").isEqualTo(front);
      checkBarriers(front, -1);
    }
  }

  /** A sector is one value, or one in front and one behind. */
  private static void checkWhole(byte[] now, int sector, int front, int back) {
    int seams = 0;
    for (int at = 4; at < SECTOR; at += 4) {
      seams += Arrays.equals(now, at, at + 4, now, at - 4, at) ? 0 : 1;
    }
    // A seam may fall inside a number, which then shows as a third value.
    assertThat(seams).as("seams of sector %d", sector).isLessThanOrEqualTo(front == back ? 0 : 2);
  }

  private static int tornAt(int[] front, int[] back) {
    int torn = -1;
    for (int i = 0; i < SECTORS; i++) {
      if (front[i] != back[i]) {
        assertThat(torn).as("one torn sector at most, also %d", i).isEqualTo(-1);
        torn = i;
      }
    }
    return torn;
  }

  /** Some number of the oldest, and the next one perhaps torn. */
  private boolean isPrefix(int[] front, int[] back) {
    int[] replay = durable.clone();
    for (int kept = 0; ; kept++) {
      if (Arrays.equals(replay, back) && tornAsNext(replay, front, kept)) {
        return true;
      }
      if (kept == accepted.size()) {
        return false;
      }
      replay[accepted.get(kept).sector()] = accepted.get(kept).value();
    }
  }

  /** Whether the fronts are the replay's, except that the next entry may have begun. */
  private boolean tornAsNext(int[] replay, int[] front, int kept) {
    int[] expected = replay.clone();
    if (Arrays.equals(expected, front)) {
      return true;
    }
    if (kept < accepted.size()) {
      expected[accepted.get(kept).sector()] = accepted.get(kept).value();
    }
    return Arrays.equals(expected, front);
  }

  /** There is an epoch before which all is there and after which nothing is. */
  private void checkBarriers(int[] found, int torn) {
    boolean explained = false;
    for (int reached = 0; reached <= epoch && !explained; reached++) {
      explained = true;
      for (int sector = 0; sector < SECTORS && explained; sector++) {
        explained = sector == torn || possible(sector, found[sector], reached);
      }
    }
    assertThat(explained)
        .as("no write passes a barrier, and none that is durable is lost")
        .isTrue();
  }

  private boolean possible(int sector, int value, int reached) {
    List<Integer> candidates = new ArrayList<>(List.of(durable[sector]));
    for (Accepted a : accepted) {
      if (a.sector() == sector && a.epoch() <= reached) {
        if (a.epoch() < reached) {
          candidates.clear();
        }
        candidates.add(a.value());
      }
    }
    return candidates.contains(value);
  }
}
