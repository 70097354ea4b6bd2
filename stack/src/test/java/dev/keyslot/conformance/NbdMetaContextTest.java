package dev.keyslot.conformance;

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
 * Meta contexts in the handshake and BLOCK_STATUS, byte by byte, typed from NBD proto.md ("Metadata
 * querying").
 *
 * <p>626173653a616c6c6f636174696f6e is base:allocation, 15 bytes.
 */
class NbdMetaContextTest {

  private static final int MIB = 1 << 20;

  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("ram", MIB));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  /** Selected base:allocation for "ram" and opened it. */
  private NbdTestClient opened() throws IOException {
    return NbdFixture.withAllocation(fixture.structured(), "0ded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000b 00000003 72616d 00000000", // no query: all
        "00000014 00000003 72616d 00000001 00000005 626173653a", // base:
        "0000001e 00000003 72616d 00000001 0000000f 626173653a616c6c6f636174696f6e",
      })
  void listAnswersAllANamespaceOrOne(String data) throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 00000009" + data)
          .expect("0003e889045565a9 00000009 00000004 00000013")
          .expect("00000000 626173653a616c6c6f636174696f6e")
          .expect("0003e889045565a9 00000009 00000001 00000000");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000013 00000003 72616d 00000001 00000004 783a7979", // x:yy
        "00000014 00000003 72616d 00000001 00000005 626173653a", // base: names none
        "0000000b 00000003 72616d 00000000", // no query: none
      })
  void setSelectsNothingThatIsNotNamed(String data) throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 0000000a" + data)
          .expect("0003e889045565a9 0000000a 00000001 00000000");
    }
  }

  @Test
  void contextsNeedStructuredReplies() throws IOException {
    try (NbdTestClient client = fixture.greeted()) {
      client
          .send("49484156454f5054 00000009 0000000b  00000003 72616d 00000000")
          .expect("0003e889045565a9 00000009 80000003 00000027")
          // structured replies must be agreed first
          .expect("73747275637475726564207265706c696573206d75737420626520616772656564206669727374");
    }
  }

  @Test
  void contextsOfAnUnknownExportAreUnknown() throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 0000000a 0000000b  00000003 726174 00000000")
          .expect("0003e889045565a9 0000000a 80000006 00000019");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000a 00000000",
        "0000000a 00000007 00000003 72616d",
        "0000000a 0000000b 00000003 72616d 00000001",
        "0000000a 0000000b 00000003 72616d ffffffff",
        "00000009 0000000c 00000003 72616d 00000000 00",
      })
  void malformedQueriesAreInvalid(String option) throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054" + option)
          .expect("0003e889045565a9" + option.substring(0, 8) + "80000003 00000015");
    }
  }

  @Test
  void anExportWithoutExtentsHasNoContexts() throws IOException {
    fixture.server().add(new RamExport("flat", MIB).without(Kind.BLOCK_STATUS));
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 00000009 0000000c  00000004 666c6174 00000000")
          .expect("0003e889045565a9 00000009 00000001 00000000");
    }
  }

  @Test
  void statusTellsHolesAndDataApartUpToTheEnd() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          // 2 blocks at 4096
          .send("25609513 0000 0001 0000000000000001 0000000000001000 00002000")
          .send("5a".repeat(8192))
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00100000")
          .expect("668e33ef 0001 0005 0000000000000002 0000001c  00000001")
          .expect("00001000 00000003  00002000 00000000  000fd000 00000003");
    }
  }

  @Test
  void statusIsCutAtTheRequestsEnd() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0007 0000000000000002 0000000000000800 00000001")
          .expect("668e33ef 0001 0005 0000000000000002 0000000c  00000001  00000001 00000003");
    }
  }

  @Test
  void statusOfOneExtentAnswersOne() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0001 0000000000000001 0000000000001000 00001000")
          .send("5a".repeat(4096))
          .expect("67446698 00000000 0000000000000001")
          .send("25609513 0008 0007 0000000000000002 0000000000000000 00100000")
          .expect("668e33ef 0001 0005 0000000000000002 0000000c  00000001  00001000 00000003");
    }
  }

  @Test
  void forceUnitAccessIsLegalOnStatusToo() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0001 0007 0000000000000002 0000000000000000 00100000")
          .expect("668e33ef 0001 0005 0000000000000002 0000000c  00000001  00100000 00000003");
    }
  }

  @Test
  void statusOfNothingAndPastTheEndIsInvalid() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00000000")
          .expect("668e33ef 0001 8001 0000000000000002 00000021  00000016 001b")
          // block status needs a length
          .expect("626c6f636b20737461747573206e656564732061206c656e677468")
          .send("25609513 0000 0007 0000000000000003 00000000000fffff 00000002")
          .expect("668e33ef 0001 8001 0000000000000003 00000026  00000016 0020")
          // range must lie within the export
          .expect("72616e6765206d757374206c69652077697468696e20746865206578706f7274");
    }
  }

  @Test
  void statusWithoutAContextIsInvalid() throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0ded")
          .expect("0003e889045565a9 00000007 00000001 00000000")
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00001000")
          .expect("668e33ef 0001 8001 0000000000000002 00000032  00000016 002c")
          // no meta context was selected for this export
          .expect("6e6f206d65746120636f6e74657874207761732073656c656374656420666f72207468697320")
          .expect("6578706f7274");
    }
  }

  @Test
  void contextsOfAnotherExportDoNotCount() throws IOException {
    fixture.server().add(new RamExport("two", MIB));
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 0000000a 0000001e  00000003 74776f 00000001")
          .send("0000000f 626173653a616c6c6f636174696f6e")
          .expect("0003e889045565a9 0000000a 00000004 00000013")
          .expect("00000001 626173653a616c6c6f636174696f6e")
          .expect("0003e889045565a9 0000000a 00000001 00000000")
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000 0ded")
          .expect("0003e889045565a9 00000007 00000001 00000000")
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00001000")
          .expect("668e33ef 0001 8001 0000000000000002 00000032  00000016 002c");
    }
  }
}
