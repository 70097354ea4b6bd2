package dev.keyslot.model.card;

import dev.keyslot.link.emmc.RpmbFields;
import dev.keyslot.model.media.Media;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Set;
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

  private static final int DATA = RpmbFields.DATA_BYTES;

  /**
   * Frames that one authenticated write may carry: 256 bytes, 512 bytes, 8 KiB (EN_RPMB_REL_WR).
   */
  private static final Set<Integer> WRITE_FRAMES = Set.of(1, 2, 32);

  private final Media data;
  private byte[] key;
  private int counter;

  /** What the next read returns. */
  private int request;

  private int result = RpmbFields.RESULT_GENERAL_FAILURE;
  private int address;
  private byte[] nonce = new byte[RpmbFields.NONCE_BYTES];

  Rpmb(Media data) {
    this(data, 0);
  }

  /** A block that has been written {@code counter} times. */
  Rpmb(Media data, int counter) {
    this.data = data;
    this.counter = counter;
  }

  /** Whole frames, as CMD25 brought them; {@code reliable}: CMD23 announced a reliable write. */
  void take(byte[] frames, boolean reliable) {
    ByteBuffer last = ByteBuffer.wrap(frames, frames.length - FRAME, FRAME).slice();
    int type = Short.toUnsignedInt(last.getShort(RpmbFields.TYPE));
    if (type == RpmbFields.REQUEST_RESULT) {
      return; // the result of the request before it
    }
    request = type;
    address = Short.toUnsignedInt(last.getShort(RpmbFields.ADDRESS));
    last.get(RpmbFields.NONCE, nonce);
    boolean single = frames.length == FRAME;
    result =
        switch (type) {
          case RpmbFields.REQUEST_PROGRAM_KEY ->
              reliable && single ? programKey(last) : RpmbFields.RESULT_GENERAL_FAILURE;
          case RpmbFields.REQUEST_WRITE ->
              reliable ? write(frames, last) : RpmbFields.RESULT_GENERAL_FAILURE;
          case RpmbFields.REQUEST_READ_COUNTER, RpmbFields.REQUEST_READ ->
              key == null ? RpmbFields.RESULT_KEY_NOT_PROGRAMMED : RpmbFields.RESULT_OK;
          default -> RpmbFields.RESULT_GENERAL_FAILURE; // device configuration is not offered
        };
  }

  private int programKey(ByteBuffer frame) {
    if (key != null) {
      return RpmbFields.RESULT_WRITE_FAILURE;
    }
    key = new byte[RpmbFields.MAC_BYTES];
    frame.get(RpmbFields.MAC, key);
    return RpmbFields.RESULT_OK;
  }

  private int write(byte[] frames, ByteBuffer last) {
    int count = frames.length / FRAME;
    if (key == null) {
      return RpmbFields.RESULT_KEY_NOT_PROGRAMMED;
    }
    if (counter == COUNTER_MAX) {
      return RpmbFields.RESULT_WRITE_FAILURE;
    }
    boolean counted = Short.toUnsignedInt(last.getShort(RpmbFields.BLOCK_COUNT)) == count;
    if (!counted || !WRITE_FRAMES.contains(count)) {
      return RpmbFields.RESULT_GENERAL_FAILURE;
    }
    if (beyond(count)) {
      return RpmbFields.RESULT_ADDRESS_FAILURE;
    }
    byte[] mac = new byte[RpmbFields.MAC_BYTES];
    last.get(RpmbFields.MAC, mac);
    if (!MessageDigest.isEqual(mac, mac(frames))) {
      return RpmbFields.RESULT_AUTHENTICATION_FAILURE;
    }
    if (last.getInt(RpmbFields.WRITE_COUNTER) != counter) {
      return RpmbFields.RESULT_COUNTER_FAILURE;
    }
    byte[] content = new byte[count * DATA];
    for (int i = 0; i < count; i++) {
      System.arraycopy(frames, i * FRAME + RpmbFields.DATA, content, i * DATA, DATA);
    }
    if (!data.write((long) address * DATA, MemorySegment.ofArray(content)).ok()) {
      return RpmbFields.RESULT_WRITE_FAILURE;
    }
    counter++;
    return RpmbFields.RESULT_OK;
  }

  private boolean beyond(int count) {
    return (address + count) * (long) DATA > data.sizeBytes();
  }

  /** The answer to the last request, in as many frames as CMD23 asked for. */
  byte[] answer(int count) {
    byte[] frames = new byte[count * FRAME];
    byte[] content = new byte[count * DATA];
    int given = request == RpmbFields.REQUEST_READ ? read(content) : result;
    for (int i = 0; i < count; i++) {
      ByteBuffer frame = ByteBuffer.wrap(frames, i * FRAME, FRAME).slice();
      fill(frame, count, given);
      if (request == RpmbFields.REQUEST_READ && given == RpmbFields.RESULT_OK) {
        frame.put(RpmbFields.DATA, content, i * DATA, DATA);
      }
    }
    boolean signed = key != null && request != RpmbFields.REQUEST_PROGRAM_KEY;
    if (signed) {
      int at = (count - 1) * FRAME + RpmbFields.MAC;
      System.arraycopy(mac(frames), 0, frames, at, RpmbFields.MAC_BYTES);
    }
    return frames;
  }

  private int read(byte[] into) {
    if (result != RpmbFields.RESULT_OK) {
      return result;
    }
    if (beyond(into.length / DATA)) {
      return RpmbFields.RESULT_ADDRESS_FAILURE;
    }
    // A hole leaves the buffer as it is: zeros.
    boolean ok = data.read((long) address * DATA, MemorySegment.ofArray(into)).ok();
    return ok ? RpmbFields.RESULT_OK : RpmbFields.RESULT_READ_FAILURE;
  }

  private void fill(ByteBuffer frame, int count, int given) {
    boolean expired = counter == COUNTER_MAX;
    frame.putShort(RpmbFields.TYPE, (short) (request << RESPONSE_SHIFT));
    frame.putShort(
        RpmbFields.RESULT, (short) (expired ? given | RpmbFields.RESULT_COUNTER_EXPIRED : given));
    boolean reads =
        request == RpmbFields.REQUEST_READ || request == RpmbFields.REQUEST_READ_COUNTER;
    if (reads) {
      frame.put(RpmbFields.NONCE, nonce);
    }
    if (request == RpmbFields.REQUEST_READ && given == RpmbFields.RESULT_OK) {
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
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }
}
