package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files through system calls, judged by the JDK's own file access. */
class PosixFileTest {

  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment memory(byte... bytes) {
    return arena.allocateFrom(JAVA_BYTE, bytes);
  }

  private Path file(byte... content) throws Exception {
    return Files.write(directory.resolve("file"), content);
  }

  @Test
  void writesWhereItIsTold() throws Exception {
    Path path = file(Patterns.filled(1, 16));

    try (PosixFile file = PosixFile.openReadWrite(path)) {
      file.pwrite(memory((byte) 7, (byte) 8), 4);
      file.pwrite(memory((byte) 0, (byte) 9, (byte) 0), 1, 1, 20);
      file.fdatasync();
      file.fsync();
    }

    byte[] expected = new byte[21];
    System.arraycopy(Patterns.filled(1, 16), 0, expected, 0, 16);
    expected[4] = 7;
    expected[5] = 8;
    expected[20] = 9;
    assertThat(path).hasBinaryContent(expected);
  }

  @Test
  void readsUpToTheEndOfTheFile() throws Exception {
    byte[] content = Patterns.sevens(5000);
    MemorySegment into = arena.allocate(8192);

    try (PosixFile file = PosixFile.openReadOnly(file(content))) {
      assertThat(file.pread(into, 0)).isEqualTo(5000);
      assertThat(into.asSlice(0, 5000).toArray(JAVA_BYTE)).isEqualTo(content);
      assertThat(file.pread(into, 10, 4, 4998)).isEqualTo(2);
      assertThat(into.get(JAVA_BYTE, 11)).isEqualTo(content[4999]);
      assertThat(file.pread(into, 5000)).isZero();
      assertThat(file.size()).isEqualTo(5000);
    }
  }

