package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches of mixed requests through every room, against a shadow copy. */
class ManyRequestsTest {

  private static final int BATCH = 24;
  private static final int SLOT_BYTES = 40_960;
  private static final int VOLUME_BYTES = BATCH * SLOT_BYTES;

  @ParameterizedTest
  @CsvSource({
    "4096, DEALLOCATE, 32",
    "512, DEALLOCATE, 32",
    "4096, ZERO, 32",
    "4096, DEALLOCATE, 1",
    "4096, DEALLOCATE, 0",
    "512, DEALLOCATE, 0"
  })
  void everyRequestEndsWellAndReadsBackWhatWasWritten(
      int unitBytes, DiscardPolicy discard, int keyslots) throws Exception {
    long seed = Long.getLong("keyslot.seed", 20_261_123);
    SplittableRandom random = new SplittableRandom(seed);
    byte[] shadow = new byte[VOLUME_BYTES];
    try (HeapMedia media = new HeapMedia(VOLUME_BYTES);
        SteppedStack stack =
            new SteppedStack(
                media, unitBytes, discard, keyslots, XtsEngines.byName("jdk"), SiliconProbe.NONE)) {
      for (int round = 0; round < 150; round++) {
        ExportRequest[] batch = new ExportRequest[BATCH];
        for (int i = 0; i < BATCH; i++) {
          batch[i] = draw(random, stack, i);
        }
        stack.run(batch);
        for (int i = 0; i < BATCH; i++) {
          assertThat(batch[i].error())
              .as("seed %d round %d request %d %s", seed, round, i, batch[i].kind())
              .isEqualTo(NbdError.OK);
          settle(batch[i], shadow, seed);
        }
      }
    }
  }

  /** Request i of a batch keeps to slot i of the volume: none overlaps another. */
  private static ExportRequest draw(SplittableRandom random, SteppedStack stack, int i) {
    Kind[] kinds = {Kind.READ, Kind.WRITE, Kind.WRITE, Kind.TRIM, Kind.WRITE_ZEROES, Kind.FLUSH};
    Kind kind = kinds[random.nextInt(kinds.length)];
    if (kind == Kind.FLUSH) {
      return new ExportRequest().start(kind, 0, 0);
    }
    int step = random.nextBoolean() ? 4096 : 1;
    int offset = i * SLOT_BYTES + random.nextInt(SLOT_BYTES / 2 / step) * step;
    int length = step + random.nextInt(SLOT_BYTES / 2 / step - 1) * step;
    MemorySegment data = stack.buffer(0).asSlice((long) i * SLOT_BYTES + offset % 4096, length);
    if (kind == Kind.WRITE) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      data.copyFrom(MemorySegment.ofArray(bytes));
    }
    return new ExportRequest()
        .start(kind, offset, length)
        .data(data)
        .fua(random.nextInt(4) == 0)
        .noHole(random.nextInt(4) == 0);
  }

  private static void settle(ExportRequest request, byte[] shadow, long seed) {
    if (request.kind() == Kind.FLUSH) {
      return;
    }
    MemorySegment here =
        MemorySegment.ofArray(shadow).asSlice(request.offsetBytes(), request.lengthBytes());
    if (request.kind() == Kind.WRITE) {
      here.copyFrom(request.data());
    } else if (request.kind() == Kind.READ) {
      assertThat(request.data().mismatch(here)).as("seed %d", seed).isEqualTo(-1);
    } else {
      here.fill((byte) 0);
    }
  }
}
