package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RamExport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Large writes that follow one another, taken together from NBD's byte stream. */
class NbdLargeWritesTest {

  private static final int MIB = 1 << 20;
  private static final int LENGTH = 128 << 10;
  private static final int REPLY_BYTES = 16;

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

  private NbdTestClient opened() throws IOException {
    return fixture.opened("00000003 72616d");
  }

  private static byte[] header(int cookie, int offset) {
    return NbdTestClient.bytes(
        "25609513 0000 0001 %016x %016x %08x".formatted(cookie, offset, LENGTH));
  }

  @Test
  void eachIsWrittenAndAnsweredOnce() throws IOException {
    byte[] whole = Patterns.sevens(MIB);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int at = 0; at < MIB; at += LENGTH) {
      stream.writeBytes(header(at / LENGTH, at));
      stream.write(whole, at, LENGTH);
    }
    TreeSet<Long> cookies = new TreeSet<>();
    try (NbdTestClient client = opened()) {
      client.send(stream.toByteArray());
      for (int i = 0; i < MIB / LENGTH; i++) {
        ByteBuffer reply = ByteBuffer.wrap(client.receive(REPLY_BYTES));
        assertThat(reply.getLong()).isEqualTo(0x67446698_00000000L);
        cookies.add(reply.getLong());
      }
    }
    assertThat(cookies).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(ram.bytes().mismatch(MemorySegment.ofArray(whole))).isEqualTo(-1);
  }

  @Test
  void oneThatIsCutShortLeavesThoseBeforeItDoneAndIsNotWritten() throws IOException {
    byte[] payload = Patterns.sevens(LENGTH);
    try (NbdTestClient client = opened()) {
      client
          .send(header(1, 0))
          .send(payload)
          .send(header(2, LENGTH))
          .send(Arrays.copyOf(payload, LENGTH / 2))
          .endOutput()
          .expect("67446698 00000000 0000000000000001")
          .expectEnd();
    }
    fixture.awaitNoConnections();
    assertThat(ram.bytes().asSlice(0, LENGTH).mismatch(MemorySegment.ofArray(payload)))
        .isEqualTo(-1);
    assertThat(ram.bytes().asSlice(LENGTH).mismatch(MemorySegment.ofArray(new byte[MIB - LENGTH])))
        .isEqualTo(-1);
  }
}
