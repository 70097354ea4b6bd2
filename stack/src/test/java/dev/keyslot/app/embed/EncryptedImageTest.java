package dev.keyslot.app.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The embedding API as another program sees it; its examples run, and the bytes are an oracle's.
 */
@Timeout(120)
class EncryptedImageTest {

  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  private Path path() {
    return directory.resolve("v.img");
  }

  private EncryptedImage open() throws IOException {
    return EncryptedImage.at(path()).createIfMissing(8 * MIB).open();
  }

  @Test
  void theFirstExampleLeavesCiphertextOnTheMedium() throws IOException {
    byte[] letter = Patterns.sevens(8192);
    assertThat(EmbeddingExamples.writeAndRead(path(), letter)).isEqualTo(letter);
    byte[] key = key(directory.resolve("v.img.key"));
    byte[] medium = Files.readAllBytes(path());
    assertThat(medium).hasSize(64 * MIB);
    assertThat(Arrays.copyOfRange(medium, 4096, 12288))
        .isEqualTo(new XtsOracle(key).encrypt(1, 4096, letter));
  }

  private static byte[] key(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return bytes.length == 64
        ? bytes
        : HexFormat.of().parseHex(new String(bytes, StandardCharsets.US_ASCII).strip());
  }

  @Test
  void theSecondExampleServesAndZeroes() throws IOException {
    EmbeddingExamples.writeAndRead(path(), Patterns.sevens(4096));
    EmbeddingExamples.serve(path(), directory.resolve("v.img.key"), directory.resolve("socket"));
    try (EncryptedImage image = EncryptedImage.at(path()).readOnly().open()) {
      ByteBuffer back = ByteBuffer.allocate(4096);
      image.volume().read(4096, back);
      assertThat(back.array()).containsOnly(0);
      assertThatThrownBy(() -> image.volume().write(0, ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessage("volume must be open for writing: volume=");
    }
  }

  @Test
  void theDocumentRepeatsWhatIsCompiledHere() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/embedding.md"))) {
      root = root.getParent();
    }
    String examples =
        Files.readString(
            root.resolve("stack/src/test/java/dev/keyslot/app/embed/EmbeddingExamples.java"));
    String[] blocks = Files.readString(root.resolve("docs/embedding.md")).split("```", -1);
    assertThat(blocks).hasSize(5);
    for (String block : new String[] {blocks[1], blocks[3]}) {
      assertThat(block).startsWith("java\n");
      for (String line : block.substring("java\n".length()).lines().toList()) {
        assertThat(examples).contains(line.strip());
      }
    }
  }

  @Test
  void anyOffsetAndLengthAndBothKindsOfBufferWork() throws IOException {
    try (EncryptedImage image = open()) {
      EncryptedVolume volume = image.volume();
      byte[] bytes = Patterns.numberedBlocks(7, 0, 3 * MIB);
      volume.write(4095, ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
      ByteBuffer heap = ByteBuffer.allocate(bytes.length + 10).position(10);
      volume.read(4095, heap);
      assertThat(heap.hasRemaining()).isFalse();
      assertThat(Arrays.copyOfRange(heap.array(), 10, heap.limit())).isEqualTo(bytes);
      volume.read(volume.sizeBytes(), ByteBuffer.allocate(0));
      assertThat(volume.sizeBytes()).isEqualTo(8 * MIB);
      assertThat(volume.dataUnitBytes()).isEqualTo(4096);
      assertThat(image.volume("")).isSameAs(volume);
    }
  }

  @Test
  void aRangeOutsideIsRefusedAndNothingWritten() throws IOException {
    try (EncryptedImage image = open()) {
      EncryptedVolume volume = image.volume();
      assertThatThrownBy(() -> volume.write(8 * MIB - 1, ByteBuffer.allocate(2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "range must lie within the volume: offsetBytes=8388607 lengthBytes=2"
                  + " sizeBytes=8388608");
      assertThatThrownBy(() -> volume.read(-1, ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> volume.zero(0, Long.MAX_VALUE))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> image.volume("other"))
          .hasMessage("volume must be one of the image: name=other");
    }
  }

  @Test
  void clientsSeeWhatTheProgramWrote() throws IOException {
    Path socket = directory.resolve("socket");
    try (EncryptedImage image = open()) {
      image.serve(UnixDomainSocketAddress.of(socket));
      image.volume().write(512, ByteBuffer.wrap(new byte[] {0x11, 0x22, 0x33}));
      try (NbdTestClient client = new NbdTestClient(socket)) {
        client.expect("4e42444d41474943 49484156454f5054 0003").send("00000003");
        client.send("49484156454f5054 00000001 00000000").receive(10);
        client
            .send("25609513 0000 0000 0000000000000001 0000000000000200 00000003")
            .expect("67446698 00000000 0000000000000001 112233")
            .send("25609513 0000 0002 0000000000000002 0000000000000000 00000000")
            .expectEnd();
      }
      assertThatThrownBy(() -> image.serve(new InetSocketAddress("0.0.0.0", 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("address must be a Unix socket or loopback: address=");
    }
  }

  @Test
  void whatIsClosedIsClosedAndTheImageIsFree() throws IOException {
    EncryptedImage image = open();
    EncryptedVolume volume = image.volume();
    assertThatThrownBy(this::open).hasMessageStartingWith("image is in use by another server");
    image.close();
    image.close();
    assertThatThrownBy(volume::flush)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("image must be open: image=" + path());
    open().close();
  }

  @Test
  void aWrongSizeChangesNothing() throws IOException {
    open().close();
    assertThatThrownBy(() -> EncryptedImage.at(path()).createIfMissing(MIB).open())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("image exists with another size");
  }
}
