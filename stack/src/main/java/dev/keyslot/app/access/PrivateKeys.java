package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import java.io.ByteArrayOutputStream;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;

/**
 * Private keys as openssl and certtool write them: PKCS#8 (RFC 5208), PKCS#1 (RFC 8017) and SEC 1
 * (RFC 5915).
 *
 * <p>The JDK reads PKCS#8 alone: the older two are the content of a PKCS#8 key and are wrapped into
 * one. Stateless.
 */
final class PrivateKeys {

  private static final System.Logger LOG = System.getLogger(PrivateKeys.class.getName());

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;

  /** The curve in an EC key of SEC 1: context tag 0. */
  private static final int CURVE = 0xA0;

  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");

  /** rsaEncryption, 1.2.840.113549.1.1.1, with its NULL. */
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");

  /** ecPublicKey, 1.2.840.10045.2.1. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private PrivateKeys() {}

  /** The only private key of a file. */
  static PrivateKey read(Path file) throws StackException {
    List<Pem> keys =
        Pem.read(file, "server key").stream()
            .filter(block -> block.label().endsWith("PRIVATE KEY"))
            .toList();
    if (keys.size() != 1) {
      throw StackException.fix(
          "server key must be one private key in PEM form: keys=%d file=%s", keys.size(), file);
    }
    Pem key = keys.getFirst();
    byte[] pkcs8 =
        switch (key.label()) {
          case "PRIVATE KEY" -> key.der();
          case "RSA PRIVATE KEY" -> wrap(RSA, key.der());
          case "EC PRIVATE KEY" -> wrap(join(EC, curve(file, key.der())), key.der());
          default ->
              throw StackException.fix(
                  "server key must be PKCS#8, PKCS#1 or SEC 1: block=%s file=%s",
                  key.label(), file);
        };
    return decode(file, pkcs8);
  }

  private static PrivateKey decode(Path file, byte[] pkcs8) throws StackException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        LOG.log(Level.DEBUG, "server key is none of this algorithm: {0}", algorithm);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK must know the algorithm: " + algorithm, e);
      }
    }
    throw StackException.fix("server key must be an intact RSA, EC or Ed25519 key: file=%s", file);
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(
        SEQUENCE, join(VERSION_0, join(tagged(SEQUENCE, algorithm), tagged(OCTET_STRING, key))));
  }

  /** The object identifier of the curve that an EC key names. */
  private static byte[] curve(Path file, byte[] key) throws StackException {
    try {
      ByteBuffer der = ByteBuffer.wrap(key);
      der.get();
      length(der);
      while (der.hasRemaining()) {
        int tag = Byte.toUnsignedInt(der.get());
        byte[] content = new byte[length(der)];
        der.get(content);
        if (tag == CURVE) {
          return content;
        }
      }
    } catch (RuntimeException e) {
      throw StackException.fix("server key must be an intact EC key: file=%s", file);
    }
    throw StackException.fix("server key must name its curve: file=%s", file);
  }

  private static int length(ByteBuffer der) {
    int first = Byte.toUnsignedInt(der.get());
    if (first < 0x80) {
      return first;
    }
    int value = 0;
    for (int i = first - 0x80; i > 0; i--) {
      value = value * 256 + Byte.toUnsignedInt(der.get());
    }
    return value;
  }

  private static byte[] tagged(int tag, byte[] content) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length / 256);
      out.write(content.length % 256);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = new byte[first.length + second.length];
    System.arraycopy(first, 0, both, 0, first.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
