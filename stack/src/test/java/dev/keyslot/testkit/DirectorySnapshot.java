package dev.keyslot.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Names, modes, sizes and contents of all files below a directory, to see that nothing changed. */
public final class DirectorySnapshot {

  private DirectorySnapshot() {}

  /** By relative path: mode, size and SHA-256. Equal maps mean equal directories. */
  public static Map<String, String> of(Path directory) {
    var files = new TreeMap<String, String>();
    try (var walk = Files.walk(directory)) {
      for (Path file : walk.toList()) {
        String mode =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
        files.put(
            directory.relativize(file).toString(),
            Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                ? mode + " " + Files.size(file) + " " + digest(file)
                : mode);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static String digest(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
