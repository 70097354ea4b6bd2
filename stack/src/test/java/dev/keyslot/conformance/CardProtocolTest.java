package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.CardResponse.Line;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The card on its bus, token by token, in the order Linux enumerates it (device-side 1.7). */
class CardProtocolTest {

  private static final long SECTORS = 0x800000;

  /** Offset and value pairs of device-side 1.4. */
  private static final int[][] EXT_CSD = {
    {15, 0},
    {33, 0},
    {34, 0},
    {61, 0},
    {130, 1},
    {155, 0},
    {160, 7},
    {162, 1},
    {166, 0x14},
    {167, 0x1F},
    {168, 0x20},
    {175, 0},
    {179, 0},
    {181, 0},
    {184, 1},
    {192, 8},
    {194, 2},
    {196, 0x57},
    {197, 0x1F},
    {198, 0x0A},
    {212, 0},
    {213, 0},
    {214, 0x80},
    {215, 0},
    {217, 0x11},
    {222, 1},
    {224, 1},
    {225, 6},
    {226, 0x20},
    {228, 7},
    {229, 0x11},
    {230, 0x11},
    {231, 0x55},
    {240, 1},
    {249, 0},
    {250, 2},
    {251, 0},
    {252, 0},
    {267, 1},
    {268, 1},
    {269, 1},
    {307, 0x1F},
    {308, 1},
    {486, 0},
    {504, 1},
  };

  private final CardResponse response = new CardResponse();
  private EmmcCard card;

  @BeforeEach
  void insert() {
    card = new EmmcCard(CardProfile.served(SECTORS), new HeapMedia(SECTORS * 512));
  }

  /** The response word; expects one. */
  private int send(int index, int argument) {
    card.command(index, argument, response);
    assertThat(response.line()).as("CMD" + index).isEqualTo(Line.OK);
    int word = response.word();
    if (response.busy()) {
      assertThat(card.finishBusy()).isEqualTo(DataOutcome.DONE);
    }
    return word;
  }

  private boolean answers(int index, int argument) {
    card.command(index, argument, response);
    return response.line() == Line.OK;
  }

  private void bringUp() {
    card.power(true);
    card.command(0, 0, response);
    send(1, 0x40FF8080);
    send(2, 0);
    send(3, 0x10000);
    send(7, 0x10000);
  }

  @Test
  void staysSilentWithoutPower() {
    assertThat(answers(1, 0)).isFalse();
  }

  /** What the core tries before it knows that the card is an eMMC: device-side 1.6, end. */
  @ParameterizedTest
  @CsvSource({"52, 0", "8, 0x1AA", "5, 0", "55, 0"})
  void staysSilentToProbesForOtherKindsOfCard(int index, String argument) {
    card.power(true);
    card.command(0, 0, response);
    assertThat(answers(index, Integer.decode(argument))).isFalse();
  }

  @Test
  void goesThroughIdentificationWithTheWordsOfTheDatasheet() {
    card.power(true);
    card.command(0, 0, response);
    assertThat(send(1, 0)).as("inquiry").isEqualTo(0x40FF8080);
    card.command(0, 0, response);
    assertThat(send(1, 0x40FF8080)).as("ready, sectors").isEqualTo(0xC0FF8080);
    send(2, 0);
    // CID AA 01 4A 45 4D 4D 43 35 31 10 DE AD BE EF BD 3F without its last byte.
    assertThat(response.word(3)).isEqualTo(0x00AA014A);
    assertThat(response.word(2)).isEqualTo(0x454D4D43);
    assertThat(response.word(1)).isEqualTo(0x353110DE);
    assertThat(response.word(0)).isEqualTo(0xADBEEFBD);
    assertThat(send(3, 0x10000)).as("state ident").isEqualTo(0x400);
    send(9, 0x10000);
    // CSD D0 27 01 32 8F 59 03 FF FF FF FF E7 8A 40 00 17 without its last byte.
    assertThat(response.word(3)).isEqualTo(0x00D02701);
    assertThat(response.word(2)).isEqualTo(0x328F5903);
    assertThat(response.word(1)).isEqualTo(0xFFFFFFFF);
    assertThat(response.word(0)).isEqualTo(0xE78A4000);
    assertThat(send(7, 0x10000)).as("state stby").isEqualTo(0x600);
    assertThat(send(13, 0x10000)).as("state tran, ready").isEqualTo(0x900);
  }

