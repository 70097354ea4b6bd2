package dev.keyslot.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.DirectorySnapshot;
import dev.keyslot.testkit.Patterns;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input gets one clear line on standard error, the right exit code, and changes nothing. */
class CommandLineTest {

  @TempDir private Path directory;

  private String image;

  @BeforeEach
  void name() {
    image = directory.resolve("v.img").toString();
  }

  @Test
  void withoutACommandItSaysWhatIsNeeded() {
    assertRefused(2, "a command is needed, such as: keyslot serve (see keyslot --help)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "create IMAGE | missing required option: '--size=SIZE' (see keyslot create --help)",
        "create --size 1M | missing required parameter: 'IMAGE' (see keyslot create --help)",
        "create IMAGE --size | missing required parameter for option '--size' (SIZE)",
        "create IMAGE --size=1X | size must be bytes, or a number followed by K, M, G or T",
        "create IMAGE --size=-4096 | size must be bytes, or a number followed by K, M, G or T",
        "create IMAGE --size 1M --data-unit 1024 | data unit must be 512 or 4096 bytes",
        "create IMAGE --size 1M --data-unit x | invalid value for option '--data-unit'",
        "create IMAGE --size 2T --data-unit 512 | size must be at most 2^32 - 8 sectors",
        "create IMAGE --size 3T --data-unit 4096 | size must be at most 2^32 - 8 sectors",
        "create IMAGE --size 0 | size must be a positive multiple of the data unit",
        "create IMAGE --size 1000 | size must be a positive multiple of the data unit",
        "create IMAGE --size 1M --volume a=0+1M | volume must be NAME=OFFSET+SIZE,key-file=FILE",
        "create IMAGE --size 1M --volume =0+1M,key-file=k | volume must be NAME=OFFSET+SIZE",
        "create IMAGE --size 1M --volume a/b=0+1M,key-file=k | volume name must be 1 to 255",
        "create IMAGE --size 1M --volume a=0+1M,key-file=k --volume a=0+1M,key-file=k | volume"
            + " names must differ: volume=a",
        "create IMAGE --size 1M --volume a=0+1M,key-file=k --key-file k | a key file belongs to"
            + " each volume",
        "serve IMAGE --trace vcd | trace needs a file, as in vcd:FILE: trace=vcd",
        "serve IMAGE --trace fst:f | trace must be one of vcd",
        "serve IMAGE --engine gpu | invalid value for option '--engine'",
        "serve IMAGE --discard maybe | invalid value for option '--discard'",
        "serve IMAGE --keyslots 300 | keyslots must be in [0, 256]: keyslots=300",
        "serve IMAGE --host sdhci-plain --keyslots 3 | host must have keyslots to be given a number"
            + " of them: host=sdhci-plain keyslots=3",
        "serve IMAGE --connections 0 | connections must be a whole number from 1 to 1000000:"
            + " connections=0",
        "serve IMAGE --export-connections 1e3 | export-connections must be a whole number",
        "serve IMAGE --handshake-seconds 1000000000 | handshake-seconds must be a whole number",
        "serve IMAGE --idle-seconds 0 | idle-seconds must be a whole number from 1 to 999999999",
        "serve IMAGE --stall-seconds -1 | stall-seconds must be a whole number",
        "serve IMAGE --connection-payload 32M | connection-payload must be whole MiB from 33M to"
            + " 1G: connection-payload=32M",
        "serve IMAGE --payload 66.5M | payload must be bytes, or a number followed by",
        "serve IMAGE --payload 33M | payload of all connections must be at least that of one:"
            + " payload=33M connection-payload=34M",
        "serve IMAGE --allow alice | a name is missing: allow=alice",
        "serve IMAGE --allow group=wheel | who is allowed must be unix-user=NAME,"
            + " certificate=SUBJECT or psk-identity=NAME:",
        "serve IMAGE --listen 10809 | address to listen on must be HOST:PORT",
        "serve IMAGE --listen localhost:65536 | address to listen on must be HOST:PORT",
        "serve IMAGE --listen ::1:10809 | address to listen on must be HOST:PORT",
        "serve IMAGE --listen 0.0.0.0:0 | an address other than loopback needs --insecure-listen",
        "serve IMAGE --unix /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | unix socket path must be at most"
            + " 107 bytes",
        "serve IMAGE --frobnicate | unknown option: '--frobnicate' (see keyslot serve --help)",
        "explain IMAGE | missing required parameter: 'OFFSET'",
        "explain IMAGE x | offset must be bytes, or a number followed by",
        "adopt IMAGE | missing required option: '--data-unit=BYTES'",
        "frobnicate | unmatched argument at index 0: 'frobnicate'",
      })
  void wrongUsageIsExitCode2(String line, String message) throws Exception {
    run("create", image, "--size", "1M");
    assertRefused(2, message, line.replace("IMAGE", image).split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--frobnicate | unknown option: '--frobnicate' (see keyslot --help)",
        "--debug=1 serve IMAGE | unknown option: '--debug=1' (see keyslot --help)",
        "serve IMAGE -read-only | unknown option: '-read-only' (see keyslot serve --help)",
        "create IMAGE -size=1M | unknown option: '-size' (see keyslot create --help)",
        "serve IMAGE -v | unknown option: '-v' (see keyslot serve --help)",
        "serve IMAGE another | unexpected word: 'another' (see keyslot serve --help)",
        "create IMAGE --size 1M --size 2M | option '--size' should be specified only once",
        "serve IMAGE --seed x | invalid value for option '--seed': 'x' is no whole number",
        "serve IMAGE --keyslots 9999999999 | option '--keyslots': '9999999999' is not from"
            + " -2147483648 to 2147483647",
        "serve IMAGE --engine gpu | value for option '--engine': 'gpu' is none of auto, ",
        "serve IMAGE --tls-verify-peer --no-tls-verify-peer | exclude each other",
        "serve IMAGE --config FILE | with --config all else stands in the file: argument=IMAGE",
        "serve --config FILE --size 1M | all else stands in the file: argument=--size",
      })
  void wordsThatDoNotBelongThereAreRefusedByName(String line, String message) {
    assertRefused(2, message, line.replace("IMAGE", image).split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serve NONE | image must exist (--size creates it)",
        "serve IMAGE --size 2M | image exists with another size: --size says bytes=2097152",
        "serve IMAGE --data-unit 512 | image has another data unit",
        "serve IMAGE --key-file NONE | key file must exist and be a regular file",
        "serve IMAGE --trace vcd:IMAGE | trace file must not exist yet",
        "create IMAGE --size 1M | image must not exist yet",
        "create NONE --size 1000K --data-unit 4096 --key-file DIR | key file must exist",
        "create NONE --size 5K | size must be a positive multiple of the data unit",
        "adopt IMAGE --data-unit 512 | image has a sidecar already, which is never overwritten",
        "adopt NONE --data-unit 512 | image must exist and be a regular file",
        "explain IMAGE 1M | offset must lie inside the image: offsetBytes=1048576",
        "explain NONE 0 | sidecar must be readable: no such file or directory",
        "inspect NONE | image must exist and be a regular file",
        "inspect IMAGE --key-file NONE | key file must exist",
      })
  void failureIsExitCode1(String line, String message) throws Exception {
    run("create", image, "--size", "1M");
    assertRefused(1, message, words(line));
  }

