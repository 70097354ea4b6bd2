package dev.keyslot.base.cipher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The derivation that inline encryption hardware does, against published values. */
class CounterKdfTest {

  private static final byte[] KEY = Patterns.ascending(0, 32);
  private static final byte[] LABEL = hex("0000400000000000000020");
  private static final byte[] INLINE =
      hex("696e6c696e6520656e6372797074696f6e206b6579000000000000034300825000000000");
  private static final byte[] SECRET =
      hex("72617720736563726574000000000000000000031700805000000000");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** NIST SP 800-38B, examples for AES-256. */
  @ParameterizedTest
  @CsvSource({
    "'', 028962f61b7bf89efc6b551f4667d983",
    "6bc1bee22e409f96e93d7e117393172a, 28a7023f452e8f82bd4bf28d8c37c35c",
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411,"
        + "aaf3d8f1de5640c232f5b169b9c911e6"
  })
  void theMacIsThatOfTheStandardsExamples(String message, String mac) {
    byte[] key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    assertThat(hex(CounterKdf.cmac(key, hex(message)))).isEqualTo(mac);
  }

  /** Computed by an independent implementation for the unwrapped key 00..1f. */
  @Test
  void theInlineEncryptionKeyIsThePublishedOne() {
    byte[] derived = CounterKdf.derive(KEY, LABEL, INLINE, 64);
    assertThat(hex(derived))
        .isEqualTo(
            "c4a6365aede12a90b12f94417e266703660e8b436c7324b8f50cfb9ba5acc8f4"
                + "8641bddd9febd27a9b3cc94c06db110dbd2ed426d7ff4e3d53ea0388a71bdc12");
    byte[] unit = new XtsOracle(derived).encrypt(5, 512, new byte[512]);
    assertThat(hex(Arrays.copyOf(unit, 16))).isEqualTo("448425acc5766bb14885af97ab1b61e7");
  }

  @Test
  void theSoftwareSecretIsThePublishedOne() {
    assertThat(hex(CounterKdf.derive(KEY, LABEL, SECRET, 32)))
        .isEqualTo("e7535addd3a4a46c9727da5befa06fffd3ff06eb4e5b5930962c164a48cf15b7");
  }

  @Test
  void aLengthThatIsNoMultipleOfTheBlockIsCut() {
    byte[] forty = CounterKdf.derive(KEY, LABEL, SECRET, 40);
    assertThat(forty).hasSize(40);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CounterKdf.derive(new byte[16], LABEL, SECRET, 32));
  }
}
