package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What other servers got wrong and no other transcript here holds; docs/nbd.md lists all of it.
 *
 * <p>Bytes typed from NBD proto.md.
 */
class NbdOthersMistakesTest {

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

  /** Flags that are skipped make FUA a lie: apple/containerization#883. */
  @ParameterizedTest
  @CsvSource({
    "0001 0000000000000001 0000000000001000 00000002 abcd, WRITE",
    "0004 0000000000000001 0000000000001000 00001000, TRIM",
    "0006 0000000000000001 0000000000001000 00001000, WRITE_ZEROES",
  })
  void forceUnitAccessReachesTheExport(String request, Kind kind) throws IOException {
    try (NbdTestClient client = fixture.opened("00000003 72616d")) {
      client.send("25609513 0000" + request).expect("67446698 00000000 0000000000000001");
      assertThat(ram.synced()).isEmpty();
      client.send("25609513 0001" + request).expect("67446698 00000000 0000000000000001");
      assertThat(ram.synced()).containsExactly(kind);
    }
  }

  /** abligh/gonbdserver#9. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000 0003 0000000000000001 0000000000000000 00000000", // FLUSH
        "0001 0001 0000000000000001 0000000000001000 00000002 abcd", // WRITE with FUA
        "0001 0004 0000000000000001 0000000000001000 00001000", // TRIM with FUA
        "0001 0006 0000000000000001 0000000000001000 00001000", // WRITE_ZEROES with FUA
      })
  void aFlushThatFailsIsToldToTheClient(String request) throws IOException {
    fixture.server().add(new RamExport("torn", MIB).withSyncFailure(NbdError.EIO));
    try (NbdTestClient client = fixture.opened("00000004 746f726e")) {
      client
          .send("25609513" + request)
          .expect("67446698 00000005 0000000000000001")
          // without FUA there is nothing to fail, and the connection goes on
          .send("25609513 0000 0001 0000000000000002 0000000000001000 00000002 abcd")
          .expect("67446698 00000000 0000000000000002");
    }
  }

  /** CAN_MULTI_CONN, wanted in Merovius/nbd#9, pojntfx/go-nbd#4 and #7, Barre/ZeroFS#59. */
  @Test
  void whatOneConnectionWroteTheOthersReadAndFlush() throws IOException {
    try (NbdTestClient one = fixture.opened("00000003 72616d");
        NbdTestClient two = NbdFixture.named(fixture.structured(), "00000003 72616d")) {
      one.send("25609513 0000 0001 0000000000000001 0000000000000ffe 00000004 a1b2c3d4")
          .expect("67446698 00000000 0000000000000001");
      two.send("25609513 0000 0000 0000000000000002 0000000000000ffe 00000004")
          .expect("668e33ef 0001 0001 0000000000000002 0000000c  0000000000000ffe a1b2c3d4")
          .send("25609513 0000 0003 0000000000000003 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000003");
      assertThat(ram.synced()).containsExactly(Kind.FLUSH);
      two.send("25609513 0001 0006 0000000000000004 0000000000000fff 00000001")
          .expect("67446698 00000000 0000000000000004");
      one.send("25609513 0000 0000 0000000000000005 0000000000000ffe 00000004")
          .expect("67446698 00000000 0000000000000005 a100c3d4");
    }
  }

