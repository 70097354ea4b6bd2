package dev.keyslot.model.card;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every result of device-side 1.15, and frames signed by another program: Python's hmac over bytes
 * 228 to 511 of each frame, key 32 x 11.
 */
class RpmbFramesTest {

  /** 128 KiB: addresses 0 to 1FFh. */
  private static final int BYTES = 128 << 10;

  private final byte[] key = Patterns.filled(0x11, 32);
  private Rpmb rpmb = new Rpmb(new HeapMedia(BYTES));

  private static byte[] request(int type) {
    byte[] frame = new byte[512];
    frame[511] = (byte) type;
    return frame;
  }

  private void programKey() {
    byte[] frame = request(1);
    System.arraycopy(key, 0, frame, 196, 32);
    rpmb.take(frame, true);
    assertThat(result()).isZero();
  }

  /** Frames of one write, one per fill, signed with {@code mac}. */
  private static byte[] write(int counter, int address, String mac, int... fills) {
    byte[] frames = new byte[fills.length * 512];
    for (int i = 0; i < fills.length; i++) {
      Arrays.fill(frames, i * 512 + 228, i * 512 + 484, (byte) fills[i]);
      ByteBuffer.wrap(frames, i * 512, 512)
          .slice()
          .putInt(500, counter)
          .putShort(504, (short) address)
          .putShort(506, (short) fills.length)
          .putShort(510, (short) 3);
    }
    byte[] signature = HexFormat.of().parseHex(mac);
    System.arraycopy(signature, 0, frames, frames.length - 512 + 196, signature.length);
    return frames;
  }

  private int result() {
    rpmb.take(request(5), false);
    return ByteBuffer.wrap(rpmb.answer(1)).getShort(508);
  }

  private static String mac(byte[] frames) {
    return HexFormat.of().formatHex(frames, frames.length - 512 + 196, frames.length - 512 + 228);
  }

  private static final String TWO_FRAMES =
      "645621c9e76f54959c82149418b147e46a7bb03846dc54a2d69b44afc9be9758";

