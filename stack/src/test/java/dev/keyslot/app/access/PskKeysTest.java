package dev.keyslot.app.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file of shared keys is read as GnuTLS writes it; what cannot be meant is named by its line. */
class PskKeysTest {

  private static final String KEY = "00112233445566778899aabbccddeeff";

  @TempDir private Path directory;

  private Path file(String text) throws IOException {
    Path file = directory.resolve("keys.psk");
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void eachIdentityHasItsKey() throws Exception {
    PskKeys keys = PskKeys.read(file("alice:" + KEY + "\n\nbob:" + "ab".repeat(32) + "\n"));
    assertThat(keys.of(utf8("alice")))
        .containsExactly(
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
            0xee, 0xff);
    assertThat(keys.of(utf8("bob"))).hasSize(32).containsOnly(0xab);
    assertThat(keys.of(utf8("Alice"))).isNull();
    assertThat(keys.of(utf8(""))).isNull();
  }

  /** GnuTLS writes what is no plain text as # and hexadecimal digits: here "al:ce". */
  @Test
  void anIdentityMayStandInHexadecimalDigits() throws Exception {
    assertThat(PskKeys.read(file("#616c3a6365:" + KEY)).of(utf8("al:ce"))).hasSize(16);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          alice                      | shared key must stand behind its identity, as identity:hexkey: line=1
          :KEY                       | shared key must stand behind its identity, as identity:hexkey: line=1
          alice:KEY/bob:xy           | shared key must be hexadecimal digits, two for each byte: line=2
          alice:KEY/bob:KEY0         | shared key must be hexadecimal digits, two for each byte: line=2
          alice:00112233             | shared key must have 16 to 512 bytes: bytes=4: line=1
          alice:KEY/alice:KEY        | identity of a shared key must not stand here twice: line=2
          #zz:KEY                    | identity behind # must be hexadecimal digits: line=1
          /                          | shared keys must be at least one: file=
          """)
  void whatIsWrongIsToldWithItsLineAndWithoutTheKey(String text, String message) throws Exception {
    Path file = file(text.strip().replace('/', '\n').replace("KEY", KEY));
    assertThatThrownBy(() -> PskKeys.read(file))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(message)
        .hasMessageEndingWith("file=" + file)
        .message()
        .doesNotContain(KEY);
  }

  @Test
  void keysThatOthersMayReadAreRefused() throws Exception {
    Path file = file("alice:" + KEY);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> PskKeys.read(file))
        .hasMessage(
            "shared keys must be closed to others (chmod o= the file): mode=0644 file=" + file);
  }

  @Test
  void aMissingFileIsNamed() {
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> PskKeys.read(none))
        .hasMessage("shared keys must be a readable file of UTF-8: file=" + none);
  }
}
