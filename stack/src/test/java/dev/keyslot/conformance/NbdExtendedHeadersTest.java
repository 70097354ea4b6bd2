package dev.keyslot.conformance;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Extended headers, byte by byte, typed from NBD's extension-ext-header branch of proto.md.
 *
 * <p>A request is 21e41c71, flags, type, cookie, offset, 64-bit length; a chunk of a reply is
 * 6e8a278c, flags, type, cookie, the request's offset, 64-bit length.
 */
class NbdExtendedHeadersTest {

  private static final long GIB = 1L << 30;

  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("ram", 1 << 20), new HollowExport("wide", 8 * GIB));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private NbdTestClient opened() throws IOException {
    return NbdFixture.withAllocation(fixture.extended(), "1ded");
  }

  @Test
  void includeStructuredRepliesWhichCannotBeAskedForAnyMore() throws IOException {
    try (NbdTestClient client = fixture.extended()) {
      client
          .send("49484156454f5054 00000008 00000000")
          .expect("0003e889045565a9 00000008 8000000a 00000023")
          .receive(0x23);
      client
          .send("49484156454f5054 0000000b 00000000")
          .expect("0003e889045565a9 0000000b 80000003 00000023");
    }
  }

  @Test
  void endTheConnectionOnExportName() throws IOException {
    try (NbdTestClient client = fixture.extended()) {
      client.send("49484156454f5054 00000001 00000003 72616d").expectEnd();
    }
  }

  @Test
  void everyReplyIsExtended() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0020 0001 00000000000000aa 0000000000001000 0000000000000002 abcd")
          .expect("6e8a278c 0001 0000 00000000000000aa 0000000000001000 0000000000000000")
          .send("21e41c71 0000 0003 00000000000000ab 0000000000000000 0000000000000000")
          .expect("6e8a278c 0001 0000 00000000000000ab 0000000000000000 0000000000000000")
          .send("21e41c71 0000 0000 00000000000000ac 0000000000001000 0000000000000003")
          .expect("6e8a278c 0001 0001 00000000000000ac 0000000000001000 000000000000000b")
          .expect("0000000000001000 abcd00")
          .send("21e41c71 0000 0000 00000000000000ad 0000000000002000 0000000000008000")
          .expect("6e8a278c 0001 0002 00000000000000ad 0000000000002000 000000000000000c")
          .expect("0000000000002000 00008000")
          .send("21e41c71 0000 0000 00000000000000ae 0000000000100000 0000000000000001")
          .expect("6e8a278c 0001 8001 00000000000000ae 0000000000100000 0000000000000026")
          .expect("00000016 0020")
          // range must lie within the export
          .expect("72616e6765206d757374206c69652077697468696e20746865206578706f7274");
    }
  }

  @Test
  void aWriteWithoutThePayloadFlagHasItsPayloadAllTheSame() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0000 0001 00000000000000aa 0000000000001000 0000000000000002 abcd")
          .expect("6e8a278c 0001 0000 00000000000000aa 0000000000001000 0000000000000000");
    }
  }

  @Test
  void aPayloadWhereNoneBelongsIsInvalidAndSkipped() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0020 0003 00000000000000aa 0000000000000000 0000000000000004 21e41c71")
          .expect("6e8a278c 0001 8001 00000000000000aa 0000000000000000 000000000000002a")
          .expect("00000016 0024")
          // flag is not offered for this command
          .expect("666c6167206973206e6f74206f66666572656420666f72207468697320636f6d6d616e64")
          .send("21e41c71 0000 0003 00000000000000ab 0000000000000000 0000000000000000")
          .expect("6e8a278c 0001 0000 00000000000000ab 0000000000000000 0000000000000000");
    }
  }

  @Test
  void theOldMagicEndsTheConnection() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0003 00000000000000aa 0000000000000000 0000000000000000")
          .expectEnd();
    }
  }

  @Test
  void anAbsurdPayloadEndsTheConnection() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0020 0001 00000000000000aa 0000000000000000 ffffffffffffffff")
          .expectEnd();
    }
  }

  @Test
  void anAbsurdLengthIsInvalid() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0000 0006 00000000000000aa 0000000000000001 ffffffffffffffff")
          .expect("6e8a278c 0001 8001 00000000000000aa 0000000000000001 0000000000000026")
          .expect("0000001c 0020")
          .receive(0x20);
      client
          .send("21e41c71 0000 0000 00000000000000ab 0000000000000001 ffffffffffffffff")
          .expect("6e8a278c 0001 8001 00000000000000ab 0000000000000001")
          .expect("000000000000002b 00000016 0025");
    }
  }

  @Test
  void statusHas64BitExtents() throws IOException {
    try (NbdTestClient client = fixture.extended()) {
      client
          .send("49484156454f5054 0000000a 0000001f  00000004 77696465 00000001")
          .send("0000000f 626173653a616c6c6f636174696f6e")
          .receive(59);
      client
          .send("49484156454f5054 00000007 0000000a  00000004 77696465 0000")
          .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000200000000")
          .receive(22);
      client
          .send("21e41c71 0000 0007 00000000000000aa 0000000000001000 00000001fffff000")
          .expect("6e8a278c 0001 0006 00000000000000aa 0000000000001000 0000000000000018")
          .expect("00000001 00000001  00000001fffff000 0000000000000003")
          .send("21e41c71 0000 0006 00000000000000ab 0000000000000000 0000000200000000")
          .expect("6e8a278c 0001 0000 00000000000000ab 0000000000000000 0000000000000000");
    }
  }

  @Test
  void aCompactRequestForTheLargestLengthIsNotCutWrong() throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 0000000a 0000001f  00000004 77696465 00000001")
          .send("0000000f 626173653a616c6c6f636174696f6e")
          .receive(59);
      client.send("49484156454f5054 00000001 00000004 77696465").receive(10);
      client
          .send("25609513 0000 0007 00000000000000aa 0000000000000000 ffffffff")
          .expect("668e33ef 0001 0005 00000000000000aa 0000000c  00000001  ffffffff 00000003");
    }
  }

  @Test
  void statusMayNameItsContextsInAPayload() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("21e41c71 0020 0007 00000000000000aa 0000000000001000 000000000000000c")
          .send("0000000000002000 00000001")
          .expect("6e8a278c 0001 0006 00000000000000aa 0000000000001000 0000000000000018")
          .expect("00000001 00000001  0000000000002000 0000000000000003");
    }
  }

  @Test
  void statusPayloadsThatAreWrongAreInvalidAndSkipped() throws IOException {
    String text = // payload must be a length and selected context numbers
        "7061796c6f6164206d7573742062652061206c656e67746820616e64207365"
            + "6c656374656420636f6e74657874206e756d62657273";
    try (NbdTestClient client = opened()) {
      for (String lengthAndPayload :
          new String[] {
            "000000000000000c 0000000000002000 00000002", // a context that was not selected
            "0000000000000008 0000000000002000", // no context
            "000000000000000b 0000000000002000 000000", // no whole context
            "0000000000000010 0000000000002000 00000001 00000001", // twice the same
          }) {
        client
            .send("21e41c71 0020 0007 00000000000000aa 0000000000001000" + lengthAndPayload)
            .expect("6e8a278c 0001 8001 00000000000000aa 0000000000001000 000000000000003b")
            .expect("00000016 0035" + text);
      }
      client
          .send("21e41c71 0020 0007 00000000000000aa 0000000000001000 000000000000000c")
          .send("0000000000100000 00000001")
          .expect("6e8a278c 0001 8001 00000000000000aa 0000000000001000 0000000000000026");
    }
  }
}