  @Test
  void takesSignsAndReadsBackTwoFrames() {
    programKey();
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), true);
    rpmb.take(request(5), false);
    byte[] written = rpmb.answer(1);
    assertThat(ByteBuffer.wrap(written).getShort(508)).isZero();
    assertThat(ByteBuffer.wrap(written).getInt(500)).isEqualTo(1);
    assertThat(mac(written))
        .isEqualTo("de97c5e824ce16f00f650b258a2ecde1a7ba5008b33942c609b297dbeddda59d");
    byte[] read = request(4);
    System.arraycopy(Patterns.ascending(0, 16), 0, read, 484, 16);
    read[505] = 6;
    rpmb.take(read, false);
    byte[] back = rpmb.answer(2);
    assertThat(Arrays.copyOfRange(back, 228, 484)).containsOnly(0xA5);
    assertThat(Arrays.copyOfRange(back, 740, 996)).containsOnly(0x5A);
    assertThat(Arrays.copyOfRange(back, 196, 228)).as("only the last is signed").containsOnly(0);
    assertThat(mac(back))
        .isEqualTo("e26639a698ce1ccd7259d14e7acac1b8e462bdab93e779dd1f7fd16c567634fb");
  }

  @Test
  void failsWhatIsNotAnnouncedAsReliable() {
    byte[] frame = request(1);
    System.arraycopy(key, 0, frame, 196, 32);
    rpmb.take(frame, false);
    assertThat(result()).as("general failure").isEqualTo(1);
    programKey();
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), false);
    assertThat(result()).isEqualTo(1);
  }

  /** Device configuration (6, 7) is not offered. */
  @ParameterizedTest
  @ValueSource(ints = {0, 6, 7, 8, 255})
  void failsARequestThatDoesNotExist(int type) {
    programKey();
    rpmb.take(request(type), true);
    assertThat(result()).isEqualTo(1);
  }

  @Test
  void failsACountOfFramesThatIsNotOffered() {
    programKey();
    rpmb.take(write(0, 0, TWO_FRAMES, 1, 2, 3), true);
    assertThat(result()).isEqualTo(1);
    byte[] lying = write(0, 0, TWO_FRAMES, 1, 2);
    lying[512 + 507] = 1;
    rpmb.take(lying, true);
    assertThat(result()).isEqualTo(1);
  }

  @Test
  void failsAWrongSignatureACounterAndAnAddress() {
    programKey();
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5B), true);
    assertThat(result()).as("authentication").isEqualTo(2);
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), true);
    assertThat(result()).isZero();
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), true);
    assertThat(result()).as("counter, replayed").isEqualTo(3);
    rpmb.take(write(1, 0x1FF, TWO_FRAMES, 0xA5, 0x5A), true);
    assertThat(result()).as("address").isEqualTo(4);
    byte[] read = request(4);
    read[504] = 1;
    read[505] = (byte) 0xFF;
    rpmb.take(read, false);
    assertThat(ByteBuffer.wrap(rpmb.answer(1)).getShort(508)).as("the last one").isZero();
    assertThat(ByteBuffer.wrap(rpmb.answer(2)).getShort(508)).as("behind it").isEqualTo((short) 4);
  }

  @Test
  void wantsAKeyBeforeAnything() {
    for (int type : new int[] {2, 3, 4}) {
      rpmb.take(type == 3 ? write(0, 0, TWO_FRAMES, 1) : request(type), true);
      assertThat(result()).as("request %d", type).isEqualTo(7);
    }
  }

  /** Written FFFFFFFE times: one more write, and the counter stays where it is. */
  @Test
  void stopsWritingWhenTheCounterHasExpired() {
    rpmb = new Rpmb(new HeapMedia(BYTES), 0xFFFFFFFE);
    programKey();
    String last = "0bdda9edc9df90ded0ce7b54abc8dce5e6e0a60bf1a155452081aa1d64067e44";
    rpmb.take(write(0xFFFFFFFE, 0, last, 1), true);
    rpmb.take(request(5), false);
    byte[] answer = rpmb.answer(1);
    assertThat(ByteBuffer.wrap(answer).getShort(508)).isEqualTo((short) 0x80);
    assertThat(mac(answer))
        .isEqualTo("f630caa5d4f37f930e35392dc914074d8e393ed59a98ba54faf006bd3fad4c1d");
    rpmb.take(write(0xFFFFFFFF, 0, last, 2), true);
    rpmb.take(request(5), false);
    answer = rpmb.answer(1);
    assertThat(ByteBuffer.wrap(answer).getShort(508)).as("write failure").isEqualTo((short) 0x85);
    assertThat(mac(answer))
        .isEqualTo("0b86b6e829acc1e4e64e68632c831326d1a0ebe2389c8719e589ae621c4450e6");
    byte[] counter = request(2);
    System.arraycopy(Patterns.ascending(0, 16), 0, counter, 484, 16);
    rpmb.take(counter, false);
    assertThat(mac(rpmb.answer(1)))
        .isEqualTo("f1cca8666fb1d457f97ee9fef1496c662e6426799833da281cd9a733833b9d69");
  }

  @Test
  void tellsWhenItsMediumFails() {
    rpmb = new Rpmb(new BrokenMedia());
    programKey();
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), true);
    assertThat(result()).as("write failure").isEqualTo(5);
    rpmb.take(write(0, 6, TWO_FRAMES, 0xA5, 0x5A), true);
    assertThat(result()).as("the counter has not moved").isEqualTo(5);
    rpmb.take(request(4), false);
    assertThat(ByteBuffer.wrap(rpmb.answer(1)).getShort(508))
        .as("read failure")
        .isEqualTo((short) 6);
  }

  /** Cannot do anything. */
  private static final class BrokenMedia implements Media {

    @Override
    public long sizeBytes() {
      return BYTES;
    }

    @Override
    public MediaOutcome read(long offsetBytes, MemorySegment into) {
      return MediaOutcome.FAILED;
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      return MediaOutcome.FAILED;
    }

    @Override
    public MediaOutcome punch(long offsetBytes, long lengthBytes) {
      return MediaOutcome.FAILED;
    }

    @Override
    public MediaOutcome flush() {
      return MediaOutcome.FAILED;
    }

    @Override
    public long extent(long offsetBytes) {
      return BYTES - offsetBytes;
    }

    @Override
    public void close() {}
  }
}
