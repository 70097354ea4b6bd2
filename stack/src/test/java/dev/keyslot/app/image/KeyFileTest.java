package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Patterns;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A key file is read in both forms and refused, in words, in every other. */
class KeyFileTest {

  private static final byte[] KEY = Patterns.ascending(0, VolumeKey.BYTES);
  private static final String HEX =
      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
          + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

  @TempDir private Path directory;

  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("k");
  }

  @Test
  void readsRawBytes() throws Exception {
    write(KEY);
    assertThat(readBack()).isEqualTo(KEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n"})
  void readsHexDigitsWithAnOptionalLineEnd(String end) throws Exception {
    write(HEX + end);
    assertThat(readBack()).isEqualTo(KEY);
    write(HEX.toUpperCase(java.util.Locale.ROOT) + end);
    assertThat(readBack()).isEqualTo(KEY);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "63, 63",
    "65, 65",
    "127, 127",
    "131, more than 130",
    "9999, more than 130"
  })
  void refusesAnotherLengthAndSaysWhich(int bytes, String said) throws Exception {
    write(Patterns.filled(0xA5, bytes));
    assertRefused("key file must hold 64 raw bytes or 128 hex digits: bytes=" + said + " keyFile=");
  }

  @Test
  void refusesHexThatIsNot() throws Exception {
    write(HEX.replace("3f", "3g"));
    assertRefused("key file must hold 64 raw bytes or 128 hex digits: bytes=128 keyFile=");
    write(HEX + "\n\n");
    assertRefused("key file must hold 64 raw bytes or 128 hex digits: bytes=130 keyFile=");
    write(HEX.substring(2) + "\n");
    assertRefused("key file must hold 64 raw bytes or 128 hex digits: bytes=127 keyFile=");
  }

  @Test
  void refusesHalfAHexFile() throws Exception {
    write(HEX.substring(0, 64));
    assertRefused("key file looks like a cut-off hex key: 64 bytes, all of them hex digits");
  }

  @Test
  void refusesEqualHalvesInBothForms() throws Exception {
    write(Patterns.filled(0x11, VolumeKey.BYTES));
    assertRefused("the two halves of an XTS key must differ: keyFile=");
    write(HEX.substring(0, 64).repeat(2));
    assertRefused("the two halves of an XTS key must differ: keyFile=");
  }

  @ParameterizedTest
  @CsvSource({
    "rw-r--r--, 0644",
    "rw----r--, 0604",
    "rw-r-----, 0640",
    "rw--w----, 0620",
    "rw------x, 0601"
  })
  void refusesAKeyThatIsOpenToOthers(String mode, String octal) throws Exception {
    write(KEY);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    assertRefused(
        "key file must be closed to group and others (chmod 600 it): mode=" + octal + " keyFile=");
  }

  @Test
  void refusesAKeyOfAnotherUser() throws Exception {
    write(KEY);
    try {
      Files.setAttribute(file, "unix:uid", 12345);
    } catch (IOException notRoot) {
      org.junit.jupiter.api.Assumptions.abort("only root can give a file away");
    }
    assertRefused("key file must belong to you or to root: ownerUserId=12345 yourUserId=");
  }

  @Test
  void refusesWhatIsNoFile() {
    assertRefused("key file must exist and be a regular file (name it with --key-file): keyFile=");
    file = directory;
    assertRefused("key file must exist and be a regular file (name it with --key-file): keyFile=");
    file = Path.of("/dev/zero");
    assertRefused("key file must exist and be a regular file (name it with --key-file): keyFile=");
  }

  @Test
  void createsARandomKeyOfMode0600ThatReadsBack() throws Exception {
    var undo = new UndoList();
    byte[] made;
    try (VolumeKey key = KeyFile.create(file, undo)) {
      made = bytes(key);
    }
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(Files.readAllBytes(file)).isEqualTo(made).hasSize(64);
    assertThat(readBack()).isEqualTo(made);
    Path other = directory.resolve("other");
    KeyFile.create(other, undo).close();
    assertThat(Files.readAllBytes(other)).isNotEqualTo(made);
  }

  @Test
  void neverMakesAKeyOverAnotherFileNorThroughALink() throws Exception {
    write("precious");
    assertThatThrownBy(() -> KeyFile.create(file, new UndoList()))
        .isInstanceOf(StackException.class)
        .hasMessage("key file must be creatable: it exists already: file=" + file);
    assertThat(Files.readString(file)).isEqualTo("precious");
    Path link = directory.resolve("link");
    Files.createSymbolicLink(link, directory.resolve("elsewhere"));
    assertThatThrownBy(() -> KeyFile.create(link, new UndoList()))
        .isInstanceOf(StackException.class);
    assertThat(directory.resolve("elsewhere")).doesNotExist();
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> KeyFile.read(file))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(message)
        .hasMessageContaining(file.toString())
        .hasMessageNotContaining("202122");
  }

  private byte[] readBack() throws StackException {
    try (VolumeKey key = KeyFile.read(file)) {
      return bytes(key);
    }
  }

  private static byte[] bytes(VolumeKey key) {
    byte[][] copy = new byte[1][];
    key.withBytes(bytes -> copy[0] = bytes.toArray(ValueLayout.JAVA_BYTE));
    return copy[0];
  }

  private void write(String text) throws IOException {
    write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void write(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(HEX).isEqualTo(HexFormat.of().formatHex(KEY));
  }
}
