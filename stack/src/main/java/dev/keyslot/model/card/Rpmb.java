package dev.keyslot.model.card;

import dev.keyslot.base.Checks;
import dev.keyslot.link.emmc.RpmbFields;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The replay-protected memory block: frames in, frames out, a key that is programmed once and a
 * counter that only grows.
 *
 * <p>Guarded by the card's lock. Key, counter and data survive resets, not the process.
 */
final class Rpmb {

  private static final int FRAME = RpmbFields.FRAME_BYTES;
  private static final int RESPONSE_SHIFT = 8;
  private static final int COUNTER_MAX = -1;

  private final byte[] data;
  private byte[] key;
  private int counter;

  /** What the next read returns. */
  private int request;

  private int result;
  private int address;
  private byte[] nonce = new byte[RpmbFields.NONCE_BYTES];

  Rpmb(int bytes) {
    data = new byte[bytes];
  }

  /** Whole frames, as CMD25 brought them. */
  void take(byte[] frames) {
    ByteBuffer last = ByteBuffer.wrap(frames, frames.length - FRAME, FRAME).slice();
    int type = Short.toUnsignedInt(last.getShort(RpmbFields.TYPE));
    address = Short.toUnsignedInt(last.getShort(RpmbFields.ADDRESS));
    last.get(RpmbFields.NONCE, nonce);
    switch (type) {
      case RpmbFields.REQUEST_PROGRAM_KEY -> programKey(last);
      case RpmbFields.REQUEST_WRITE -> result = write(frames, last);
      case RpmbFields.REQUEST_READ_COUNTER, RpmbFields.REQUEST_READ ->
          result = key == null ? RpmbFields.RESULT_KEY_NOT_PROGRAMMED : RpmbFields.RESULT_OK;
      case RpmbFields.REQUEST_RESULT -> {
        return; // the result of the request before it
      }
      default -> result = RpmbFields.RESULT_GENERAL_FAILURE;
    }
    request = type;
  }

  private void programKey(ByteBuffer frame) {
    if (key != null) {
      result = RpmbFields.RESULT_WRITE_FAILURE;
      return;
    }
    key = new byte[RpmbFields.MAC_BYTES];
    frame.get(RpmbFields.MAC, key);
    result = RpmbFields.RESULT_OK;
  }

  private int write(byte[] frames, ByteBuffer last) {
    if (key == null) {
      return RpmbFields.RESULT_KEY_NOT_PROGRAMMED;
    }
    int count = frames.length / FRAME;
    byte[] mac = new byte[RpmbFields.MAC_BYTES];
    last.get(RpmbFields.MAC, mac);
    if (counter == COUNTER_MAX) {
      return RpmbFields.RESULT_WRITE_FAILURE | RpmbFields.RESULT_COUNTER_EXPIRED;
    }
    boolean inside = (address + count) * RpmbFields.DATA_BYTES <= data.length;
    if (!inside || Short.toUnsignedInt(last.getShort(RpmbFields.BLOCK_COUNT)) != count) {
      return RpmbFields.RESULT_ADDRESS_FAILURE;
    }
    if (!MessageDigest.isEqual(mac, mac(frames))) {
      return RpmbFields.RESULT_AUTHENTICATION_FAILURE;
    }
    if (last.getInt(RpmbFields.WRITE_COUNTER) != counter) {
      return RpmbFields.RESULT_COUNTER_FAILURE;
    }
    for (int i = 0; i < count; i++) {
      int to = (address + i) * RpmbFields.DATA_BYTES;
      System.arraycopy(frames, i * FRAME + RpmbFields.DATA, data, to, RpmbFields.DATA_BYTES);
    }
    counter++;
    return RpmbFields.RESULT_OK;
  }

  /** The answer to the last request, in as many frames as CMD23 asked for. */
  byte[] answer(int count) {
    byte[] frames = new byte[count * FRAME];
    int given = result;
    if (request == RpmbFields.REQUEST_READ
        && given == RpmbFields.RESULT_OK
        && (address + count) * RpmbFields.DATA_BYTES > data.length) {
      given = RpmbFields.RESULT_ADDRESS_FAILURE;
    }
    for (int i = 0; i < count; i++) {
      ByteBuffer frame = ByteBuffer.wrap(frames, i * FRAME, FRAME).slice();
      fill(frame, i, count, given);
    }
    boolean signed = key != null && request != RpmbFields.REQUEST_PROGRAM_KEY;
    if (signed) {
      int at = (count - 1) * FRAME + RpmbFields.MAC;
      System.arraycopy(mac(frames), 0, frames, at, RpmbFields.MAC_BYTES);
    }
    return frames;
  }

  private void fill(ByteBuffer frame, int index, int count, int given) {
    frame.putShort(RpmbFields.TYPE, (short) (request << RESPONSE_SHIFT));
    frame.putShort(RpmbFields.RESULT, (short) given);
    boolean reads =
        request == RpmbFields.REQUEST_READ || request == RpmbFields.REQUEST_READ_COUNTER;
    if (reads) {
      frame.put(RpmbFields.NONCE, nonce);
    }
    if (request == RpmbFields.REQUEST_READ && given == RpmbFields.RESULT_OK) {
      int from = (address + index) * RpmbFields.DATA_BYTES;
      frame.put(RpmbFields.DATA, data, from, RpmbFields.DATA_BYTES);
      frame.putShort(RpmbFields.BLOCK_COUNT, (short) count);
    }
    if (request == RpmbFields.REQUEST_READ || request == RpmbFields.REQUEST_WRITE) {
      frame.putShort(RpmbFields.ADDRESS, (short) address);
    }
    if (request == RpmbFields.REQUEST_READ_COUNTER || request == RpmbFields.REQUEST_WRITE) {
      frame.putInt(RpmbFields.WRITE_COUNTER, counter);
    }
  }

  /** HMAC-SHA256 over bytes 228 to 511 of every frame. */
  private byte[] mac(byte[] frames) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      for (int at = 0; at < frames.length; at += FRAME) {
        mac.update(frames, at + RpmbFields.MAC_INPUT, FRAME - RpmbFields.MAC_INPUT);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      Checks.that(false, "every JDK has HmacSHA256: %s", e.getMessage());
      return Arrays.copyOf(key, key.length);
    }
  }
}
