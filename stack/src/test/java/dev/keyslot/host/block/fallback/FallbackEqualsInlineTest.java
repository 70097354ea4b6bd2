package dev.keyslot.host.block.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.CipherDisk;
import dev.keyslot.testkit.Seeds;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The same bios over hardware with 32 keyslots, with one, and in software: the same bytes on the
 * medium and in every read, holes and trims among them.
 */
class FallbackEqualsInlineTest {

  private static final int CASES = 10_000;
  private static final int SECTORS = 4096;
  private static final QueueLimits LIMITS = new QueueLimits(SECTORS, 8, 96, 5, 20_000, 512);

  private static final Parker NO_WAITING =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          throw new IllegalStateException("deadlock: nobody else runs");
        }

        @Override
        public void unpark(Thread thread) {}
      };

  /** One way to encrypt. */
  private static final class Way {
    private final CipherDisk disk = new CipherDisk(LIMITS, XtsEngines.jdk());
    private final BlockDevice device;
    private final Bios bios = new Bios();
    private final Plug plug = new Plug();

    Way(int slots) {
      RequestQueue queue = new RequestQueue(disk);
      if (slots > 0) {
        queue.setKeyslotManager(disk.manager(slots));
      }
      device =
          new CryptoFallback(
              queue,
              XtsEngines.jdk(),
              new CryptoFallback.Settings(2, 3, 65536, 4, 1000),
              NO_WAITING,
              () -> 0);
    }

    void drain() {
      device.finish(plug);
      while (device.poll() > 0) {
        // goes on until nothing is left
      }
    }
  }

  private final SplittableRandom random = Seeds.random(getClass());
  private final List<Way> ways = List.of(new Way(32), new Way(1), new Way(0));
  private final List<CryptoKey> keys = new ArrayList<>();

  @Test
  void theMediumAndEveryReadAreTheSameWith32And1AndNoKeyslots() {
    for (int i = 0; i < 6; i++) {
      int unit = i % 2 == 0 ? 512 : 4096;
      CryptoConfig config =
          new CryptoConfig(CryptoMode.AES_256_XTS, unit, 4, KeyType.RAW, i % 3 != 0);
      keys.add(Bios.key(i, config));
    }
    for (Way way : ways) {
      keys.forEach(way.device::startUsingKey);
    }
    for (int done = 0; done < CASES; ) {
      int batch = 1 + random.nextInt(12);
      List<List<MemorySegment>> read =
          List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      for (int i = 0; i < batch; i++) {
        submitOne(i, read);
      }
      for (Way way : ways) {
        way.drain();
      }
      assertSame(batch, read);
      done += batch;
    }
    for (Way way : ways.subList(1, 3)) {
      assertThat(way.disk.medium().mismatch(ways.getFirst().disk.medium())).isEqualTo(-1);
    }
  }

  /** Bios of one batch lie apart: what overlaps is ordered by whoever submits. */
  private void submitOne(int index, List<List<MemorySegment>> read) {
    int lane = SECTORS / 12;
    long first = (long) index * lane / 8 * 8 + random.nextInt(8) * 8L;
    int sectors = 8 * (1 + random.nextInt(random.nextInt(4) == 0 ? 30 : 4));
    CryptoKey key = random.nextInt(5) == 0 ? null : keys.get(random.nextInt(keys.size()));
    int kind = random.nextInt(10);
    BlockOperation operation =
        kind < 5
            ? BlockOperation.WRITE
            : kind < 9
                ? BlockOperation.READ
                : random.nextBoolean() ? BlockOperation.DISCARD : BlockOperation.FLUSH;
    byte[] content = Seeds.bytes(random, sectors * 512);
    boolean split = random.nextBoolean();
    boolean plugged = random.nextInt(4) != 0;
    for (int i = 0; i < ways.size(); i++) {
      Way way = ways.get(i);
      Bio bio = bio(way, operation, first, content, split);
      if (operation.hasData() && key != null) {
        bio.crypto(key, first * 512 / key.config().dataUnitBytes());
      }
      if (operation == BlockOperation.READ) {
        for (int s = 0; s < bio.segmentCount(); s++) {
          read.get(i).add(bio.segment(s));
        }
      }
      if (plugged) {
        way.device.submit(way.plug, bio);
      } else {
        way.device.submit(bio);
      }
    }
  }

  private static Bio bio(
      Way way, BlockOperation operation, long first, byte[] content, boolean split) {
    if (!operation.hasData()) {
      return way.bios.bio(
          operation, first, operation == BlockOperation.FLUSH ? 0 : content.length / 512);
    }
    MemorySegment memory = way.bios.memory(content.length).copyFrom(MemorySegment.ofArray(content));
    return split && content.length > 4096
        ? way.bios.bio(
            operation, first, memory.asSlice(0, 4096), memory.asSlice(4096, content.length - 4096))
        : way.bios.bio(operation, first, memory);
  }

  private void assertSame(int batch, List<List<MemorySegment>> read) {
    for (Way way : ways) {
      assertThat(way.bios.outcomes()).hasSize(batch).allMatch(outcome -> outcome.endsWith("OK"));
    }
    for (int i = 0; i < read.getFirst().size(); i++) {
      assertThat(read.get(1).get(i).mismatch(read.get(0).get(i))).isEqualTo(-1);
      assertThat(read.get(2).get(i).mismatch(read.get(0).get(i))).isEqualTo(-1);
    }
  }
}
