package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.testkit.CipherDisk;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 64 threads, 1000 keys, 4 keyslots, evictions and reprogramming in between: no slot is lost or
 * leaked, nobody waits for ever, and every request meets its own key.
 *
 * <p>20,000 operations; a million with {@code -Dkeyslot.long}.
 */
class KeyslotStressTest {

  private static final int THREADS = 64;
  private static final int KEYS = 1000;
  private static final int SLOTS = 4;
  private static final int OPERATIONS = Tool.isLongRun() ? 1_000_000 : 20_000;

  /** For all threads together, on a machine that has others to serve. */
  private static final Duration LIMIT = Duration.ofMinutes(Tool.isLongRun() ? 60 : 8);

  /** Keys that all threads use; each of the others belongs to one, who may evict it. */
  private static final int SHARED_KEYS = 40;

  private static final int OWN_KEYS = (KEYS - SHARED_KEYS) / THREADS;

  /** A data unit for every key and thread, so that nobody overlaps. */
  private static final int SECTORS = 2 * KEYS * THREADS;

  private final CipherDisk disk =
      new CipherDisk(new QueueLimits(SECTORS, 31, 1024, 16, 1 << 20, 1000), XtsEngines.jdk());
  private final KeyslotManager manager = disk.manager(SLOTS);
  private final RequestQueue queue = new RequestQueue(disk);
  private final List<CryptoKey> keys = new ArrayList<>();
  private final List<XtsOracle> oracles = new ArrayList<>();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private static final Parker PARKER =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          LockSupport.park(blocker);
        }

        @Override
        public void unpark(Thread thread) {
          LockSupport.unpark(thread);
        }
      };

  private void makeKeys(SplittableRandom random) {
    CryptoConfig config = new CryptoConfig(CryptoMode.AES_256_XTS, 512, 4, KeyType.RAW, true);
    for (int i = 0; i < KEYS; i++) {
      byte[] bytes = Seeds.bytes(random, 64);
      keys.add(CryptoKey.of(config, MemorySegment.ofArray(bytes), i % 3));
      oracles.add(new XtsOracle(bytes));
    }
  }

  /** Runs {@code body} on all threads, each with chance of its own. */
  private void onAllThreads(SplittableRandom random, Work body) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      SplittableRandom own = random.split();
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      body.run(number, own);
                    } catch (Throwable e) {
                      failure.compareAndSet(null, e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      assertThat(thread.join(LIMIT)).as("no deadlock").isTrue();
    }
    assertThat(failure.get()).isNull();
  }

  /** What one thread does. */
  private interface Work {
    void run(int number, SplittableRandom random) throws Exception;
  }

  private int idleSlots() throws Exception {
    int found = 0;
    while (manager.tryAcquire(keys.get(found)) >= 0) {
      found++;
    }
    return found;
  }

  @Test
  @Timeout(3700)
  void everyRequestMeetsItsOwnKeyAndNoSlotIsLost() throws Exception {
    SplittableRandom random = Seeds.random(getClass());
    makeKeys(random);
    queue.setKeyslotManager(manager);
    onAllThreads(random, this::writeAndReadBack);
    assertThat(queue.unfinished()).isZero();
    assertThat(manager.counters().evictions()).isPositive();
    assertThat(idleSlots()).as("all slots are idle again").isEqualTo(SLOTS);
  }

  private void writeAndReadBack(int number, SplittableRandom random) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(512, 512);
      Bio bio = new Bio();
      for (int i = 0; i < OPERATIONS / THREADS / 2; i++) {
        boolean shared = random.nextBoolean();
        int index =
            shared
                ? random.nextInt(SHARED_KEYS)
                : SHARED_KEYS + number * OWN_KEYS + random.nextInt(OWN_KEYS);
        long sector = 2L * (index * THREADS + number);
        byte[] plaintext = Seeds.bytes(random, 512);
        memory.copyFrom(MemorySegment.ofArray(plaintext));
        run(bio, BlockOperation.WRITE, sector, index, memory);
        assertThat(disk.medium().asSlice(sector * 512, 512).toArray(ValueLayout.JAVA_BYTE))
            .isEqualTo(oracles.get(index).encrypt(sector, 512, plaintext));
        memory.fill((byte) 0);
        run(bio, BlockOperation.READ, sector, index, memory);
        assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plaintext);
        disturb(random, shared ? null : keys.get(index));
      }
    }
  }

  private void disturb(SplittableRandom random, CryptoKey own) {
    if (random.nextInt(50) == 0) {
      manager.reprogramAll();
    }
    if (own != null && random.nextInt(4) == 0) {
      queue.evictKey(own);
    }
  }

  private void run(Bio bio, BlockOperation operation, long sector, int key, MemorySegment memory) {
    AtomicReference<BlockStatus> outcome = new AtomicReference<>();
    queue.submit(
        bio.start(operation, sector, 1)
            .add(memory)
            .crypto(keys.get(key), sector)
            .completion((done, status) -> outcome.set(status)));
    while (outcome.get() == null) {
      if (queue.poll() == 0) {
        Thread.onSpinWait();
      }
    }
    assertThat(outcome.get()).isEqualTo(BlockStatus.OK);
  }

  /** What the hardware holds, to be compared with what a holder of a slot expects. */
  private final AtomicReferenceArray<CryptoKey> content = new AtomicReferenceArray<>(SLOTS);

  private final KeyslotOps recording =
      new KeyslotOps() {
        @Override
        public void program(int slot, CryptoKey key) {
          content.set(slot, key);
        }

        @Override
        public void evict(int slot, CryptoKey key) {
          content.set(slot, null);
        }
      };

  @Test
  @Timeout(3700)
  void threadsThatWaitAllGetTheirTurnWhileKeysAreEvictedAndReprogrammed() throws Exception {
    SplittableRandom random = Seeds.random(getClass());
    makeKeys(random);
    manager.setOps(recording);
    manager.setGroupShare(2);
    onAllThreads(random, this::waitForSlots);
    manager.setGroupShare(SLOTS);
    assertThat(idleSlots()).isEqualTo(SLOTS);
    assertThat(manager.counters().waits()).isPositive();
  }

  /** Some keys are shared, so that the last release meets a hit; others a thread's own to evict. */
  private void waitForSlots(int number, SplittableRandom random) throws KeyslotException {
    for (int i = 0; i < OPERATIONS / THREADS; i++) {
      boolean shared = random.nextBoolean();
      CryptoKey key =
          shared
              ? keys.get(random.nextInt(5))
              : keys.get(THREADS + random.nextInt(KEYS / THREADS - 1) * THREADS + number);
      int slot = manager.acquire(key, PARKER, () -> 0);
      assertThat(content.get(slot)).isSameAs(key);
      if (random.nextInt(8) == 0) {
        LockSupport.parkNanos(10_000);
      }
      if (random.nextInt(20) == 0) {
        manager.reprogramAll();
      }
      assertThat(content.get(slot)).as("the key stays while it is used").isSameAs(key);
      manager.release(slot);
      if (!shared && random.nextInt(10) == 0) {
        manager.evict(key);
      }
    }
  }
}