  @Test
  void saysByteModeUpToTwoGibibytes() {
    card = new EmmcCard(CardProfile.served(0x400000), new HeapMedia(0x400000L * 512));
    card.power(true);
    card.command(0, 0, response);
    assertThat(send(1, 0x40FF8080)).isEqualTo(0x80FF8080);
  }

  @Test
  void saysBusyAsOftenAsItsProfileAsks() {
    card = new EmmcCard(CardProfile.faithful(SECTORS, 1), new HeapMedia(SECTORS * 512));
    card.power(true);
    card.command(0, 0, response);
    assertThat(send(1, 0x40FF8080)).isEqualTo(0x40FF8080);
    assertThat(send(1, 0x40FF8080)).isEqualTo(0xC0FF8080);
  }

  @Test
  void sendsTheDefaultExtCsd() {
    bringUp();
    assertThat(send(8, 0)).isEqualTo(0x900);
    byte[] ext = new byte[512];
    assertThat(card.receive(MemorySegment.ofArray(ext))).isEqualTo(DataOutcome.DONE);
    for (int[] pair : EXT_CSD) {
      assertThat(Byte.toUnsignedInt(ext[pair[0]])).as("byte " + pair[0]).isEqualTo(pair[1]);
    }
    assertThat(ext[223]).as("ERASE_TIMEOUT_MULT").isNotZero();
    assertThat(ext[232]).as("TRIM_MULT").isNotZero();
    assertThat(ext[64]).as("ours: hole queries, cache outlives resets").isEqualTo((byte) 3);
  }

