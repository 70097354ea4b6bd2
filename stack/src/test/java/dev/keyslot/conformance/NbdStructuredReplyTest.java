package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Structured replies, byte by byte, typed from NBD proto.md ("Structured reply chunk message",
 * "Structured reply types").
 *
 * <p>A chunk is 668e33ef, flags (1 = last), type, cookie, length, payload.
 */
class NbdStructuredReplyTest {

  private static final int MIB = 1 << 20;

  private final RamExport ram = new RamExport("ram", 4L * MIB);
  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(ram);
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private NbdTestClient opened() throws IOException {
    return opened("00000003 72616d");
  }

  private NbdTestClient opened(String nameLengthAndName) throws IOException {
    return NbdFixture.named(fixture.structured(), nameLengthAndName);
  }

  private void fill(long at, int count) {
    MemorySegment.copy(
        MemorySegment.ofArray(Patterns.filled(0x11, count)), 0, ram.bytes(), at, count);
  }

  @Test
  void aReadAnswersOffsetAndData() throws IOException {
    fill(0x1000, 4);
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000000fff 00000006")
          .expect("668e33ef 0001 0001 00000000000000aa 0000000e  0000000000000fff 001111111100");
    }
  }

  /** The protocol leaves the choice: the shorter one saves the client a system call. */
  @Test
  void whatCarriesNothingBackIsASimpleReply() throws IOException {
    try (NbdTestClient client = opened()) {
      for (String request :
          new String[] {
            "0001 00000000000000aa 0000000000000000 00000001 ff", // WRITE
            "0003 00000000000000aa 0000000000000000 00000000", // FLUSH
            "0004 00000000000000aa 0000000000000000 00001000", // TRIM
            "0005 00000000000000aa 0000000000000000 00001000", // CACHE
            "0006 00000000000000aa 0000000000000000 00001000", // WRITE_ZEROES
          }) {
        client.send("25609513 0000" + request).expect("67446698 00000000 00000000000000aa");
      }
    }
  }

  /** To a READ the protocol forbids a simple reply. */
  @Test
  void aReadOfNothingAnswersNone() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000000000 00000000")
          .expect("668e33ef 0001 0000 00000000000000aa 00000000");
    }
  }

  @Test
  void longRunsOfZerosAreHolesAndShortOnesData() throws IOException {
    fill(0x8000, 0x1000); // 32 KiB of zeros before it
    fill(0x10000, 0x1000); // 28 KiB of zeros before it, 60 KiB behind it
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000000000 00020000")
          .expect("668e33ef 0000 0002 00000000000000aa 0000000c  0000000000000000 00008000")
          .expect("668e33ef 0000 0001 00000000000000aa 00009008  0000000000008000")
          .expect("11".repeat(0x1000) + "00".repeat(0x7000) + "11".repeat(0x1000))
          .expect("668e33ef 0001 0002 00000000000000aa 0000000c  0000000000011000 0000f000");
    }
  }

  @Test
  void allZerosAreOneHole() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000001000 00008000")
          .expect("668e33ef 0001 0002 00000000000000aa 0000000c  0000000000001000 00008000");
    }
  }

  @Test
  void dontFragmentSendsZerosInOnePiece() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0004 0000 00000000000000aa 0000000000000000 00200000")
          .expect("668e33ef 0001 0001 00000000000000aa 00200008  0000000000000000")
          .expect("00".repeat(2 * MIB));
    }
  }

  @Test
  void aReadOfSeveralMebibytesComesInPiecesOfOne() throws IOException {
    fill(0, 3 * MIB);
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000000800 00200000")
          .expect("668e33ef 0000 0001 00000000000000aa 000ff808  0000000000000800")
          .expect("11".repeat(MIB - 0x800))
          .expect("668e33ef 0000 0001 00000000000000aa 00100008  0000000000100000")
          .expect("11".repeat(MIB))
          .expect("668e33ef 0001 0001 00000000000000aa 00000808  0000000000200000")
          .expect("11".repeat(0x800));
    }
  }

  @Test
  void zerosBetweenDataInManyPiecesAreAllTold() throws IOException {
    for (int i = 0; i < 32; i++) {
      fill(i * 0x20000L, 0x10000);
    }
    try (NbdTestClient client = opened()) {
      client.send("25609513 0000 0000 00000000000000aa 0000000000000000 00400000");
      for (int i = 0; i < 32; i++) {
        client
            .expect("668e33ef 0000 0001 00000000000000aa 00010008 %016x".formatted(i * 0x20000L))
            .expect("11".repeat(0x10000))
            .expect("668e33ef %04x 0002 00000000000000aa 0000000c".formatted(i == 31 ? 1 : 0))
            .expect("%016x 00010000".formatted(i * 0x20000L + 0x10000));
      }
    }
  }

  @Test
  void refusalsCarryATextForPeople() throws IOException {
    try (NbdTestClient client = opened()) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000400000 00000001")
          .expect("668e33ef 0001 8001 00000000000000aa 00000026  00000016 0020")
          // range must lie within the export
          .expect("72616e6765206d757374206c69652077697468696e20746865206578706f7274")
          .send("25609513 0000 0008 00000000000000ab 0000000000000000 00000000")
          .expect("668e33ef 0001 8001 00000000000000ab 0000002b  00000016 0025")
          // command is not offered by this export
          .expect("636f6d6d616e64206973206e6f74206f66666572656420627920746869732065")
          .expect("78706f7274");
    }
  }

  @Test
  void aFailedReadTellsWhere() throws IOException {
    fixture.server().add(new RamExport("bad", 4L * MIB).withFailure(NbdError.EIO, 0x1000, 0x2000));
    try (NbdTestClient client = opened("00000003 626164")) {
      client
          .send("25609513 0000 0000 00000000000000aa 0000000000000000 00004000")
          .expect("668e33ef 0001 8002 00000000000000aa 0000000e  00000005 0000  0000000000001000");
    }
  }

  @Test
  void oneFailedPieceFailsTheWholeWrite() throws IOException {
    fixture
        .server()
        .add(new RamExport("bad", 4L * MIB).withFailure(NbdError.ENOSPC, 0x180000, 0x180001));
    try (NbdTestClient client = opened("00000003 626164")) {
      client
          .send("25609513 0000 0001 00000000000000aa 0000000000000000 00300000")
          .send(new byte[3 * MIB])
          .expect("668e33ef 0001 8002 00000000000000aa 0000000e  0000001c 0000  0000000000180000");
    }
  }

  @Test
  void fastZeroIsRefusedByAnExportThatDoesNotOfferIt() throws IOException {
    fixture.server().add(new RamExport("slow", MIB).withoutFastZero());
    try (NbdTestClient client = opened("00000004 736c6f77")) {
      client
          .send("25609513 0010 0006 00000000000000aa 0000000000000000 00001000")
          .expect("668e33ef 0001 8001 00000000000000aa 0000002a  00000016 0024")
          // flag is not offered for this command
          .expect("666c6167206973206e6f74206f66666572656420666f72207468697320636f6d6d616e64");
    }
  }

  @Test
  void fastZeroThatWouldBeSlowAnswersNotSupported() throws IOException {
    fixture.server().add(new RamExport("slow", MIB).withFailure(NbdError.ENOTSUP, 0, MIB));
    try (NbdTestClient client = opened("00000004 736c6f77")) {
      client.send("25609513 0010 0006 00000000000000aa 0000000000000000 00001000");
      client.expect("668e33ef 0001 8002 00000000000000aa 0000000e  0000005f");
      assertThat(client.receive(10)).isEqualTo(new byte[10]);
    }
  }
}