  @Test
  void aKeyThatIsNotTheImagesIsRefused() throws Exception {
    run("create", image, "--size", "1M");
    Files.write(Path.of(image + ".key"), Patterns.ascending(1, 64));
    assertRefused(1, "key does not match this image, or the sidecar was changed", "serve", image);
    Files.write(Path.of(image + ".key"), Patterns.ascending(1, 63));
    assertRefused(1, "key file must hold 64 raw bytes or 128 hex digits: bytes=63", "serve", image);
    Files.write(Path.of(image + ".key"), Patterns.filled(1, 64));
    assertRefused(1, "the two halves of an XTS key must differ", "serve", image);
    Files.setPosixFilePermissions(
        Path.of(image + ".key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused(1, "key file must be closed to group and others (chmod 600 it)", "serve", image);
    Files.delete(Path.of(image + ".key"));
    assertRefused(1, "key file must exist", "serve", image, "--size", "1M");
  }

  @Test
  void anImageThatChangedBehindItsSidecarIsRefused() throws Exception {
    run("create", image, "--size", "1M");
    try (var file = new RandomAccessFile(image, "rw")) {
      file.setLength(4096);
    }
    assertRefused(
        1,
        "image has been truncated: its sidecar says imageBytes=1048576, its file has bytes=4096",
        "serve",
        image);
    Files.delete(Path.of(image + ".keyslot"));
    assertRefused(
        1,
        "image has no sidecar; make one with: keyslot adopt %s --data-unit 4096 --key-file %s.key"
            .formatted(image, image),
        "serve",
        image);
  }

  @Test
  void aPortInUseIsRefusedBeforeAnImageIsMade() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      assertRefused(
          1,
          "address to listen on must be free: address=127.0.0.1:" + taken.getLocalPort(),
          "serve",
          image,
          "--size",
          "1M",
          "--listen",
          "127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void debugShowsWhere() {
    Outcome outcome = run("serve", image, "--debug");
    assertThat(outcome.exit()).isEqualTo(1);
    assertThat(outcome.err()).contains("keyslot: image must exist", "\tat dev.keyslot");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "create", "serve", "inspect", "explain", "adopt"})
  void helpGoesToStandardOutputAndFits80Columns(String command) {
    String[] line = command.isEmpty() ? new String[] {"--help"} : new String[] {command, "--help"};
    Outcome outcome = run(line);
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out()).startsWith("Usage: keyslot");
    assertThat(outcome.out().lines()).allMatch(text -> text.length() <= 80);
  }

