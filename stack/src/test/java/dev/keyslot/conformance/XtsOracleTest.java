package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The oracle itself against published bytes, before it judges anything else. */
class XtsOracleTest {

  private static final HexFormat HEX = HexFormat.of();

  /** Key 00..3f, zeros; computed by two independent programs, checked with IEEE 1619 vector 10. */
  @ParameterizedTest
  @CsvSource({
    "0, 512, 9943ddf45f593dcb9bcd2e3043ea706a3a7f0d35bfca0ddcfa7c0803e588601a",
    "1, 512, 310f8d962bab7e66a56806621e3d02be60b6387a70ecde08685b09925b37512d",
    "305419896, 512, fbf2b20b7111fd4fc5273266978f72acbc8f01829dca853d6db69e48dc201997",
    "4294967295, 512, eccf0bbbd80ed15ae6cbba83c38fd3ce29d773d7f32c41592f9d6517eaf8b474",
    "1, 4096, 35b1e1e05398fdd1e86aec73b15c7e159d1e64f4bd577363028aee4033b25559",
  })
  void encryptsUnitsOfZerosToTheKnownDigests(long dun, int unitBytes, String sha256)
      throws Exception {
    byte[] ciphertext =
        new XtsOracle(Patterns.ascending(0, 64)).encrypt(dun, unitBytes, new byte[unitBytes]);

    assertThat(sha256(ciphertext)).isEqualTo(sha256);
  }

  /** Key 00..3f, plaintext 7 i + i / 256, first number 0x12345678, 4096 bytes. */
  @ParameterizedTest
  @CsvSource({
    "512, c6ceb32f2b167e308aa65e612d09f77108f9a0b49dc1f47d43a4c9b6e4bf9327",
    "1024, a193a34c83ce0d93b203524c3b83270d00481a55b76e7eba0c7b584510ac6451",
    "4096, 5fc2c6eb8487ffce21ba9a5fda1902ae6eebdce0eba56878f3cca613b4a28714",
  })
  void countsUnitsFromTheFirst(int unitBytes, String sha256) throws Exception {
    XtsOracle oracle = new XtsOracle(Patterns.ascending(0, 64));
    byte[] plaintext = Patterns.sevens(4096);

    byte[] ciphertext = oracle.encrypt(0x12345678L, unitBytes, plaintext);

    assertThat(sha256(ciphertext)).isEqualTo(sha256);
    assertThat(oracle.decrypt(0x12345678L, unitBytes, ciphertext)).isEqualTo(plaintext);
  }

  @Test
  void doesAes128() throws Exception {
    byte[] key = new byte[32];
    System.arraycopy(Patterns.ascending(0x00, 16), 0, key, 0, 16);
    System.arraycopy(Patterns.ascending(0x20, 16), 0, key, 16, 16);

    assertThat(sha256(new XtsOracle(key).encrypt(1, 512, new byte[512])))
        .isEqualTo("7f984c72dced939311a58bf7dbcfd286aad49b7374ae4189e109761b04005c29");
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