  @Test
  void refusesMemoryThatTheKernelMustNotSee() throws Exception {
    try (PosixFile file = PosixFile.openReadOnly(file(new byte[8]))) {
      MemorySegment freed;
      try (Arena shortLived = Arena.ofConfined()) {
        freed = shortLived.allocate(8);
      }
      MemorySegment native8 = arena.allocate(8);

      assertThatIllegalStateException().isThrownBy(() -> file.pread(freed, 0));
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> file.pread(MemorySegment.ofArray(new byte[8]), 0));
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> file.pread(native8.asReadOnly(), 0));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> file.pread(native8, 4, 5, 0));
    }
  }

  @Test
  void namesTheCallThePathAndTheReason() {
    Path missing = directory.resolve("missing");

    assertThatExceptionOfType(PosixException.class)
        .isThrownBy(() -> PosixFile.openReadOnly(missing))
        .withMessage("open failed: ENOENT: " + missing)
        .satisfies(e -> assertThat(e.is(Errno.ENOENT)).isTrue());
    assertThat(new PosixException(9999, "call", "thing"))
        .hasMessage("call failed: errno 9999: thing");
  }

  @Test
  void createsAFileOnlyOnceAndNotThroughADanglingLink() throws Exception {
    Path fresh = directory.resolve("fresh");
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));

    PosixFile.createNew(fresh, 0600).close();

    assertThat(Files.getPosixFilePermissions(fresh))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    for (Path taken : new Path[] {fresh, link}) {
      assertThatExceptionOfType(PosixException.class)
          .isThrownBy(() -> PosixFile.createNew(taken, 0600))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
    }
  }

  @Test
  void punchesHolesAndFindsThem() throws Exception {
    Path path = file(Patterns.filled(5, 3 * MIB));
    try (PosixFile file = PosixFile.openReadWrite(path)) {
      long full = file.status().allocatedBytes();

      file.punchHole(MIB, MIB);

      assertThat(file.size()).isEqualTo(3 * MIB);
      assertThat(file.status().allocatedBytes()).isEqualTo(full - MIB);
      assertThat(file.seekHole(0)).isEqualTo(MIB);
      assertThat(file.seekData(MIB)).isEqualTo(2 * MIB);
      assertThat(file.seekHole(2 * MIB)).isEqualTo(3 * MIB);
      file.truncate(4 * MIB);
      assertThat(file.seekData(3 * MIB)).isEqualTo(PosixFile.NO_DATA);
      assertThat(file.seekHole(3 * MIB)).isEqualTo(3 * MIB);
      assertThatExceptionOfType(PosixException.class)
          .isThrownBy(() -> file.seekHole(4 * MIB))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENXIO));
    }
    byte[] content = Files.readAllBytes(path);
    assertThat(content[MIB - 1]).isEqualTo((byte) 5);
    assertThat(content[MIB]).isZero();
    assertThat(content[2 * MIB]).isEqualTo((byte) 5);
  }

  @Test
  void allocatesWithoutChangingTheSize() throws Exception {
    Path path = file(Patterns.filled(5, MIB));
    try (PosixFile file = PosixFile.openReadWrite(path)) {
      file.allocate(MIB, MIB);

      assertThat(file.size()).isEqualTo(MIB);
      assertThat(file.status().allocatedBytes()).isGreaterThanOrEqualTo(2 * MIB);
    }
  }

  @Test
  void tellsOwnerModeAndKind() throws Exception {
    Path path = file(new byte[10]);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));

    FileStatus status = PosixFile.status(path);

    assertThat(status.permissions()).isEqualTo(0640);
    assertThat(status.isOpenToOthers()).isTrue();
    assertThat(status.isRegularFile()).isTrue();
    assertThat(status.sizeBytes()).isEqualTo(10);
    assertThat(status.ownerUserId()).isEqualTo(Files.getAttribute(path, "unix:uid"));
    assertThat(status.ownerUserId()).isEqualTo(PosixUser.effectiveUserId());
    assertThat(status.inode()).isEqualTo(Files.getAttribute(path, "unix:ino"));
    assertThat(PosixFile.status(directory).isRegularFile()).isFalse();
    try (PosixFile file = PosixFile.openReadOnly(path)) {
      assertThat(file.status()).isEqualTo(status);
    }
  }

  @Test
  void locksAgainstOtherOpeningsOfTheSameProcess() throws Exception {
    Path path = file();
    try (PosixFile writer = PosixFile.openReadWrite(path);
        PosixFile reader = PosixFile.openReadOnly(path)) {
      assertThat(writer.tryLock(FileLock.EXCLUSIVE)).isTrue();
      assertThat(reader.tryLock(FileLock.SHARED)).isFalse();
      PosixFile.openReadOnly(path).close(); // a lock of the process would be lost here
      assertThat(reader.tryLock(FileLock.SHARED)).isFalse();
      assertThat(writer.tryLock(FileLock.SHARED)).isTrue();
      assertThat(reader.tryLock(FileLock.SHARED)).isTrue();
      assertThat(writer.tryLock(FileLock.EXCLUSIVE)).isFalse();
    }
    try (PosixFile next = PosixFile.openReadWrite(path)) {
      assertThat(next.tryLock(FileLock.EXCLUSIVE)).isTrue();
    }
  }

  @Test
  void reportsAFullDevice() throws Exception {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    try (PosixFile file = PosixFile.openReadWrite(full)) {
      assertThatExceptionOfType(PosixException.class)
          .isThrownBy(() -> file.pwrite(memory((byte) 1), 0))
          .withMessage("pwrite failed: ENOSPC: /dev/full");
    }
  }

  @Test
  void failsCleanlyOnceClosed() throws Exception {
    PosixFile file = PosixFile.openReadWrite(file(new byte[1]));
    file.close();
    file.close();

    assertThatIllegalStateException()
        .isThrownBy(file::size)
        .withMessageStartingWith("file must be open");
  }

  @Test
  void isNotInheritedByChildren() throws Exception {
    Path path = file(new byte[1]);
    try (PosixFile _ = PosixFile.openReadOnly(path)) {
      Process child = new ProcessBuilder("ls", "-l", "/proc/self/fd").start();
      assertThat(new String(child.getInputStream().readAllBytes(), UTF_8))
          .doesNotContain(path.toString());
    }
  }

  @Test
  void syncsDirectoriesAndAdvisesMemory() throws Exception {
    PosixFile.syncDirectory(directory);
    MemorySegment page = arena.allocate(4096, 4096);

    assertThat(PosixMemory.keepOutOfCoreDumps(page)).isTrue();
    assertThat(PosixMemory.lockInMemory(page)).isTrue();
    assertThat(PosixMemory.keepOutOfCoreDumps(page.asSlice(1))).isFalse();
  }
}
