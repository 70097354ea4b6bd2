package dev.keyslot.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A card on its bus, token by token, without a controller. Belongs to one thread. */
public final class CardBench {

  private static final int SECTOR = 512;

  public final EmmcCard card;
  public final CardResponse response = new CardResponse();

  public CardBench(CardProfile profile) {
    this(profile, new HeapMedia(profile.sectors() * SECTOR));
  }

  public CardBench(CardProfile profile, Media media) {
    card = new EmmcCard(profile, media);
  }

  /** The response word; expects one, and waits for the end of busy. */
  public int send(int index, int argument) {
    int word = sendOnly(index, argument);
    if (response.busy()) {
      assertThat(card.finishBusy()).isEqualTo(DataOutcome.DONE);
    }
    return word;
  }

  /** The response word; expects one, and leaves the card busy. */
  public int sendOnly(int index, int argument) {
    card.command(index, argument, response);
    assertThat(response.line()).as("CMD" + index).isEqualTo(CardResponse.Line.OK);
    return response.word();
  }

  public boolean answers(int index, int argument) {
    card.command(index, argument, response);
    return response.line() == CardResponse.Line.OK;
  }

  /** From power to transfer state. */
  public CardBench powerUp() {
    card.power(true);
    return identify();
  }

  /** Power off and on, then to transfer state. */
  public CardBench powerCycle() {
    card.power(false);
    return powerUp();
  }

  /** From CMD0 to transfer state. */
  public CardBench identify() {
    standby();
    send(7, 0x10000);
    return this;
  }

  /** From CMD0 to standby. */
  public CardBench standby() {
    card.command(0, 0, response);
    for (int i = 0; i < 3 && send(1, 0x40FF8080) >= 0; i++) {
      // bit 31 clear: still busy
    }
    send(2, 0);
    send(3, 0x10000);
    return this;
  }

  /** The status of CMD13. */
  public int status() {
    return send(13, 0x10000);
  }

  /** Writes a byte of EXT_CSD; returns the status afterwards. */
  public int set(int index, int value) {
    send(6, 0x03000001 | index << 16 | value << 8);
    return status();
  }

  public byte[] extCsd() {
    send(8, 0);
    return receive(SECTOR);
  }

  /** Data of a command that has been sent. */
  public byte[] receive(int bytes) {
    MemorySegment into = Arena.ofAuto().allocate(bytes);
    assertThat(card.receive(into)).isEqualTo(DataOutcome.DONE);
    return into.toArray(ValueLayout.JAVA_BYTE);
  }

  public DataOutcome give(byte[] bytes) {
    MemorySegment from = Arena.ofAuto().allocate(bytes.length);
    return card.send(from.copyFrom(MemorySegment.ofArray(bytes)));
  }

  /** A counted write of blocks that hold {@code value}; returns the status afterwards. */
  public int write(int address, int blocks, int value) {
    send(23, blocks);
    send(25, address);
    give(filled(blocks, value));
    return status();
  }

  /** The first byte of each block of a counted read. */
  public int[] read(int address, int blocks) {
    send(23, blocks);
    send(18, address);
    byte[] bytes = receive(blocks * SECTOR);
    int[] first = new int[blocks];
    Arrays.setAll(first, i -> Byte.toUnsignedInt(bytes[i * SECTOR]));
    return first;
  }

  /** CMD35, 36, 38; returns the status afterwards. */
  public int erase(int first, int last, int argument) {
    send(35, first);
    send(36, last);
    send(38, argument);
    return status();
  }

  public static byte[] filled(int blocks, int value) {
    byte[] bytes = new byte[blocks * SECTOR];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
