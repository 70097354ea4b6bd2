package dev.keyslot.model.media;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.testkit.Seeds;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heap and file media against a plain array, holes included. */
class MediaTest {

  private static final int BYTES = 1 << 20;
  private static final int SECTOR = 512;

  @TempDir Path directory;

  private Media file() throws IOException {
    PosixFile file = PosixFile.createNew(directory.resolve("image"), 0600);
    file.truncate(BYTES);
    return new FileMedia(file, BYTES);
  }

  @Test
  void holdsOnTheHeapWhatAnArrayWouldHold() {
    try (Media media = new HeapMedia(BYTES)) {
      checkAgainstArray(media);
    }
  }

  @Test
  void holdsInAFileWhatAnArrayWouldHold() throws IOException {
    try (Media media = file()) {
      checkAgainstArray(media);
    }
  }

  private static void checkAgainstArray(Media media) {
    SplittableRandom random = Seeds.random(MediaTest.class);
    byte[] shadow = new byte[BYTES];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(128 * SECTOR);
      for (int i = 0; i < 2000; i++) {
        int first = random.nextInt(BYTES / SECTOR - 128) * SECTOR;
        int length = (1 + random.nextInt(128)) * SECTOR;
        MemorySegment part = buffer.asSlice(0, length);
        switch (random.nextInt(3)) {
          case 0 -> {
            part.fill((byte) (i | 1));
            assertThat(media.write(first, part)).isEqualTo(MediaOutcome.DONE);
            Arrays.fill(shadow, first, first + length, (byte) (i | 1));
          }
          case 1 -> {
            assertThat(media.punch(first, length)).isEqualTo(MediaOutcome.DONE);
            Arrays.fill(shadow, first, first + length, (byte) 0);
          }
          default -> {
            part.fill((byte) 0);
            assertThat(media.read(first, part).ok()).isTrue();
            byte[] got = part.toArray(ValueLayout.JAVA_BYTE);
            assertThat(got).isEqualTo(Arrays.copyOfRange(shadow, first, first + length));
          }
        }
      }
    }
    checkHoles(media, shadow);
  }

  /** What is called a hole reads zero; runs cover the medium. */
  private static void checkHoles(Media media, byte[] shadow) {
    for (long at = 0; at < BYTES; ) {
      long extent = media.extent(at);
      assertThat(extent).isNotZero();
      long length = Math.abs(extent);
      if (extent < 0) {
        byte[] run = Arrays.copyOfRange(shadow, (int) at, (int) (at + length));
        assertThat(run).containsOnly(0);
      }
      at += length;
      assertThat(at).isLessThanOrEqualTo(BYTES);
    }
  }

  @Test
  void findsTheHolesOfAFileItOpens() throws IOException {
    Path path = directory.resolve("sparse");
    try (PosixFile file = PosixFile.createNew(path, 0600);
        Arena arena = Arena.ofConfined()) {
      file.truncate(BYTES);
      MemorySegment block = arena.allocate(4096);
      block.fill((byte) 1);
      file.pwrite(block, 65536);
    }
    try (Media media = new FileMedia(PosixFile.openReadWrite(path), BYTES)) {
      assertThat(media.extent(0)).isEqualTo(-65536);
      assertThat(media.extent(65536)).isPositive();
      assertThat(media.extent(65536 + media.extent(65536))).isNegative();
      assertThat(media.read(0, MemorySegment.ofArray(new byte[512]))).isEqualTo(MediaOutcome.HOLE);
    }
  }

  @Test
  void givesSpaceBackOnPunching() throws IOException {
    try (Media media = file();
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(BYTES);
      data.fill((byte) 1);
      media.write(0, data);
      assertThat(media.extent(0)).isEqualTo(BYTES);
      media.punch(4096, BYTES - 4096);
      assertThat(media.extent(0)).isEqualTo(4096);
      assertThat(media.extent(4096)).isEqualTo(4096 - BYTES);
      assertThat(Files.size(directory.resolve("image"))).isEqualTo(BYTES);
    }
  }

  @Test
  void refusesAWriteToAFileOpenForReadingOnly() throws IOException {
    file().close();
    try (Media media = new FileMedia(PosixFile.openReadOnly(directory.resolve("image")), BYTES);
        Arena arena = Arena.ofConfined()) {
      assertThat(media.write(0, arena.allocate(512))).isEqualTo(MediaOutcome.FAILED);
    }
  }

  /** Through a mapping, this would end the process. */
  @Test
  void aFileCutShortBySomebodyElseFailsTheReadAndNothingElse() throws IOException {
    try (Media media = file();
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(BYTES);
      data.fill((byte) 1);
      media.write(0, data);
      try (PosixFile other = PosixFile.openReadWrite(directory.resolve("image"))) {
        other.truncate(4096);
      }
      assertThat(media.read(8192, arena.allocate(4096))).isEqualTo(MediaOutcome.FAILED);
      MemorySegment first = arena.allocate(4096);
      assertThat(media.read(0, first)).isEqualTo(MediaOutcome.DONE);
      assertThat(first.mismatch(data.asSlice(0, 4096))).isEqualTo(-1);
    }
  }
}
