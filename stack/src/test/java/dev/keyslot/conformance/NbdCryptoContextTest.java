package dev.keyslot.conformance;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The private meta context {@code x-keyslot:crypto}, byte by byte, as docs/nbd.md describes it.
 *
 * <p>782d6b6579736c6f743a63727970746f is its name, 16 bytes; its number is 2.
 */
class NbdCryptoContextTest {

  private static final String CRYPTO = "782d6b6579736c6f743a63727970746f";
  private static final String ALLOCATION = "626173653a616c6c6f636174696f6e";

  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture =
        NbdFixture.serving(
            new RamExport("ram", 1 << 20).withKey(0x0a0b, 3),
            new RamExport("far", 1 << 20).withKey(70_000, 300),
            new RamExport("not", 1 << 20));
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  /** Selected x-keyslot:crypto alone, opened, and wrote 4096 bytes at 4096. */
  private NbdTestClient written(NbdTestClient client, String name) throws IOException {
    client
        .send("49484156454f5054 0000000a 0000001f  00000003" + name + "00000001")
        .send("00000010" + CRYPTO)
        .expect("0003e889045565a9 0000000a 00000004 00000014  00000002" + CRYPTO)
        .expect("0003e889045565a9 0000000a 00000001 00000000")
        .send("49484156454f5054 00000007 00000009  00000003" + name + "0000")
        .receive(20 + 12 + 20);
    return client
        .send("25609513 0000 0001 0000000000000001 0000000000001000 00001000")
        .send("5a".repeat(4096))
        .expect("67446698 00000000 0000000000000001");
  }

  @Test
  void isListedWhereThereIsAKey() throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 00000009 0000000b  00000003 72616d 00000000")
          .expect("0003e889045565a9 00000009 00000004 00000013  00000000" + ALLOCATION)
          .expect("0003e889045565a9 00000009 00000004 00000014  00000000" + CRYPTO)
          .expect("0003e889045565a9 00000009 00000001 00000000")
          // the bare namespace x-keyslot:
          .send("49484156454f5054 00000009 00000019  00000003 72616d 00000001")
          .send("0000000a 782d6b6579736c6f743a")
          .expect("0003e889045565a9 00000009 00000004 00000014  00000000" + CRYPTO)
          .expect("0003e889045565a9 00000009 00000001 00000000")
          // and not for an export in plaintext
          .send("49484156454f5054 00000009 0000000b  00000003 6e6f74 00000000")
          .expect("0003e889045565a9 00000009 00000004 00000013  00000000" + ALLOCATION)
          .expect("0003e889045565a9 00000009 00000001 00000000");
    }
  }

  /** Hole 1; ciphertext 2, of generation 3 in bits 8 to 15, of group 0x0a0b in bits 16 to 31. */
  @Test
  void tellsCiphertextWithItsKeyFromHoles() throws IOException {
    try (NbdTestClient client = written(fixture.structured(), "72616d")) {
      client
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00100000")
          .expect("668e33ef 0001 0005 0000000000000002 0000001c  00000002")
          .expect("00001000 00000001  00001000 0a0b0302  000fe000 00000001");
    }
  }

  @Test
  void numbersThatDoNotFitAreTheLargestThatDo() throws IOException {
    try (NbdTestClient client = written(fixture.structured(), "666172")) {
      client
          .send("25609513 0008 0007 0000000000000002 0000000000001000 00001000")
          .expect("668e33ef 0001 0005 0000000000000002 0000000c  00000002 00001000 ffffff02");
    }
  }

  @Test
  void isAnsweredBesideBaseAllocationInOneReply() throws IOException {
    try (NbdTestClient client = fixture.structured()) {
      client
          .send("49484156454f5054 0000000a 00000032  00000003 72616d 00000002")
          .send("00000010" + CRYPTO + "0000000f" + ALLOCATION)
          .expect("0003e889045565a9 0000000a 00000004 00000013  00000001" + ALLOCATION)
          .expect("0003e889045565a9 0000000a 00000004 00000014  00000002" + CRYPTO)
          .expect("0003e889045565a9 0000000a 00000001 00000000")
          .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
          .receive(20 + 12 + 20);
      client
          .send("25609513 0000 0007 0000000000000002 0000000000000000 00100000")
          .expect("668e33ef 0000 0005 0000000000000002 0000000c  00000001 00100000 00000003")
          .expect("668e33ef 0001 0005 0000000000000002 0000000c  00000002 00100000 00000001");
    }
  }

  /** Extended headers: the payload of BLOCK_STATUS asks for one of two selected contexts. */
  @Test
  void canBeAskedForAloneByAPayload() throws IOException {
    try (NbdTestClient client = fixture.extended()) {
      client
          .send("49484156454f5054 0000000a 00000032  00000003 72616d 00000002")
          .send("00000010" + CRYPTO + "0000000f" + ALLOCATION)
          .receive(20 + 19 + 20 + 20 + 20);
      client.send("49484156454f5054 00000007 00000009  00000003 72616d 0000").receive(20 + 12 + 20);
      client
          .send("21e41c71 0020 0007 0000000000000002 0000000000000000 000000000000000c")
          .send("0000000000100000 00000002")
          .expect("6e8a278c 0001 0006 0000000000000002 0000000000000000 0000000000000018")
          .expect("00000002 00000001  0000000000100000 0000000000000001")
          .send("21e41c71 0020 0007 0000000000000003 0000000000000000 0000000000000010")
          .send("0000000000100000 00000002 00000001")
          .expect("6e8a278c 0000 0006 0000000000000003 0000000000000000 0000000000000018")
          .expect("00000001 00000001  0000000000100000 0000000000000003")
          .expect("6e8a278c 0001 0006 0000000000000003 0000000000000000 0000000000000018")
          .expect("00000002 00000001  0000000000100000 0000000000000001");
    }
  }
}
