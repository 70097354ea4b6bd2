package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The handshake, byte by byte, typed from NBD proto.md ("Fixed newstyle negotiation", "Option
 * types", "Option reply types").
 *
 * <p>IHAVEOPT is 49484156454f5054, a reply begins with 0003e889045565a9. Transmission flags of the
 * export: 0d6d = HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_TRIM, SEND_WRITE_ZEROES, CAN_MULTI_CONN,
 * SEND_CACHE, SEND_FAST_ZERO; with SEND_DF 0ded; with BLOCK_STAT_PAYLOAD 1ded.
 */
class NbdHandshakeTest {

  private static final int MIB = 1 << 20;

  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("ram", MIB).withDescription("a disk"));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  @Test
  void greetsWithBothMagicsAndOffersFixedNewstyleAndNoZeroes() throws IOException {
    try (NbdTestClient client = fixture.connect()) {
      client.expect("4e42444d41474943 49484156454f5054 0003");
    }
  }

  @Test
  void goTellsTheSizeAndOpensTheExport() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000007 00000001 00000000")
          .send("25609513 0000 0003 1122334455667788 0000000000000000 00000000")
          .expect("67446698 00000000 1122334455667788");
    }
  }

  @Test
  void goWithTheEmptyNameOpensTheOnlyExport() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00000006  00000000 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000007 00000001 00000000");
    }
  }

  @Test
  void theEmptyNameIsUnknownWhereThereAreTwoExports() throws IOException {
    fixture.server().add(new RamExport("other", MIB));
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00000006  00000000 0000")
          .expect("0003e889045565a9 00000007 80000006 00000019")
          .expect(
              "6578706f7274206973206e6f74207365727665642068657265"); // export is not served here
    }
  }

  @Test
  void infoTellsWhatIsAskedForAndStaysInTheHandshake() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          // NAME, DESCRIPTION, BLOCK_SIZE, and 99, which nobody knows
          .send("49484156454f5054 00000006 00000011  00000003 72616d 0004 0001 0002 0003 0063")
          .expect("0003e889045565a9 00000006 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000006 00000003 00000005  0001 72616d")
          .expect("0003e889045565a9 00000006 00000003 00000008  0002 61206469736b")
          .expect("0003e889045565a9 00000006 00000003 0000000e  0003 00000001 00001000 02000000")
          .expect("0003e889045565a9 00000006 00000001 00000000")
          .send("49484156454f5054 00000002 00000000")
          .expect("0003e889045565a9 00000002 00000001 00000000")
          .expectEnd();
    }
  }

  @Test
  void aStricterBlockSizeIsToldUnasked() throws IOException {
    fixture.server().add(new RamExport("coarse", MIB).withMinimumBlock(512));
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 0000000c  00000006 636f61727365 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d")
          .expect("0003e889045565a9 00000007 00000003 0000000e  0003 00000200 00001000 02000000")
          .expect("0003e889045565a9 00000007 00000001 00000000");
    }
  }

  @Test
  void listNamesEveryExportAndEndsWithAck() throws IOException {
    fixture.server().add(new RamExport("b", MIB));
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000003 00000000")
          .expect("0003e889045565a9 00000003 00000002 00000005  00000001 62")
          .expect("0003e889045565a9 00000003 00000002 00000007  00000003 72616d")
          .expect("0003e889045565a9 00000003 00000001 00000000");
    }
  }

  @Test
  void listWithDataIsInvalid() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000003 00000001 78")
          .expect("0003e889045565a9 00000003 80000003 00000014")
          .expect("6f7074696f6e2074616b6573206e6f2064617461"); // option takes no data
    }
  }

  @Test
  void abortIsAcknowledged() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000002 00000000")
          .expect("0003e889045565a9 00000002 00000001 00000000")
          .expectEnd();
    }
  }

  @Test
  void exportNameAnswersWithoutZeroesWhenAgreed() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000001 00000003 72616d")
          .expect("0000000000100000 0d6d")
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void exportNameAnswersWith124ZeroesOtherwise() throws IOException {
    try (NbdTestClient client = fixture.connect()) {
      client
          .expect("4e42444d41474943 49484156454f5054 0003")
          .send("00000001")
          .send("49484156454f5054 00000001 00000003 72616d")
          .expect("0000000000100000 0d6d" + "00".repeat(124))
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void exportNameOfAnUnknownExportEndsTheConnection() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client.send("49484156454f5054 00000001 00000003 726174").expectEnd();
    }
  }

  @Test
  void aClientWithoutFixedNewstyleMaySendExportNameOnly() throws IOException {
    try (NbdTestClient client = fixture.connect()) {
      client
          .expect("4e42444d41474943 49484156454f5054 0003")
          .send("00000000")
          .send("49484156454f5054 00000001 00000003 72616d")
          .expect("0000000000100000 0d6d" + "00".repeat(124));
    }
    try (NbdTestClient client = fixture.connect()) {
      client
          .expect("4e42444d41474943 49484156454f5054 0003")
          .send("00000000")
          .send("49484156454f5054 00000003 00000000")
          .expectEnd();
    }
  }

  @Test
  void clientFlagsThatWereNotOfferedEndTheConnection() throws IOException {
    try (NbdTestClient client = fixture.connect()) {
      client.expect("4e42444d41474943 49484156454f5054 0003").send("00000007").expectEnd();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"00000000", "00000004", "0000000c", "000000ff", "ffffffff"})
  void anUnknownOptionIsUnsupportedAndTheNextOneIsServed(String option) throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054" + option + "00000004 deadbeef")
          .expect("0003e889045565a9" + option + "80000001 00000018")
          .expect("6f7074696f6e206973206e6f74206b6e6f776e2068657265") // option is not known here
          .send("49484156454f5054 00000008 00000000")
          .expect("0003e889045565a9 00000008 00000001 00000000");
    }
  }

  @Test
  void startTlsIsRefusedByPolicy() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000005 00000000")
          .expect("0003e889045565a9 00000005 80000002 00000019")
          .expect(
              "544c53206973206f6666206f6e207468697320736572766572"); // TLS is off on this server
    }
  }

  @Test
  void structuredRepliesOfferDontFragment() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000008 00000000")
          .expect("0003e889045565a9 00000008 00000001 00000000")
          .send("49484156454f5054 00000006 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000006 00000003 0000000c  0000 0000000000100000 0ded");
    }
  }

  @Test
  void aReadOnlyExportSaysSo() throws IOException {
    fixture.server().add(new RamExport("ro", MIB).withReadOnly());
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00000008  00000002 726f 0000")
          // HAS_FLAGS, READ_ONLY, SEND_FLUSH, SEND_FUA, CAN_MULTI_CONN, SEND_CACHE
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 050f");
    }
  }

  @Test
  void flagsOfWhatAnExportLacksAreNotOffered() throws IOException {
    fixture.server().add(new RamExport("bare", MIB).without(Kind.TRIM).withoutFastZero());
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 0000000a  00000004 62617265 0000")
          // as 0d6d, but without SEND_TRIM and SEND_FAST_ZERO
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 054d");
    }
  }

  @Test
  void anUnknownExportIsUnknownAndTheHandshakeGoesOn() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00000009  00000003 726174 0000")
          .expect("0003e889045565a9 00000007 80000006 00000019")
          .expect("6578706f7274206973206e6f74207365727665642068657265") // export is not served here
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000007 00000000", // no data at all
        "00000007 00000004 00000003", // the name is missing
        "00000007 00000007 00000003 72616d", // the count is missing
        "00000007 00000009 00000003 72616d 0001", // an info type is missing
        "00000007 0000000a 00000003 72616d 0000 00", // a byte too many
        "00000007 00000009 ffffffff 72616d 0000", // a negative length
        "00000007 00000009 00000003 720061 0000", // NUL in the name
        "00000007 00000009 00000003 ff616d 0000", // no UTF-8
        "00000006 00000003 000000", // not even a length
      })
  void malformedSelectionsAreInvalidAndTheHandshakeGoesOn(String option) throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054" + option)
          .expect("0003e889045565a9" + option.substring(0, 8) + "80000003 00000015")
          .expect("6d616c666f726d6564206f7074696f6e2064617461") // malformed option data
          .send("49484156454f5054 00000002 00000000")
          .expect("0003e889045565a9 00000002 00000001 00000000");
    }
  }

  @Test
  void aNameOf4097BytesIsInvalidAndOneOf4096IsOnlyUnknown() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00001007  00001001" + "61".repeat(4097) + "0000")
          .expect("0003e889045565a9 00000007 80000003 00000015")
          .expect("6d616c666f726d6564206f7074696f6e2064617461") // malformed option data
          .send("49484156454f5054 00000007 00001006  00001000" + "61".repeat(4096) + "0000")
          .expect("0003e889045565a9 00000007 80000006");
    }
  }

  @Test
  void tooMuchOptionDataIsTooBigAndSkipped() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000007 00010000")
          .send(new byte[0x10000])
          .expect("0003e889045565a9 00000007 80000009 00000017")
          .expect("6f7074696f6e206461746120697320746f6f206c6f6e67") // option data is too long
          .send("49484156454f5054 00000002 00000000")
          .expect("0003e889045565a9 00000002 00000001 00000000");
    }
  }

  @Test
  void absurdlyMuchOptionDataEndsTheConnection() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client.send("49484156454f5054 00000007 ffffffff").expectEnd();
    }
  }

  @Test
  void aWrongOptionMagicEndsTheConnection() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client.send("49484156454f5055 00000007 00000000").expectEnd();
    }
  }

  @Test
  void theOptionBehindThe128thEndsTheConnection() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      for (int i = 0; i < 128; i++) {
        client
            .send("49484156454f5054 00000008 00000000")
            .expect("0003e889045565a9 00000008 00000001 00000000");
      }
      client.expectEnd();
    }
    fixture.awaitNoConnections();
    assertThat(fixture.log())
        .singleElement()
        .asString()
        .endsWith("reason=\"options in one handshake must be at most 128\"");
  }
}
