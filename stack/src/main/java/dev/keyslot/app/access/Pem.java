package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** The blocks of a PEM file (RFC 7468); text around them, which certtool writes, is passed over. */
final class Pem {

  /** A chain of certificates, or a bundle of a hundred authorities; no more. */
  private static final long FILE_BYTES_MAX = 1 << 20;

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*(.*?)-----END \\1-----", Pattern.DOTALL);

  private final String label;
  private final byte[] der;

  private Pem(String label, byte[] der) {
    this.label = label;
    this.der = der;
  }

  /** Such as {@code CERTIFICATE}. */
  String label() {
    return label;
  }

  /** What the block holds; of a private key, secret. */
  byte[] der() {
    return der;
  }

  /**
   * All blocks of a file.
   *
   * @param what the name of the file for messages, such as {@code server key}
   */
  static List<Pem> read(Path file, String what) throws StackException {
    List<Pem> blocks = new ArrayList<>();
    var matcher = BLOCK.matcher(text(file, what));
    while (matcher.find()) {
      String content = matcher.group(2);
      if (content.contains("ENCRYPTED") || matcher.group(1).startsWith("ENCRYPTED")) {
        throw StackException.fix(
            "%s must not be locked with a passphrase (openssl pkey removes it): file=%s",
            what, file);
      }
      try {
        blocks.add(new Pem(matcher.group(1), Base64.getMimeDecoder().decode(content)));
      } catch (IllegalArgumentException e) {
        throw StackException.fix(
            "%s must be Base64 between its BEGIN and END lines: block=%s file=%s",
            what, matcher.group(1), file);
      }
    }
    return blocks;
  }

  private static String text(Path file, String what) throws StackException {
    try {
      if (!Files.isRegularFile(file)) {
        throw StackException.fix("%s must exist and be a regular file: file=%s", what, file);
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw StackException.fix(
            "%s must be a PEM file of at most %d bytes: bytes=%d file=%s",
            what, FILE_BYTES_MAX, Files.size(file), file);
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw StackException.fix(
          "%s must be readable: file=%s: %s", what, file, e.getClass().getSimpleName());
    }
  }

  /** Without the content, which may be a key. */
  @Override
  public String toString() {
    return "Pem[" + label + "]";
  }
}
