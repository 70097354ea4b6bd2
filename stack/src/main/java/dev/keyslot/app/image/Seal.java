package dev.keyslot.app.image;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The seal of a sidecar's entry: HMAC-SHA-256 under a key derived from the volume's key.
 *
 * <p>Sealing key = HKDF-SHA-256(input = volume key, salt = image UUID, info = {@link #LABEL}), 32
 * bytes. It covers the image's identity and geometry and the volume's own entry, in the encoding of
 * {@link #message}; docs/data-at-rest.md has it as a table. The JDK copies the key into the heap on
 * the way, where it cannot be wiped for certain. Stateless.
 */
final class Seal {

  /** Keeps this use of the volume key apart from every other. */
  static final String LABEL = "keyslot sidecar seal v1";

  private static final String HMAC = "HmacSHA256";
  private static final String HKDF = "HKDF-SHA256";
  private static final int SEAL_KEY_BYTES = 32;

  /**
   * Has both, or is null where the JDK is set up without it. Asked by name, because whoever asks
   * for the algorithm alone has all providers loaded to choose from.
   */
  private static final Provider JDK = Security.getProvider("SunJCE");

  private Seal() {}

  /** The seal of {@code volume} as hexadecimal digits; its present seal is not looked at. */
  static String of(Sidecar sidecar, Sidecar.Volume volume, VolumeKey key) {
    try {
      Mac mac = mac();
      mac.init(sealingKey(key, sidecar.imageUuid()));
      return HexFormat.of().formatHex(mac.doFinal(message(sidecar, volume)));
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
  }

  /** Finds the algorithms. */
  static void prepare() {
    try {
      mac();
      kdf();
    } catch (NoSuchAlgorithmException e) {
      throw missing(e);
    }
  }

  private static Mac mac() throws NoSuchAlgorithmException {
    return JDK == null ? Mac.getInstance(HMAC) : Mac.getInstance(HMAC, JDK);
  }

  private static KDF kdf() throws NoSuchAlgorithmException {
    return JDK == null ? KDF.getInstance(HKDF) : KDF.getInstance(HKDF, JDK);
  }

  private static IllegalStateException missing(GeneralSecurityException e) {
    return new IllegalStateException("every JDK 25 has HKDF and HMAC with SHA-256", e);
  }

  /** Whether {@code key} made the seal of {@code volume}; takes the same time for any seal. */
  static boolean matches(Sidecar sidecar, Sidecar.Volume volume, VolumeKey key) {
    return MessageDigest.isEqual(
        of(sidecar, volume, key).getBytes(StandardCharsets.US_ASCII),
        volume.seal().getBytes(StandardCharsets.US_ASCII));
  }

  private static SecretKey sealingKey(VolumeKey key, UUID imageUuid)
      throws GeneralSecurityException {
    byte[] copy = new byte[VolumeKey.BYTES];
    try {
      key.withBytes(
          bytes -> MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, copy, 0, copy.length));
      return kdf()
          .deriveKey(
              HMAC,
              HKDFParameterSpec.ofExtract()
                  .addIKM(copy)
                  .addSalt(uuidBytes(imageUuid))
                  .thenExpand(LABEL.getBytes(StandardCharsets.US_ASCII), SEAL_KEY_BYTES));
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  /** The sealed bytes: all integers big-endian, the name preceded by its length. */
  static byte[] message(Sidecar sidecar, Sidecar.Volume volume) {
    byte[] name = volume.name().getBytes(StandardCharsets.UTF_8);
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(SidecarCodec.VERSION);
      out.write(uuidBytes(sidecar.imageUuid()));
      out.writeLong(sidecar.imageBytes());
      out.writeInt(sidecar.dataUnitBytes());
      out.writeLong(volume.offsetBytes());
      out.writeLong(volume.sizeBytes());
      out.writeLong(volume.dunRule().firstDun());
      out.writeInt(volume.dunRule().stepPerUnit());
      out.writeInt(volume.keyGeneration());
      out.writeInt(name.length);
      out.write(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] uuidBytes(UUID uuid) {
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }
}