  /** CMD6 arguments that set a byte and the status that follows; device-side 1.8. */
  @ParameterizedTest
  @CsvSource({
    "0x03AF0101, 0x900", // ERASE_GROUP_DEF
    "0x03220101, 0x900", // POWER_OFF_NOTIFICATION
    "0x03B70201, 0x900", // BUS_WIDTH 8
    "0x03B70601, 0x900", // BUS_WIDTH 8 DDR
    "0x03B78601, 0x900", // with strobe
    "0x03B90201, 0x900", // HS200
    "0x03A10101, 0x900", // HPI
    "0x03210101, 0x900", // cache on
    "0x030F0101, 0x900", // queue on
    "0x03200101, 0x900", // flush
    "0x03C00801, 0x980", // a property
    "0x03B50101, 0x980", // read-only
    "0x03B70301, 0x980", // no such width
    "0x03B90401, 0x980", // no such timing
    "0x03500101, 0x980", // a vendor's byte
    "0x03000101, 0x980", // reserved
    "0x03A20201, 0x980", // RST_n_FUNCTION is set for ever
  })
  void acceptsTheSwitchesOfTheDatasheet(String argument, String status) {
    bringUp();
    assertThat(send(6, Integer.decode(argument))).isEqualTo(0x900);
    assertThat(send(13, 0x10000)).isEqualTo(Integer.decode(status));
    assertThat(send(13, 0x10000)).as("told once").isEqualTo(0x900);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18, 24, 25, 23, 16, 8, 44, 60})
  void staysSilentToDataCommandsInStandbyAndTellsNextTime(int index) {
    card.power(true);
    card.command(0, 0, response);
    send(1, 0x40FF8080);
    send(2, 0);
    send(3, 0x10000);
    assertThat(answers(index, 0)).isFalse();
    assertThat(send(13, 0x10000)).isEqualTo(0x00400600);
  }

  @Test
  void losesQueueModeAndBusModeOnGoIdleButKeepsWhatIsForEver() {
    bringUp();
    send(6, 0x030F0101);
    card.command(0, 0, response);
    send(1, 0x40FF8080);
    send(2, 0);
    send(3, 0x10000);
    send(7, 0x10000);
    send(8, 0);
    byte[] ext = new byte[512];
    card.receive(MemorySegment.ofArray(ext));
    assertThat(ext[15]).isZero();
    assertThat(ext[162]).isEqualTo((byte) 1);
  }

  @Test
  void ignoresCommandsForAnotherCard() {
    bringUp();
    assertThat(answers(13, 0x20000)).isFalse();
    assertThat(send(13, 0x10000)).as("not an error").isEqualTo(0x900);
    assertThat(answers(7, 0)).as("deselected").isFalse();
    assertThat(send(13, 0x10000)).isEqualTo(0x600);
  }

  @Test
  void movesBlocksByLegacyCommands() {
    bringUp();
    send(23, 2);
    assertThat(send(25, 100)).isEqualTo(0x900);
    byte[] bytes = new byte[1024];
    Arrays.fill(bytes, (byte) 7);
    assertThat(card.send(MemorySegment.ofArray(bytes))).isEqualTo(DataOutcome.DONE);
    assertThat(send(13, 0x10000)).isEqualTo(0x900);
    send(18, 100);
    byte[] back = new byte[1024];
    assertThat(card.receive(MemorySegment.ofArray(back))).isEqualTo(DataOutcome.DONE);
    assertThat(send(12, 0)).as("state data").isEqualTo(0xA00);
    assertThat(back).isEqualTo(bytes);
    send(23, 8);
    assertThat(send(18, (int) SECTORS - 4)).as("out of range").isEqualTo(0x80000900);
  }

  @Test
  void erasesInSequenceOnly() {
    bringUp();
    assertThat(send(38, 1)).as("without a range").isEqualTo(0x10000900);
    assertThat(send(36, 10)).isEqualTo(0x10000900);
    send(35, 8);
    assertThat(send(23, 1)).as("another command in between").isEqualTo(0x2900);
    send(35, 20);
    send(36, 10);
    assertThat(send(38, 1)).as("start behind end").isEqualTo(0x08000900);
  }

  @Test
  void runsAQueuedTaskThroughItsStates() {
    bringUp();
    send(6, 0x030F0101);
    assertThat(send(44, 0x40050008)).isEqualTo(0x900);
    assertThat(send(45, 0x1000)).isEqualTo(0x900);
    assertThat(send(13, 0x18000)).as("QSR").isEqualTo(0x20);
    assertThat(send(46, 0x50000)).isEqualTo(0x900);
    assertThat(send(13, 0x18000)).isZero();
    byte[] bytes = new byte[4096];
    assertThat(card.readTask(5, 0, MemorySegment.ofArray(bytes))).isEqualTo(DataOutcome.HOLE);
    assertThat(card.finishTask(5, response)).isEqualTo(DataOutcome.DONE);
    assertThat(response.word()).isEqualTo(0x900);
    assertThat(answers(46, 0x50000)).as("it is over").isFalse();
  }

  @Test
  void refusesToExecuteATaskInTheOtherDirection() {
    bringUp();
    send(6, 0x030F0101);
    send(44, 0x40050008);
    send(45, 0x1000);
    send(13, 0x18000);
    assertThat(answers(47, 0x50000)).isFalse();
    assertThat(send(13, 0x10000)).isEqualTo(0x00400900);
    send(48, 1);
    assertThat(send(13, 0x18000)).isZero();
  }

  @Test
  void keepsQueueAndLegacyCommandsApart() {
    bringUp();
    assertThat(answers(44, 0x40050008)).as("queue off").isFalse();
    assertThat(send(13, 0x10000)).isEqualTo(0x00400900);
    send(6, 0x030F0101);
    assertThat(answers(17, 0)).as("queue on").isFalse();
    send(44, 0x40050008);
    send(45, 0x1000);
    assertThat(answers(6, 0x03200101)).as("queue not empty").isFalse();
  }
}
