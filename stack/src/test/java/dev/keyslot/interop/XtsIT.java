package dev.keyslot.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.testkit.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our ciphertext is that of python3-cryptography and of Node's crypto module. */
class XtsIT {

  private static final HexFormat HEX = HexFormat.of();

  /** Arguments: key, first number, unit size, plaintext file, ciphertext file. */
  private static final String PYTHON =
      """
      import sys
      from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
      key, dun, unit = bytes.fromhex(sys.argv[1]), int(sys.argv[2], 16), int(sys.argv[3])
      text, out = open(sys.argv[4], 'rb').read(), open(sys.argv[5], 'wb')
      for i in range(len(text) // unit):
          tweak = ((dun + i) % 2**128).to_bytes(16, 'little')
          e = Cipher(algorithms.AES(key), modes.XTS(tweak)).encryptor()
          out.write(e.update(text[i * unit:(i + 1) * unit]) + e.finalize())
      """;

  private static final String NODE =
      """
      const fs = require('fs'), crypto = require('crypto');
      const [key, dun, unit, from, to] = process.argv.slice(1);
      const k = Buffer.from(key, 'hex'), text = fs.readFileSync(from), out = [];
      for (let i = 0; i < text.length / unit; i++) {
        const n = BigInt.asUintN(128, BigInt('0x' + dun) + BigInt(i)), tweak = Buffer.alloc(16);
        tweak.writeBigUInt64LE(BigInt.asUintN(64, n), 0);
        tweak.writeBigUInt64LE(n >> 64n, 8);
        const c = crypto.createCipheriv(`aes-${k.length * 4}-xts`, k, tweak);
        out.push(c.update(text.subarray(i * unit, (i + 1) * unit)), c.final());
      }
      fs.writeFileSync(to, Buffer.concat(out));
      """;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"64, 512", "64, 4096", "64, 65536", "32, 512", "32, 4096"})
  void agreesWithPython(int keyBytes, int unitBytes) throws Exception {
    Path python = Path.of("/usr/bin/python3");
    assumeThat(answers(python.toString(), "-c", "import cryptography")).isTrue();
    compare(keyBytes, unitBytes, python.toString(), "-c", PYTHON);
  }

  @ParameterizedTest
  @CsvSource({"64, 512", "64, 4096", "64, 65536", "32, 512", "32, 4096"})
  void agreesWithNode(int keyBytes, int unitBytes) throws Exception {
    assumeThat(answers("node", "--version")).isTrue();
    compare(keyBytes, unitBytes, "node", "-e", NODE);
  }

  private void compare(int keyBytes, int unitBytes, String... program) throws Exception {
    SplittableRandom random = Seeds.random(getClass());
    byte[] key = Seeds.bytes(random, keyBytes);
    byte[] text = Seeds.bytes(random, unitBytes * 20);
    long high = random.nextLong();
    long low = -10; // the run carries into the upper half
    Path from = Files.write(directory.resolve("plaintext"), text);
    Path to = directory.resolve("ciphertext");
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(
        List.of(
            HEX.formatHex(key),
            HEX.toHexDigits(high) + HEX.toHexDigits(low),
            Integer.toString(unitBytes),
            from.toString(),
            to.toString()));
    assertThat(answers(command.toArray(String[]::new))).isTrue();
    byte[] theirs = Files.readAllBytes(to);

    for (Xts engine : XtsEngines.all()) {
      try (XtsKey xts = engine.newKey(MemorySegment.ofArray(key))) {
        byte[] ours = new byte[text.length];
        MemorySegment out = MemorySegment.ofArray(ours);
        xts.encrypt(low, high, unitBytes, MemorySegment.ofArray(text), out);
        assertThat(ours).as(engine.name()).isEqualTo(theirs);
        xts.decrypt(low, high, unitBytes, out, out, true);
        assertThat(ours).as(engine.name()).isEqualTo(text);
      }
    }
  }

  /** Runs a program to its end; what it prints shows if the test fails. */
  private static boolean answers(String... command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      System.out.println("skipped: " + e.getMessage());
      return false;
    }
    System.out.print(new String(process.getInputStream().readAllBytes(), UTF_8));
    return process.waitFor() == 0;
  }
}
