package dev.keyslot.model.card;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The replay-protected block over the card's bus; frames by the offsets of device-side 1.15. */
class RpmbTest {

  private final CardResponse response = new CardResponse();
  private final byte[] key = Patterns.filled(0x11, 32);
  private EmmcCard card;

  @BeforeEach
  void bringUp() {
    card = new EmmcCard(CardProfile.served(16384), new HeapMedia(8L << 20));
    card.power(true);
    send(0, 0);
    send(1, 0x40FF8080);
    send(2, 0);
    send(3, 0x10000);
    send(7, 0x10000);
    send(6, 0x03B30301);
  }

  private int send(int index, int argument) {
    card.command(index, argument, response);
    assertThat(response.line()).as("CMD" + index).isEqualTo(CardResponse.Line.OK);
    int word = response.word();
    if (response.busy()) {
      card.finishBusy();
    }
    return word;
  }

  private void put(byte[] frames) {
    send(23, 0x80000000 | frames.length / 512);
    send(25, 0);
    assertThat(card.send(MemorySegment.ofArray(frames))).isEqualTo(DataOutcome.DONE);
  }

  private byte[] get(int count) {
    byte[] frames = new byte[count * 512];
    send(23, count);
    send(18, 0);
    assertThat(card.receive(MemorySegment.ofArray(frames))).isEqualTo(DataOutcome.DONE);
    return frames;
  }

  private static byte[] request(int type) {
    byte[] frame = new byte[512];
    frame[511] = (byte) type;
    return frame;
  }

  private byte[] sign(byte[] frame) {
    System.arraycopy(hmac(frame), 0, frame, 196, 32);
    return frame;
  }

  private byte[] hmac(byte[] frame) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(frame, 228, 284);
      return mac.doFinal();
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private void programKey() {
    byte[] frame = request(1);
    System.arraycopy(key, 0, frame, 196, 32);
    put(frame);
    put(request(5));
    assertThat(result(get(1))).isZero();
  }

  private static int result(byte[] frame) {
    return ByteBuffer.wrap(frame).getShort(508);
  }

  private byte[] writeRequest(int counter, int address, int fill) {
    byte[] frame = request(3);
    Arrays.fill(frame, 228, 484, (byte) fill);
    ByteBuffer.wrap(frame)
        .putInt(500, counter)
        .putShort(504, (short) address)
        .putShort(506, (short) 1);
    return sign(frame);
  }

  @Test
  void saysThatItHasNoKeyYet() {
    put(request(2));
    assertThat(result(get(1))).isEqualTo(7);
  }

  @Test
  void takesAKeyOnlyOnce() {
    programKey();
    put(request(1));
    put(request(5));
    assertThat(result(get(1))).isEqualTo(5);
  }

  /** Device-side 1.15: key 32 x 11, nonce 00..0f, response 0200; here with counter 0 or 7. */
  @Test
  void signsTheCounterAsTheWorkedExampleDoes() {
    programKey();
    for (int i = 0; i < 7; i++) {
      put(writeRequest(i, 0, i));
    }
    byte[] frame = request(2);
    System.arraycopy(Patterns.ascending(0, 16), 0, frame, 484, 16);
    put(frame);
    byte[] answer = get(1);
    assertThat(ByteBuffer.wrap(answer).getInt(500)).isEqualTo(7);
    assertThat(HexFormat.of().formatHex(answer, 196, 228))
        .isEqualTo("17878647dfe235e39f175b8951208be64591e5ca6b9210015be7cd4eccbc69c8");
  }

  @Test
  void writesAndReadsBackOnlyWithTheRightMacAndCounter() {
    programKey();
    put(writeRequest(0, 3, 0x5A));
    put(request(5));
    assertThat(result(get(1))).isZero();
    put(writeRequest(0, 3, 0x5B));
    put(request(5));
    assertThat(result(get(1))).as("counter").isEqualTo(3);
    byte[] forged = writeRequest(1, 3, 0x5C);
    forged[300] ^= 1;
    put(forged);
    put(request(5));
    assertThat(result(get(1))).as("authentication").isEqualTo(2);
    byte[] beyond = writeRequest(1, 0xFFFF, 1);
    put(beyond);
    put(request(5));
    assertThat(result(get(1))).as("address").isEqualTo(4);

    byte[] read = request(4);
    read[505] = 3;
    put(read);
    byte[] answer = get(1);
    assertThat(Arrays.copyOfRange(answer, 228, 484)).containsOnly(0x5A);
    assertThat(Arrays.copyOfRange(answer, 196, 228)).isEqualTo(hmac(answer));
  }

  @Test
  void cannotBeReachedWhileTheQueueIsOn() {
    send(6, 0x03B30001);
    send(6, 0x030F0101);
    send(6, 0x03B30301);
    assertThat(send(13, 0x10000)).as("SWITCH_ERROR").isEqualTo(0x980);
  }

  @Test
  void takesNoOtherTransfers() {
    card.command(17, 0, response);
    assertThat(response.line()).isEqualTo(CardResponse.Line.SILENT);
  }
}
