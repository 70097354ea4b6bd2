package dev.keyslot.model.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardTrait;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.testkit.CardBench;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every medium promises, asked of each; and a card that works on each. */
class EveryMediumTest {

  /** Not a whole number of blocks of 4 KiB. */
  private static final long BYTES = (1 << 20) + 512;

  @TempDir Path directory;

  enum Kind {
    FILE,
    HEAP,
    NULL
  }

  private Media open(Kind kind, long bytes) throws IOException {
    return switch (kind) {
      case FILE -> {
        PosixFile file = PosixFile.createNew(directory.resolve("image"), 0600);
        file.truncate(bytes);
        yield new FileMedia(file, bytes);
      }
      case HEAP -> new HeapMedia(bytes);
      case NULL -> new NullMedia(bytes);
    };
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void answersEveryAccessUpToItsLastByte(Kind kind) throws IOException {
    try (Media media = open(kind, BYTES);
        Arena arena = Arena.ofConfined()) {
      assertThat(media.sizeBytes()).isEqualTo(BYTES);
      MemorySegment last = arena.allocate(512).fill((byte) 7);
      assertThat(media.write(BYTES - 512, last)).isEqualTo(MediaOutcome.DONE);
      assertThat(media.flush()).isEqualTo(MediaOutcome.DONE);
      assertThat(media.read(BYTES - 512, last).ok()).isTrue();
      assertThat(last.get(ValueLayout.JAVA_BYTE, 511)).isEqualTo((byte) 7);
      assertThat(media.punch(BYTES - 512, 512)).isEqualTo(MediaOutcome.DONE);
      assertThat(media.punch(0, BYTES)).isEqualTo(MediaOutcome.DONE);
      assertThat(media.read(0, arena.allocate(BYTES)).ok()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void tellsExtentsThatCoverItAndEndWithIt(Kind kind) throws IOException {
    try (Media media = open(kind, BYTES);
        Arena arena = Arena.ofConfined()) {
      media.write(8192, arena.allocate(4096).fill((byte) 1));
      media.write(BYTES - 512, arena.allocate(512).fill((byte) 1));
      long at = 0;
      while (at < BYTES) {
        long extent = media.extent(at);
        assertThat(extent).as("at %d", at).isNotZero();
        at += Math.abs(extent);
      }
      assertThat(at).isEqualTo(BYTES);
      assertThat(media.extent(BYTES - 512)).isEqualTo(512);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void carriesACard(Kind kind) throws IOException {
    try (Media media = open(kind, BYTES)) {
      for (boolean faithful : new boolean[] {false, true}) {
        long sectors = BYTES / 512;
        CardProfile profile =
            faithful
                ? CardProfile.losing(sectors, PowerLoss.TORN_PREFIX, 1)
                    .with(CardTrait.DISCARD_BY_CHANCE, CardTrait.EVICTION_BY_CHANCE)
                : CardProfile.served(sectors);
        CardBench bench = new CardBench(profile, media).powerUp();
        assertThat(bench.set(33, 1)).isEqualTo(0x900);
        assertThat(bench.write(0, 8, 5)).isEqualTo(0x900);
        assertThat(bench.write((int) BYTES - 512, 1, 6)).isEqualTo(0x900);
        assertThat(bench.erase(512, 1024, 1)).isEqualTo(0x900);
        assertThat(bench.set(32, 1)).isEqualTo(0x900);
        assertThat(bench.write(8192, 256, 9)).as("more than the cache holds").isEqualTo(0x900);
        assertThat(bench.erase(65536, 66048, 3)).isEqualTo(0x900);
        bench.powerCycle();
        int[] first = bench.read(0, 4);
        if (kind != Kind.NULL) {
          assertThat(first).containsExactly(5, 0, 0, 5);
          assertThat(bench.read((int) BYTES - 512, 1)).containsExactly(6);
        }
      }
    }
  }
}
