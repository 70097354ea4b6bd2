package dev.keyslot.model.card;

import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A volatile write cache: sectors in the order of their arrival, in front of a medium.
 *
 * <p>A power loss keeps what its policy says, by seed. A reliable write and a write with the cache
 * off go to the medium at once and are durable there. Erasing is applied at once, or takes its
 * turn. No policy passes a barrier. Serialised by its own monitor; for faithful profiles, not for
 * speed.
 */
final class OrderedCache implements CardStore {

  private static final int SECTOR_BYTES = MediumStore.SECTOR_BYTES;

  /** A cached sector; only the latest of a sector is looked up, all of them are drained. */
  private record Entry(long sector, MemorySegment bytes, boolean erases, long epoch) {}

  private final Media media;
  private final MediumStore behind;
  private final int capacitySectors;
  private final PowerLoss loss;
  private final boolean anyEvicted;
  private final boolean eraseCached;
  private final SplittableRandom chance;
  private final MemorySegment erased;

  /** One sector on its way to the medium, which may want it outside the heap. */
  private final MemorySegment buffer = Arena.ofAuto().allocate(SECTOR_BYTES);

  /** In order of arrival. */
  private final ArrayList<Entry> order = new ArrayList<>();

  private final Map<Long, Entry> latest = new HashMap<>();

  /** Barriers so far: no entry passes one of an earlier epoch. */
  private long epoch;

  private boolean on;

