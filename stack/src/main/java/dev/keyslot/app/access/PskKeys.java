package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import dev.keyslot.base.posix.FileStatus;
import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shared keys by identity, from a file as GnuTLS's {@code psktool} writes it: {@code
 * identity:hexkey} on each line.
 *
 * <p>Keys lie in the Java heap while the server runs, as the key of a certificate does. Immutable.
 */
final class PskKeys {

  /** A thousand clients take some 100 KiB. */
  private static final long FILE_BYTES_MAX = 4 << 20;

  /** What RFC 9257 asks for: 128 bits that cannot be guessed. */
  private static final int KEY_BYTES_MIN = 16;

  /** GnuTLS takes no longer one. */
  private static final int KEY_BYTES_MAX = 512;

  /** Any right of everybody. */
  private static final int OTHERS = 07;

  private final Map<String, byte[]> byIdentity;

  private PskKeys(Map<String, byte[]> byIdentity) {
    this.byIdentity = byIdentity;
  }

  /**
   * The keys in {@code file} as it is now.
   *
   * @throws StackException naming the line that cannot be meant, never what stands there
   */
  static PskKeys read(Path file) throws StackException {
    Map<String, byte[]> keys = new TreeMap<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      int colon = line.indexOf(':');
      if (line.isBlank()) {
        continue;
      }
      if (colon < 1) {
        throw wrong("shared key must stand behind its identity, as identity:hexkey", file, number);
      }
      String identity = identity(line.substring(0, colon), file, number);
      if (keys.putIfAbsent(identity, key(line.substring(colon + 1), file, number)) != null) {
        throw wrong("identity of a shared key must not stand here twice", file, number);
      }
    }
    if (keys.isEmpty()) {
      throw StackException.fix("shared keys must be at least one: file=%s", file);
    }
    return new PskKeys(keys);
  }

  /** TLS for whoever knows one of them. */
  TlsPolicy policy(TlsPolicy.Mode mode) throws StackException {
    try {
      return new PskTls(this, mode);
    } catch (NoClassDefFoundError e) {
      throw new StackException(
          StackException.Category.FIX_CONFIG,
          "TLS with shared keys needs BouncyCastle's TLS on the module path: missing=bctls-jdk18on",
          e);
    }
  }

  /** The key of an identity, not to be changed; null if nobody is called so. */
  byte[] of(byte[] identity) {
    return byIdentity.get(new String(identity, StandardCharsets.UTF_8));
  }

  private static List<String> lines(Path file) throws StackException {
    try {
      FileStatus status = PosixFile.status(file);
      if ((status.permissions() & OTHERS) != 0) {
        throw StackException.fix(
            "shared keys must be closed to others (chmod o= the file): mode=%04o file=%s",
            status.permissions(), file);
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw StackException.fix(
            "shared keys must take at most %d bytes: bytes=%d file=%s",
            FILE_BYTES_MAX, Files.size(file), file);
      }
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw StackException.fix("shared keys must be a readable file of UTF-8: file=%s", file);
    }
  }

  /** GnuTLS writes an identity that is no plain text as # and hexadecimal digits. */
  private static String identity(String name, Path file, int line) throws StackException {
    if (!name.startsWith("#")) {
      return name;
    }
    try {
      return new String(HexFormat.of().parseHex(name.substring(1)), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong("identity behind # must be hexadecimal digits", file, line);
    }
  }

  private static byte[] key(String digits, Path file, int line) throws StackException {
    byte[] key;
    try {
      key = HexFormat.of().parseHex(digits.strip());
    } catch (IllegalArgumentException e) {
      throw wrong("shared key must be hexadecimal digits, two for each byte", file, line);
    }
    if (key.length < KEY_BYTES_MIN || key.length > KEY_BYTES_MAX) {
      throw wrong(
          "shared key must have %d to %d bytes: bytes=%d"
              .formatted(KEY_BYTES_MIN, KEY_BYTES_MAX, key.length),
          file,
          line);
    }
    return key;
  }

  private static StackException wrong(String what, Path file, int line) {
    return StackException.fix("%s", "%s: line=%d file=%s".formatted(what, line, file));
  }
}
