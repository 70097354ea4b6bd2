package dev.keyslot.model.card;

import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A volatile write cache: sectors in the order of their arrival, in front of a medium.
 *
 * <p>A power loss keeps what its policy says, by seed. A reliable write and a write with the cache
 * off go to the medium at once and are durable there. Erasing is applied at once. Serialised by its
 * own monitor; for faithful profiles, not for speed.
 */
final class OrderedCache implements CardStore {

  private static final int SECTOR_BYTES = MediumStore.SECTOR_BYTES;

  /** A cached sector; only the latest of a sector is looked up, all of them are drained. */
  private record Entry(long sector, MemorySegment bytes) {}

  private final Media media;
  private final MediumStore behind;
  private final int capacitySectors;
  private final PowerLoss loss;
  private final SplittableRandom chance;
  private final ArrayDeque<Entry> order = new ArrayDeque<>();
  private final Map<Long, Entry> latest = new HashMap<>();
  private boolean on;

  OrderedCache(Media media, CardProfile profile) {
    this.media = media;
    behind = new MediumStore(media, profile.erasedByte());
    capacitySectors = profile.cacheKibit() * 1024 / Byte.SIZE / SECTOR_BYTES;
    loss = profile.loss();
    chance = new SplittableRandom(profile.seed());
  }

  @Override
  public long sectors() {
    return behind.sectors();
  }

  @Override
  public synchronized MediaOutcome read(long sector, MemorySegment into) {
    MediaOutcome outcome = behind.read(sector, into);
    long count = into.byteSize() / SECTOR_BYTES;
    if (!outcome.ok() || !caches(sector, count)) {
      return outcome;
    }
    if (outcome == MediaOutcome.HOLE) {
      into.fill((byte) 0);
    }
    for (long i = 0; i < count; i++) {
      Entry entry = latest.get(sector + i);
      if (entry != null) {
        MemorySegment.copy(entry.bytes(), 0, into, i * SECTOR_BYTES, SECTOR_BYTES);
      }
    }
    return MediaOutcome.DONE;
  }

  private boolean caches(long sector, long count) {
    for (long i = 0; i < count && !latest.isEmpty(); i++) {
      if (latest.containsKey(sector + i)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public synchronized MediaOutcome write(long sector, MemorySegment from, boolean reliable) {
    long count = from.byteSize() / SECTOR_BYTES;
    if (!on || reliable || capacitySectors == 0) {
      forget(sector, count);
      return behind.write(sector, from, reliable);
    }
    for (long i = 0; i < count; i++) {
      MemorySegment copy = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
      MemorySegment.copy(from, i * SECTOR_BYTES, copy, 0, SECTOR_BYTES);
      Entry entry = new Entry(sector + i, copy);
      order.addLast(entry);
      latest.put(sector + i, entry);
      if (order.size() > capacitySectors) {
        MediaOutcome outcome = evict();
        if (!outcome.ok()) {
          return outcome;
        }
      }
    }
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome settle() {
    return behind.flush();
  }

  private MediaOutcome evict() {
    Entry oldest = order.removeFirst();
    latest.remove(oldest.sector(), oldest);
    return media.write(oldest.sector() * SECTOR_BYTES, oldest.bytes());
  }

  private void forget(long sector, long count) {
    if (!latest.isEmpty()) {
      order.removeIf(e -> e.sector() >= sector && e.sector() < sector + count);
      latest.keySet().removeIf(s -> s >= sector && s < sector + count);
    }
  }

  @Override
  public synchronized MediaOutcome erase(long sector, long count) {
    forget(sector, count);
    return behind.erase(sector, count);
  }

  @Override
  public synchronized MediaOutcome flush() {
    while (!order.isEmpty()) {
      MediaOutcome outcome = evict();
      if (!outcome.ok()) {
        return outcome;
      }
    }
    return behind.flush();
  }

  @Override
  public long extentBytes(long sector) {
    return (sectors() - sector) * SECTOR_BYTES; // what is cached is data: say so of everything
  }

  @Override
  public synchronized void cache(boolean enabled) {
    while (!enabled && !order.isEmpty()) {
      evict();
    }
    on = enabled;
  }

  /** Sectors that wait for a flush. */
  synchronized int waiting() {
    return order.size();
  }

  @Override
  public synchronized void powerLoss() {
    int count = order.size();
    int kept =
        switch (loss) {
          case NONE -> 0;
          case ALL -> count;
          case FIFO_PREFIX, RANDOM_SUBSET, TORN_PREFIX -> chance.nextInt(count + 1);
        };
    Iterator<Entry> left = order.iterator();
    for (int i = 0; left.hasNext(); i++) {
      Entry entry = left.next();
      if (loss == PowerLoss.RANDOM_SUBSET ? chance.nextBoolean() : i < kept) {
        media.write(entry.sector() * SECTOR_BYTES, entry.bytes());
      } else if (loss == PowerLoss.TORN_PREFIX && i == kept) {
        tear(entry);
      }
    }
    order.clear();
    latest.clear();
    on = false;
  }

  private void tear(Entry entry) {
    MemorySegment sector = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
    media.read(entry.sector() * SECTOR_BYTES, sector);
    int newBytes = 1 + chance.nextInt(SECTOR_BYTES - 1);
    MemorySegment.copy(entry.bytes(), 0, sector, 0, newBytes);
    media.write(entry.sector() * SECTOR_BYTES, sector);
  }
}