  /** For the launcher alone. */
  @Test
  void helpKeepsTheRehearsalToItself() {
    assertThat(run("serve", "--help").out())
        .contains("--no-tls-verify-peer", "--reset-every=OPS", "[IMAGE]")
        .doesNotContain("rehearse", "null");
  }

  @Test
  void theCommandMayStandBehindOptionsOfAll() {
    assertThat(run("--debug", "serve", image).err())
        .contains("keyslot: image must exist", "\tat dev.keyslot");
    assertThat(run("--help", "serve").out()).startsWith("Usage: keyslot [OPTION]... COMMAND");
  }

  @Test
  void versionNamesProgramAndJava() {
    assertThat(run("--version").out()).matches("keyslot [0-9.]+ \\(Java [0-9]+\\)\n");
  }

  @Test
  void createSaysWhatItMadeAndThatTheKeyLiesBadly() {
    Outcome outcome = run("create", image, "--size", "1G");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.out())
        .isEqualTo(
            """
            created %1$s (1G, data unit 4096 bytes)
            created %1$s.keyslot
            created %1$s.key
            note: a key beside its image protects nothing if both are taken; keep it elsewhere and \
            name it with --key-file
            """
                .formatted(image));
    String elsewhere = directory.resolve("k").toString();
    assertThat(run("create", image + "2", "--size", "1G", "--key-file", elsewhere).out())
        .contains("created " + elsewhere)
        .doesNotContain("note:");
  }

  @Test
  void inspectWorksWithAndWithoutTheKeyAndWithoutASidecar() throws Exception {
    run("create", image, "--size", "1M");
    byte[] text =
        Arrays.copyOf("not encrypted ".repeat(300).getBytes(StandardCharsets.US_ASCII), 4096);
    try (var file = new RandomAccessFile(image, "rw")) {
      file.seek(8192);
      file.write(text);
    }
    assertThat(run("inspect", image).out())
        .contains("key          matches the sidecar's seal")
        .containsPattern("size +1\\.0 MiB \\(1048576 bytes\\)")
        .containsPattern("allocated +4\\.0 KiB \\(4096 bytes\\)")
        .containsPattern("holes +1020\\.0 KiB \\(1044480 bytes\\)")
        .containsPattern("suspicious +1 ")
        .containsPattern("look at +offsets 8192\n")
        .contains("plaintext ");
    Files.delete(Path.of(image + ".key"));
    assertThat(run("inspect", image).out())
        .contains("not at hand: the sidecar's seal is not checked")
        .doesNotContain("plaintext ");
    Files.delete(Path.of(image + ".keyslot"));
    assertThat(run("inspect", image, "--data-unit", "512").out())
        .contains("sidecar      none", "data unit    512 bytes, assumed")
        .containsPattern("suspicious +8 ");
  }

  @Test
  void explainNamesEverythingAboutAnOffset() {
    run("create", image, "--size", "1M", "--data-unit", "512");
    assertThat(run("explain", image, "132K").out())
        .isEqualTo(
            """
            volume       the whole image, bytes 0 to 1048575
            data unit    264 of the volume, 512 bytes from offset 135168
            DUN          264 (0x108)
            tweak        08010000000000000000000000000000 (16 bytes, little-endian)
            sectors      264 to 264 of the image
            stored       hole: nothing on the medium, reads as zeros

            dm-crypt reads the volume with (root; attaches a loop device itself):
              cryptsetup open --type plain --readonly --cipher aes-xts-plain64 --key-size 512 \
            --sector-size 512 --offset 0 --size 2048 --skip 0 --key-file %1$s.key %1$s NAME
            dm-default-key with the device-mapper table:
              0 2048 default-key aes-xts-plain64 KEY_AS_HEX 0 BLOCK_DEVICE 0

            warning: both read holes as noise, where Keyslot reads zeros.
            A key file of hex digits must be made raw for cryptsetup:
              (umask 077; xxd -r -p %1$s.key > KEY.raw)
            """
                .formatted(image));
  }

  @Test
  void adoptMakesASidecarThatServesTheImage() throws Exception {
    run("create", image, "--size", "1M", "--data-unit", "512");
    Files.delete(Path.of(image + ".keyslot"));
    Outcome outcome = run("adopt", image, "--data-unit", "512", "--key-file", image + ".key");
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.out())
        .startsWith("created %s.keyslot (1M, data unit 512 bytes)\nnote: ".formatted(image));
    assertThat(run("inspect", image).out()).contains("matches the sidecar's seal");
  }

  private String[] words(String line) {
    return line.replace("IMAGE", image)
        .replace("NONE", directory.resolve("none").toString())
        .replace("DIR", directory.toString())
        .split(" ");
  }

  private void assertRefused(int exit, String message, String... line) {
    var before = DirectorySnapshot.of(directory);
    Outcome outcome = run(line);
    assertThat(outcome.err()).startsWith("keyslot: ").contains(message).containsOnlyOnce("\n");
    assertThat(outcome.exit()).isEqualTo(exit);
    assertThat(outcome.out()).isEmpty();
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  private static Outcome run(String... line) {
    return Outcome.of(line);
  }
}
