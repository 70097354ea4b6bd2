package dev.keyslot.model.engine;

import dev.keyslot.base.Checks;
import dev.keyslot.base.cipher.CounterKdf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key manager beside an engine: seals keys that software may keep but not read.
 *
 * <p>A long-term form is sealed under the device's own key and lasts; an ephemeral one is sealed
 * under a key of this power cycle, is what a keyslot takes, and is worthless after the next. Both
 * are AES-256-GCM of a 32-byte key: 12 bytes of nonce, 32 sealed, 16 of tag. From the key inside,
 * the engine derives what it encrypts with, and a secret for software, as SP 800-108 says and the
 * known parts do. Safe from any thread; an empty result means a blob that this part did not seal.
 */
public final class KeyWrapper implements AutoCloseable {

  /** Length of a sealed key, both forms. */
  public static final int SEALED_BYTES = 60;

  /** Length of the key inside. */
  public static final int KEY_BYTES = 32;

  /** Length of the key that encrypts data: AES-256-XTS. */
  static final int INLINE_KEY_BYTES = 64;

  private static final int SECRET_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  /** The known parts' label and contexts: public test suite of the kernel's file systems. */
  private static final byte[] LABEL = HexFormat.of().parseHex("0000400000000000000020");

  private static final byte[] INLINE_CONTEXT =
      HexFormat.of()
          .parseHex("696e6c696e6520656e6372797074696f6e206b6579000000000000034300825000000000");

  private static final byte[] SECRET_CONTEXT =
      HexFormat.of().parseHex("72617720736563726574000000000000000000031700805000000000");

  private final byte[] deviceKey;
  private long powerCycles;
  private long generated;

  /** Sealing key of this power cycle. */
  private byte[] ephemeralKey;

  /** A part whose fuses hold {@code deviceKey}, 32 bytes; copied. */
  public KeyWrapper(byte[] deviceKey) {
    Checks.argument(
        deviceKey.length == KEY_BYTES, "device key must have 32 bytes: bytes=%d", deviceKey.length);
    this.deviceKey = deviceKey.clone();
    powerCycle();
  }

  /** Every ephemeral form becomes worthless. */
  public synchronized void powerCycle() {
    wipe(ephemeralKey);
    ephemeralKey = derived(deviceKey, "ephemeral", powerCycles++);
  }

  /** A new key in its long-term form. */
  public synchronized byte[] generate() {
    byte[] raw = derived(deviceKey, "generate", generated++);
    try {
      return seal(deviceKey, raw);
    } finally {
      wipe(raw);
    }
  }

  /** The long-term form of a key of 32 bytes that software knows. */
  public byte[] importKey(byte[] raw) {
    Checks.argument(raw.length == KEY_BYTES, "key must have 32 bytes: bytes=%d", raw.length);
    return seal(deviceKey, raw);
  }

  /** The ephemeral form of a long-term one, for this power cycle; empty if it is not ours. */
  public synchronized byte[] prepare(byte[] longTerm) {
    byte[] raw = open(deviceKey, longTerm);
    try {
      return raw.length == 0 ? raw : seal(ephemeralKey, raw);
    } finally {
      wipe(raw);
    }
  }

  /** 32 bytes for software, the same for the same key; empty if the form is not of this cycle. */
  public byte[] softwareSecret(byte[] ephemeral) {
    return fromKeyInside(ephemeral, SECRET_CONTEXT, SECRET_BYTES);
  }

  /** The key that encrypts data; empty if the form is not of this cycle. The caller wipes it. */
  byte[] inlineKey(byte[] ephemeral) {
    return fromKeyInside(ephemeral, INLINE_CONTEXT, INLINE_KEY_BYTES);
  }

  private synchronized byte[] fromKeyInside(byte[] ephemeral, byte[] context, int count) {
    byte[] raw = open(ephemeralKey, ephemeral);
    try {
      return raw.length == 0 ? raw : CounterKdf.derive(raw, LABEL, context, count);
    } finally {
      wipe(raw);
    }
  }

  private static byte[] derived(byte[] key, String label, long number) {
    byte[] context = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    return CounterKdf.derive(key, label.getBytes(StandardCharsets.US_ASCII), context, KEY_BYTES);
  }

  /** The nonce comes of key and content, so that none is ever used for two contents. */
  private static byte[] seal(byte[] key, byte[] raw) {
    byte[] label = "nonce".getBytes(StandardCharsets.US_ASCII);
    byte[] nonce = CounterKdf.derive(key, label, raw, NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce);
      return ByteBuffer.allocate(SEALED_BYTES).put(nonce).put(cipher.doFinal(raw)).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES-GCM", e);
    }
  }

  private static byte[] open(byte[] key, byte[] sealed) {
    if (sealed.length != SEALED_BYTES) {
      return new byte[0];
    }
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOf(sealed, NONCE_BYTES));
      return cipher.doFinal(sealed, NONCE_BYTES, SEALED_BYTES - NONCE_BYTES);
    } catch (AEADBadTagException _) {
      return new byte[0]; // sealed by another part, in another cycle, or changed
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES-GCM", e);
    }
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }

  private static void wipe(byte[] bytes) {
    if (bytes != null) {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /** Wipes the part's keys; what is sealed cannot be opened any more. */
  @Override
  public synchronized void close() {
    wipe(deviceKey);
    wipe(ephemeralKey);
  }
}
