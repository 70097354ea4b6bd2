package dev.keyslot.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.base.posix.FileLock;
import dev.keyslot.base.posix.PosixFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our locks against those that another process takes with fcntl. */
class FileLockIT {

  private static final Path PYTHON = Path.of("/usr/bin/python3");

  @TempDir Path directory;

  @Test
  void shutsOtherProcessesOutUntilItCloses() throws Exception {
    assumeThat(PYTHON).exists();
    Path path = Files.createFile(directory.resolve("image"));
    try (PosixFile file = PosixFile.openReadWrite(path)) {
      assertThat(file.tryLock(FileLock.SHARED)).isTrue();
      assertThat(otherProcess(path, "LOCK_SH")).isEqualTo("locked");
      assertThat(otherProcess(path, "LOCK_EX")).isEqualTo("refused");
      assertThat(file.tryLock(FileLock.EXCLUSIVE)).isTrue();
      assertThat(otherProcess(path, "LOCK_SH")).isEqualTo("refused");
    }
    assertThat(otherProcess(path, "LOCK_EX")).isEqualTo("locked");
  }

  private static String otherProcess(Path path, String lock) throws Exception {
    String program =
        """
        import fcntl, sys
        try:
            fcntl.lockf(open(sys.argv[1], 'r+'), fcntl.%s | fcntl.LOCK_NB)
            print('locked')
        except BlockingIOError:
            print('refused')
        """
            .formatted(lock);
    Process process =
        new ProcessBuilder(PYTHON.toString(), "-c", program, path.toString())
            .redirectErrorStream(true)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    process.waitFor();
    return answer;
  }
}
