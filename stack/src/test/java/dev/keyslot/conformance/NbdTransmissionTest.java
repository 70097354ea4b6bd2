package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The transmission phase with simple replies, byte by byte, typed from NBD proto.md ("Request
 * message", "Simple reply message", "Request types", "Error values").
 *
 * <p>A request is 25609513, flags, type, cookie, offset, length; a reply 67446698, error, cookie.
 */
class NbdTransmissionTest {

  private static final int MIB = 1 << 20;

  private final RamExport ram = new RamExport("ram", MIB);
  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(ram);
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private NbdTestClient opened(String nameLengthAndName) throws IOException {
    return fixture.opened(nameLengthAndName);
  }

  private NbdTestClient opened() throws IOException {
    return opened("00000003 72616d");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000000007 00000003 aabbcc")
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0000 0000 0000000000000002 0000000000000006 00000005")
          .expect("67446698 00000000 0000000000000002 00aabbcc00");
    }
  }

  @Test
  void cookiesComeBackAsTheyWere() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0003 ffffffffffffffff 0000000000000000 00000000")
          .expect("67446698 00000000 ffffffffffffffff")
          .send("25609513 0000 0003 0000000000000000 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000000");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0001 0000 0000000000000009 0000000000000000 00000000", // READ
        "0001 0003 0000000000000009 0000000000000000 00000000", // FLUSH
        "0001 0004 0000000000000009 0000000000001000 00001000", // TRIM
        "0001 0005 0000000000000009 0000000000000000 00001000", // CACHE
        "0001 0006 0000000000000009 0000000000000000 00001000", // WRITE_ZEROES
        "0013 0006 0000000000000009 0000000000000000 00001000", // and FAST_ZERO, NO_HOLE
        "0001 0001 0000000000000009 0000000000000000 00000002 abcd", // WRITE
      })
  void forceUnitAccessIsLegalOnEveryCommand(String request) throws IOException {
    try (NbdTestClient client = opened()) {
      client.send("25609513" + request).expect("67446698 00000000 0000000000000009");
    }
  }

  @Test
  void aReadMayEndAtTheEndAndNotBehind() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 0000000000000001 00000000000fffff 00000001")
          .expect("67446698 00000000 0000000000000001 00")
          .send("25609513 0000 0000 0000000000000002 00000000000fffff 00000002")
          .expect("67446698 00000016 0000000000000002")
          .send("25609513 0000 0000 0000000000000003 ffffffffffffffff 00000002")
          .expect("67446698 00000016 0000000000000003")
          .send("25609513 0000 0000 0000000000000004 7fffffffffffffff 00000001")
          .expect("67446698 00000016 0000000000000004");
    }
  }

  @Test
  void aWriteBehindTheEndIsNoSpaceAndItsPayloadIsSkipped() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 00000000000fffff 00000002 aabb")
          .expect("67446698 0000001c 0000000000000001")
          .send("25609513 0000 0000 0000000000000002 00000000000fffff 00000001")
          .expect("67446698 00000000 0000000000000002 00");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0004", "0006"})
  void trimAndZeroesBehindTheEndAreNoSpace(String type) throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000" + type + "0000000000000001 00000000000ff000 00001001")
          .expect("67446698 0000001c 0000000000000001");
    }
  }

  @Test
  void aLargePayloadBehindTheEndIsSkippedToo() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000000001 00100000")
          .send(new byte[MIB])
          .expect("67446698 0000001c 0000000000000001")
          .send("25609513 0000 0003 0000000000000002 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000002");
    }
  }

  @Test
  void aReadOnlyExportPermitsNoChangeAndStaysUsable() throws IOException {
    fixture.server().add(new RamExport("ro", MIB).withReadOnly());
    try (NbdTestClient client = opened("00000002 726f")) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000000000 00000002 aabb")
          .expect("67446698 00000001 0000000000000001")
          .send("25609513 0000 0004 0000000000000002 0000000000000000 00001000")
          .expect("67446698 00000001 0000000000000002")
          .send("25609513 0000 0006 0000000000000003 0000000000000000 00001000")
          .expect("67446698 00000001 0000000000000003")
          .send("25609513 0000 0000 0000000000000004 0000000000000000 00000002")
          .expect("67446698 00000000 0000000000000004 0000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0007", "0008", "0009", "00ff", "ffff"})
  void commandsThatWereNotOfferedAreInvalid(String type) throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000" + type + "0000000000000001 0000000000000000 00001000")
          .expect("67446698 00000016 0000000000000001");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0004 0000", // DF without structured replies
        "0002 0000", // NO_HOLE on READ
        "0010 0004", // FAST_ZERO on TRIM
        "0008 0006", // REQ_ONE on WRITE_ZEROES
        "0020 0003", // PAYLOAD_LEN without extended headers
        "8000 0003",
      })
  void flagsThatWereNotOfferedAreInvalid(String flagsAndType) throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513" + flagsAndType + "0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000016 0000000000000001");
    }
  }

  @Test
  void anUnknownFlagOnAWriteSkipsItsPayload() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0100 0001 0000000000000001 0000000000000000 00000004 25609513")
          .expect("67446698 00000016 0000000000000001")
          .send("25609513 0000 0000 0000000000000002 0000000000000000 00000004")
          .expect("67446698 00000000 0000000000000002 00000000");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000", "0001", "0004", "0005", "0006"})
  void requestsOfNothingSucceedAndDoNothing(String type) throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000" + type + "0000000000000001 0000000000100000 00000000")
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void flushWithARangeIsInvalid() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0003 0000000000000001 0000000000001000 00001000")
          .expect("67446698 00000016 0000000000000001");
    }
  }

  @Test
  void zeroesAndTrimReadBackZero() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000000ffe 00000004 aabbccdd")
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0000 0006 0000000000000002 0000000000000fff 00000001")
          .expect("67446698 00000000 0000000000000002")
          .send("25609513 0000 0004 0000000000000003 0000000000001000 00000001")
          .expect("67446698 00000000 0000000000000003")
          .send("25609513 0000 0000 0000000000000004 0000000000000ffe 00000004")
          .expect("67446698 00000000 0000000000000004 aa0000dd");
    }
  }

  @Test
  void aFailureIsToldForItsRequestOnly() throws IOException {
    fixture.server().add(new RamExport("bad", MIB).withFailure(NbdError.EIO, 4096, 8192));
    try (NbdTestClient client = opened("00000003 626164")) {
      client
          .send("25609513 0000 0000 0000000000000001 0000000000001000 00000001")
          .expect("67446698 00000005 0000000000000001")
          .send("25609513 0000 0001 0000000000000002 0000000000001000 00000001 ff")
          .expect("67446698 00000005 0000000000000002")
          .send("25609513 0000 0000 0000000000000003 0000000000000000 00000001")
          .expect("67446698 00000000 0000000000000003 00");
    }
  }

  @Test
  void unalignedRequestsAreInvalidWhereBlocksAreTheMinimum() throws IOException {
    fixture.server().add(new RamExport("coarse", MIB).withMinimumBlock(512));
    try (NbdTestClient client = opened("00000006 636f61727365")) {
      client
          .send("25609513 0000 0000 0000000000000001 0000000000000001 00000200")
          .expect("67446698 00000016 0000000000000001")
          .send("25609513 0000 0001 0000000000000002 0000000000000200 00000001 aa")
          .expect("67446698 00000016 0000000000000002")
          .send("25609513 0000 0006 0000000000000003 0000000000000200 00000200")
          .expect("67446698 00000000 0000000000000003");
    }
  }

  @Test
  void requestsThatComeTogetherAreAllAnswered() throws IOException {
    try (NbdTestClient client = opened()) {
      StringBuilder requests = new StringBuilder();
      for (int i = 0; i < 100; i++) {
        requests.append("25609513 0000 0003 %016x 0000000000000000 00000000".formatted(i));
      }
      client.send(requests.toString());
      boolean[] seen = new boolean[100];
      for (int i = 0; i < 100; i++) {
        client.expect("67446698 00000000");
        seen[client.receive(8)[7]] = true;
      }
      assertThat(seen).doesNotContain(false);
    }
  }

  @Test
  void aRequestMayComeByteByByte() throws IOException {
    try (NbdTestClient client = opened()) {
      for (byte one :
          NbdTestClient.bytes(
              "25609513 0000 0001 0000000000000001 0000000000000000 00000002 aabb")) {
        client.send(new byte[] {one});
      }
      client.expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void disconnectAnswersWhatCameBeforeAndEnds() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .send("25609513 0000 0002 0000000000000002 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001")
          .expectEnd();
    }
    fixture.awaitNoConnections();
    assertThat(fixture.log())
        .containsExactly(
            "connection opened: peer=unix:%s export=\"ram\" replies=SIMPLE contexts=[]"
                .formatted(System.getProperty("user.name")),
            "connection closed: peer=unix:%s export=\"ram\" reason=\"disconnect\""
                .formatted(System.getProperty("user.name")));
  }

  @Test
  void aWrongMagicEndsTheConnectionWithOneLogLine() throws IOException {
    try (NbdTestClient client = opened()) {
      client.send("25609514 0000 0003 0000000000000001 0000000000000000 00000000").expectEnd();
    }
    fixture.awaitNoConnections();
    assertThat(fixture.log()).hasSize(2);
    assertThat(fixture.log().getLast()).endsWith("reason=\"bad request magic 0x25609514\"");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x8000, 0x8001, 0xffff, 0x100000})
  void largeRequestsMoveEveryByte(int length) throws IOException {
    byte[] payload = Patterns.sevens(length);
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000000000 %08x".formatted(length))
          .send(payload)
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0000 0000 0000000000000002 0000000000000000 %08x".formatted(length))
          .expect("67446698 00000000 0000000000000002");
      assertThat(client.receive(length)).isEqualTo(payload);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096})
  void thirtyTwoMebibytesAtAnyOffsetAreNoAbuse(int offset) throws IOException {
    RamExport big = new RamExport("big", 33L * MIB);
    fixture.server().add(big);
    byte[] payload = Patterns.sevens(32 * MIB);
    try (NbdTestClient client = opened("00000003 626967")) {
      client
          .send("25609513 0000 0001 0000000000000001 %016x 02000000".formatted(offset))
          .send(payload)
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0000 0000 0000000000000002 %016x 02000000".formatted(offset))
          .expect("67446698 00000000 0000000000000002");
      assertThat(client.receive(32 * MIB)).isEqualTo(payload);
    }
    assertThat(big.bytes().asSlice(offset, 32L * MIB).mismatch(MemorySegment.ofArray(payload)))
        .isEqualTo(-1);
    assertThat(big.bytes().get(ValueLayout.JAVA_BYTE, 32L * MIB + offset)).isZero();
  }

  @Test
  void moreThanThirtyTwoMebibytesAreInvalidAndSkipped() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 0000000000000001 0000000000000000 02000001")
          .expect("67446698 00000016 0000000000000001")
          .send("25609513 0000 0001 0000000000000002 0000000000000000 02000001")
          .send(new byte[32 * MIB + 1])
          .expect("67446698 00000016 0000000000000002")
          .send("25609513 0000 0003 0000000000000003 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000003");
    }
  }

  @Test
  void anAbsurdPayloadEndsTheConnection() throws IOException {
    try (NbdTestClient client = opened()) {
      client.send("25609513 0000 0001 0000000000000001 0000000000000000 ffffffff").expectEnd();
    }
  }

  @Test
  void zeroesMayBeLongerThanAnyPayload() throws IOException {
    fixture.server().add(new RamExport("big", 40L * MIB));
    try (NbdTestClient client = opened("00000003 626967")) {
      client
          .send("25609513 0000 0006 0000000000000001 0000000000000000 02800000")
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void anExportWithoutFlushPromisesNoDurability() throws IOException {
    fixture.server().add(new RamExport("lossy", MIB).without(Kind.FLUSH));
    try (NbdTestClient client = opened("00000005 6c6f737379")) {
      client
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000016 0000000000000001")
          .send("25609513 0001 0001 0000000000000002 0000000000000000 00000001 aa")
          .expect("67446698 00000016 0000000000000002");
    }
  }
}