  OrderedCache(Media media, CardProfile profile) {
    this.media = media;
    behind = new MediumStore(media, profile.erasedByte());
    capacitySectors = profile.cacheKibit() * 1024 / Byte.SIZE / SECTOR_BYTES;
    loss = profile.loss();
    anyEvicted = profile.has(CardTrait.EVICTION_BY_CHANCE);
    eraseCached = profile.has(CardTrait.ERASE_CACHED);
    chance = new SplittableRandom(profile.seed());
    erased = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
    erased.fill((byte) profile.erasedByte());
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
      MediaOutcome before = drainEarlierEpochs();
      return before.ok() ? forgetting(sector, count, behind.write(sector, from, reliable)) : before;
    }
    MediaOutcome outcome = MediaOutcome.DONE;
    for (long i = 0; i < count && outcome.ok(); i++) {
      MemorySegment copy = MemorySegment.ofArray(new byte[SECTOR_BYTES]);
      MemorySegment.copy(from, i * SECTOR_BYTES, copy, 0, SECTOR_BYTES);
      outcome = append(new Entry(sector + i, copy, false, epoch));
    }
    return outcome;
  }

  /** A cache that is full and cannot write back takes nothing in. */
  private MediaOutcome append(Entry entry) {
    MediaOutcome room = order.size() < capacitySectors ? MediaOutcome.DONE : evict(victim());
    if (room.ok()) {
      order.add(entry);
      latest.put(entry.sector(), entry);
    }
    return room;
  }

  @Override
  public MediaOutcome settle() {
    return behind.flush();
  }

  /** The oldest, or any before the next barrier, yet never a copy that has an older one. */
  private int victim() {
    if (!anyEvicted) {
      return 0;
    }
    int open = 0;
    while (open < order.size() && order.get(open).epoch() == order.getFirst().epoch()) {
      open++;
    }
    long sector = order.get(chance.nextInt(open)).sector();
    int index = 0;
    while (order.get(index).sector() != sector) {
      index++;
    }
    return index;
  }

  /** What cannot be written stays: it was acknowledged, and a later flush may have more luck. */
  private MediaOutcome evict(int index) {
    Entry entry = order.get(index);
    MediaOutcome outcome = store(entry);
    if (outcome.ok()) {
      order.remove(index);
      latest.remove(entry.sector(), entry);
    }
    return outcome;
  }

  private MediaOutcome store(Entry entry) {
    return entry.erases()
        ? behind.erase(entry.sector(), 1)
        : media.write(entry.sector() * SECTOR_BYTES, buffer.copyFrom(entry.bytes()));
  }

  /** What went past the cache replaces what was cached, unless it failed. */
  private MediaOutcome forgetting(long sector, long count, MediaOutcome outcome) {
    if (outcome.ok() && !latest.isEmpty()) {
      order.removeIf(e -> e.sector() >= sector && e.sector() < sector + count);
      latest.keySet().removeIf(s -> s >= sector && s < sector + count);
    }
    return outcome;
  }

  @Override
  public synchronized MediaOutcome erase(long sector, long count) {
    if (!on || !eraseCached) {
      MediaOutcome before = drainEarlierEpochs();
      return before.ok() ? forgetting(sector, count, behind.erase(sector, count)) : before;
    }
    if (count > capacitySectors) {
      MediaOutcome outcome = drain();
      return outcome.ok() ? behind.erase(sector, count) : outcome;
    }
    MediaOutcome outcome = MediaOutcome.DONE;
    for (long i = 0; i < count && outcome.ok(); i++) {
      outcome = append(new Entry(sector + i, erased, true, epoch));
    }
    return outcome;
  }

  @Override
  public synchronized void barrier() {
    epoch++;
  }

  private MediaOutcome drain() {
    MediaOutcome outcome = MediaOutcome.DONE;
    while (outcome.ok() && !order.isEmpty()) {
      outcome = evict(0);
    }
    return outcome;
  }

  /** What passes the cache passes no barrier. */
  private MediaOutcome drainEarlierEpochs() {
    MediaOutcome outcome = MediaOutcome.DONE;
    while (outcome.ok() && !order.isEmpty() && order.getFirst().epoch() < epoch) {
      outcome = evict(0);
    }
    return outcome;
  }

  @Override
  public synchronized MediaOutcome flush() {
    MediaOutcome outcome = drain();
    return outcome.ok() ? behind.flush() : outcome;
  }

  @Override
  public long extentBytes(long sector) {
    return (sectors() - sector) * SECTOR_BYTES; // what is cached is data: say so of everything
  }

  @Override
  public synchronized void cache(boolean enabled) {
    boolean moving = !enabled;
    while (moving && !order.isEmpty()) {
      moving = evict(0).ok(); // what cannot be written waits for a flush, whoever asks for it
    }
    on = enabled;
  }

  /** Sectors that wait for a flush. */
  synchronized int waiting() {
    return order.size();
  }

  @Override
  public synchronized void powerLoss() {
    int kept =
        switch (loss) {
          case NONE -> 0;
          case ALL -> order.size();
          case FIFO_PREFIX, RANDOM_SUBSET, TORN_PREFIX -> chance.nextInt(order.size() + 1);
        };
    for (int i = 0; i < order.size(); i++) {
      Entry entry = order.get(i);
      if (loss == PowerLoss.RANDOM_SUBSET ? inSubset(entry, kept) : i < kept) {
        store(entry);
      } else if (loss == PowerLoss.TORN_PREFIX && i == kept) {
        tear(entry);
      }
    }
    order.clear();
    latest.clear();
    on = false;
  }

  /** All before the barrier that the supply went away behind, any up to the next one, no more. */
  private boolean inSubset(Entry entry, int at) {
    long reached = order.get(Math.min(at, order.size() - 1)).epoch();
    return entry.epoch() < reached || (entry.epoch() == reached && chance.nextBoolean());
  }

  private void tear(Entry entry) {
    buffer.fill((byte) 0); // what a hole reads
    media.read(entry.sector() * SECTOR_BYTES, buffer);
    int newBytes = 1 + chance.nextInt(SECTOR_BYTES - 1);
    MemorySegment.copy(entry.bytes(), 0, buffer, 0, newBytes);
    media.write(entry.sector() * SECTOR_BYTES, buffer);
  }
}