  /** ENOTSUP comes at once and changes nothing; the slow way works. */
  @Test
  void aFastZeroThatIsRefusedLeavesTheDataAlone() throws IOException {
    fixture.server().add(new RamExport("slow", MIB).withSlowZeroes());
    try (NbdTestClient client = fixture.opened("00000004 736c6f77")) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000001000 00000004 a1b2c3d4")
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0010 0006 0000000000000002 0000000000001000 00000004")
          .expect("67446698 0000005f 0000000000000002")
          .send("25609513 0000 0000 0000000000000003 0000000000001000 00000004")
          .expect("67446698 00000000 0000000000000003 a1b2c3d4")
          .send("25609513 0000 0006 0000000000000004 0000000000001000 00000004")
          .expect("67446698 00000000 0000000000000004")
          .send("25609513 0000 0000 0000000000000005 0000000000001000 00000004")
          .expect("67446698 00000000 0000000000000005 00000000");
    }
  }

  /** No sum of offset and length may wrap: bounds in apple/containerization#883. */
  @ParameterizedTest
  @CsvSource({
    "0000, fffffffffffff000, 00001000, 00000016", // READ: the sum is 0
    "0000, fffffffffffff000, 00002000, 00000016", // and 4096
    "0000, 8000000000000000, 00000001, 00000016", // a negative offset
    "0004, fffffffffffff000, 00002000, 0000001c", // TRIM
    "0005, fffffffffffff000, 00002000, 00000016", // CACHE
    "0006, fffffffffffff000, 00002000, 0000001c", // WRITE_ZEROES
    "0006, 0000000000000000, ffffffff, 0000001c", // no negative length
    "0005, 0000000000000000, ffffffff, 00000016",
  })
  void rangesThatWrapRoundAreRefused(String type, String offset, String length, String error)
      throws IOException {
    try (NbdTestClient client = fixture.opened("00000003 72616d")) {
      client
          .send("25609513 0000" + type + "0000000000000001" + offset + length)
          .expect("67446698" + error + "0000000000000001");
    }
  }

  /** CVE-2025-47711 and CVE-2025-47712: the largest length, one more, and a range that wraps. */
  @Test
  void blockStatusOfFourGibibytesIsOneExtent() throws IOException {
    fixture.server().add(new HollowExport("wide", 8L << 30));
    try (NbdTestClient client = fixture.extended()) {
      client
          .send("49484156454f5054 0000000a 0000001f  00000004 77696465 00000001")
          .send("0000000f 626173653a616c6c6f636174696f6e")
          .receive(20 + 19 + 20);
      client.send("49484156454f5054 00000007 0000000a  00000004 77696465 0000").receive(52);
      client
          .send("21e41c71 0000 0007 00000000000000aa 0000000000000000 00000000ffffffff")
          .expect("6e8a278c 0001 0006 00000000000000aa 0000000000000000 0000000000000018")
          .expect("00000001 00000001  00000000ffffffff 0000000000000003")
          .send("21e41c71 0000 0007 00000000000000ab 0000000100000000 0000000100000000")
          .expect("6e8a278c 0001 0006 00000000000000ab 0000000100000000 0000000000000018")
          .expect("00000001 00000001  0000000100000000 0000000000000003")
          .send("21e41c71 0000 0007 00000000000000ac 0000000100000000 0000000100000001")
          .expect("6e8a278c 0001 8001 00000000000000ac 0000000100000000 0000000000000026")
          .expect("00000016 0020")
          .receive(0x20);
      client
          .send("21e41c71 0000 0007 00000000000000ad fffffffffffff000 0000000000002000")
          .expect("6e8a278c 0001 8001 00000000000000ad fffffffffffff000 0000000000000026")
          .expect("00000016 0020");
    }
  }

  /** LIST that is not closed by its ACK: john-parton/tokio-nbd#7. */
  @Test
  void listOfNothingIsJustItsAck() throws IOException {
    fixture.server().remove("ram");
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000003 00000000")
          .expect("0003e889045565a9 00000003 00000001 00000000");
    }
  }

  /** LIST with wrong lengths: xapi-project/nbd#128, #131 and #63. */
  @Test
  void listCarriesANameOf4096Bytes() throws IOException {
    fixture.server().remove("ram");
    fixture.server().add(new RamExport("n".repeat(4096), MIB));
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000003 00000000")
          .expect("0003e889045565a9 00000003 00000002 00001004  00001000" + "6e".repeat(4096))
          .expect("0003e889045565a9 00000003 00000001 00000000")
          .send("49484156454f5054 00000007 00001006  00001000" + "6e".repeat(4096) + "0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0d6d");
    }
  }
}
