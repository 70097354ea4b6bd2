package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.net.URL;
import java.net.URLClassLoader;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The modes other than AES-XTS, against published vectors. */
class UnitKeyTest {

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] encrypt(UnitKey key, byte[] iv, byte[] text) {
    MemorySegment memory = MemorySegment.ofArray(text.clone());
    key.encrypt(iv, memory, memory);
    return memory.toArray(JAVA_BYTE);
  }

  private static byte[] decrypt(UnitKey key, byte[] iv, byte[] text) {
    MemorySegment memory = MemorySegment.ofArray(new byte[text.length]);
    key.decrypt(iv, MemorySegment.ofArray(text), memory);
    return memory.toArray(JAVA_BYTE);
  }

  /** Computed by an independent implementation: key 00..0f, number 1, 512 zero bytes. */
  @Test
  void essivGivesThePublishedBytes() throws Exception {
    byte[] one = new byte[16];
    one[0] = 1;
    try (UnitKey key = new EssivKey(MemorySegment.ofArray(Patterns.ascending(0, 16)))) {
      byte[] ciphertext = encrypt(key, one, new byte[512]);
      assertThat(hex(Arrays.copyOf(ciphertext, 16))).isEqualTo("fe58062f6a4a8afefc6fa80c447ff6d3");
      assertThat(hex(Arrays.copyOfRange(ciphertext, 496, 512)))
          .isEqualTo("5652bec129fd18b081b7fc0fa5c3a1ad");
      assertThat(hex(MessageDigest.getInstance("SHA-256").digest(ciphertext)))
          .isEqualTo("35944cc60afd4fb4131ebd83deb65fe43bd6622c26e366e0f9972476ab0c20cd");
      assertThat(decrypt(key, one, ciphertext)).containsOnly(0);
    }
  }

  /** google/adiantum, Adiantum_XChaCha12_32_AES256: with and without a tweak, 16 to 128 bytes. */
  @ParameterizedTest
  @CsvSource({
    "7fc7152ae1f5fda4176769aec92bba82a314e7cfadfd8540da7b7d24bdf17d07, '',"
        + "9be382c65ac19fad4659b80bacc857a0, 820ae44477dd9a186f80288b25070e85",
    "4260244fcf1dc13d3132cb3fb7a49c7b88e575bd726d052a6a5cd7264ad24a7a, '',"
        + "7912c8f77406549a2d23df49a163046a3f7990b3da30b94395043a8a8fba19,"
        + "76167e759696c2c6db5e215ebc398f722813fe8a39d5ea56d5b9f290753f04",
    "f7ab791b4e2d702b15c2fcc65d76db70b7a15197cf84d80a6d926117dedce111,"
        + "844428c896630ae2226eb9f7ed935830e1,"
        + "f9f35be5bc21e8b84ceeb52d620ae4650639700385da48b644cd4a57a2ce40,"
        + "f30935a89cd26fbf25833e0209497ba85bf1ffcce884a9bedb3bb778adc03a",
    "9fd336b18507df1901eaf95268bfcee7d049f3ba58fb87189fca24ca61a3f0da,"
        + "eac6725e66d4c7bda16eab09b55839ae40,"
        + "c7d67365cbf3f53eb9a7bfb154cbac01eeb594174092fdad8fdb27223db10bf7"
        + "a74670d031dbf9dbb9b9404a0aba776f35369eeb68e29ed7efc25e210db3b087"
        + "d643356e22a0b7ec26e07d48f55d58d329b71f7ee95a02a4b1de109fe1a85e05"
        + "b6a259ca3ebcd194094e1b37299c15ef8c7253be6f252c6888080c00807a8564,"
        + "493697d2dea4de927d3008c3d947d4cb5b41272c06b82bef7b5759b75b8138b4"
        + "d181b3e8acf0a006cb743101e13dcf6d57d165cde7336c0354f02c41b875071d"
        + "70f09cbd8f6bdb76865be0fdad617a4cd6f1850bfd0b3a5fcffcb00b2bc73107"
        + "9d7582d914d433d3ff20f714cfe4daca11cc578f51529d9001c84e1f2a89e252"
  })
  void adiantumGivesThePublishedBytes(
      String keyBytes, String tweak, String plaintext, String ciphertext) {
    try (UnitKey key = new AdiantumKey(MemorySegment.ofArray(bytes(keyBytes)))) {
      assertThat(hex(encrypt(key, bytes(tweak), bytes(plaintext)))).isEqualTo(ciphertext);
      assertThat(hex(decrypt(key, bytes(tweak), bytes(ciphertext)))).isEqualTo(plaintext);
    }
  }

  /** google/adiantum, the first vector of 512 bytes: one data unit. */
  @Test
  void adiantumOfOneSectorGivesThePublishedBytes() {
    String plaintext =
        "4fc98fa781813ab73c558f8f18c47ad21370940f46b20f53dedf06f86034ad39"
            + "e947233194f359889614523b88b755e94abc41ea24033578b74b9f8be436770a"
            + "7019909bb170272331d9e526367106c7d3b1b8526ae1958676c3022cd2e7c21c"
            + "6fcb6156fc5ef2579046fb6ac15e565b188d0e4f4e144c6d97f973edc5419424"
            + "aa352f01ef8fb2fdc2c78b9c9b1089ec64bb54a501dc5157c85a03cb9173b208"
            + "c3cc3c1bae3e0ff393b9c327d78866a240f9fd0261e12b5dc9e8d6acf0d0e379"
            + "94ff50094e68e85e3f58c8b80fd7c22d913e47105098a6f937d690edb75e3ad0"
            + "d750c469e629b89ac15c2b346d4458d6d47ee2426745e56448ac00e9b6d0c3c5"
            + "5d9e954e10182986aa37a33ce1d65d6d4acac3e225b7494a3667c0e10245ccd4"
            + "1137118e54f5ea80047206368ff91eed91149d4259c187b8f1ceb21742a12f96"
            + "a350e901249ee5bb97833112a87cca7b9033ad1c99811ab8a1e0f15abc08deab"
            + "690a89a09f025e3af3bab96e34df15136451a95567a3ba6b35b08a05f5798497"
            + "928e11ebefec65b5e642fb0633936bffc2491571b0ca62d18140d2ab0b7d7e1a"
            + "e9ecfcdedbd5a75683250e5eac0c4226005955178b5a037b85e9c1a3e4ebd3de"
            + "d881f5312cda21bcb5d97ad01e2a6bcfad063cf2f75c3af1a70f5f53e93f3cf1"
            + "b747531619d9eff0cb16e4c9a38fd63ff8b22265f9a1a303e4067569f5324880";
    String ciphertext =
        "663ff77a20a435d60ee8173284aeee180f648366a4f42453e6582ed56158dd5f"
            + "1db9ba34d0d364de9947923a2690bb98b0bdf45e2657e0e10927c1c4862b4b48"
            + "bbcdec2fd154e921a04076012db1e775a1d704239dd30f3b7eb8d037e4d948aa"
            + "e14d0ff6ae2920aeda3518972cc2a9dd6e5073520a8a2ad22af412e97d8837ae"
            + "12819296beea15a43c53ad1f75542481aa1b92847cb2d7105eb6ab8325f7032b"
            + "d9534df94121efef403a2d54a9f072ff03592e9107ffe286335998dfa47d9e52"
            + "95d9774bdf93c82dbc812b7789ae52dcfcb722f01a9dc12870e215e477114909"
            + "89f406006478b63f6336fd9f353385521826c10df7ab5a069c3aab5f813639e3"
            + "e6f733b0ece68d05bdc7bd205f74df983aa9deae89eecc608b23ed0f554d56d2"
            + "69a5f8ff946299c6d4020bcfe486235eed12122e0a0fda120a6856ea1692a5db"
            + "f59d0ee6395d76504185b4ccb39e8446d393cfa1ee5b5194054616bbd1ae94e4"
            + "1c3debf40900f78657604994f5a77e4b324a6aae2c5f302d7ca1715e637a7056"
            + "1faf3ef346b56861e2d4166baf9407a95d7aee4cad85cc3e99f3fa21ab9d12df"
            + "33322368968f8f78b363a083160664bdea1f69739c54e160e898c994e9df0cee"
            + "f4381e9f26da3f4cfd6df5ee75917c4f4dc2e81a7b1ba9521e24225a73a510a2"
            + "37391ed2f7e0ab77b7935d30d25a33f46398e86d3f344ab9445739e7a9ddac91";
    adiantumGivesThePublishedBytes(
        "7cabc463c0405ead8f025aa9ba6858e3b6bb03c9e61ee7c3d72cf77af72cd107",
        "",
        plaintext,
        ciphertext);
  }

  /**
   * OpenSSL's evpciph_sm4.txt, "XTSStandard = IEEE": the two blocks before ciphertext stealing,
   * which data units never need. Under GB/T 17964-2021 the second would be 2c5c581b...
   */
  @Test
  void sm4XtsGivesThePublishedBytes() {
    byte[] plaintext = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    byte[] tweak = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    MemorySegment keyBytes =
        MemorySegment.ofArray(
            bytes("2b7e151628aed2a6abf7158809cf4f3c000102030405060708090a0b0c0d0e0f"));
    try (UnitKey key = Sm4.newXtsKey(keyBytes)) {
      byte[] ciphertext = encrypt(key, tweak, plaintext);
      assertThat(hex(ciphertext))
          .isEqualTo("e9538251c71d7b80bbe4483fef497bd1b3db1a3e60408c575d63ff7db39f8326");
      assertThat(decrypt(key, tweak, ciphertext)).isEqualTo(plaintext);
    }
  }

  /**
   * Key 00..1f, zeros: by python3-cryptography's SM4/ECB and, alike, {@code openssl enc -sm4-ecb}
   * (3.0.19) under twenty lines of Python for the mode.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 512, 9a57063eb2ad83414b571e52f64bc2b649ffab68309fff4a18c1229bf28cff38",
    "1, 512, 6fcb36fa19a08c519d1140cb2a6493417999c34235f832940063c6b990fcd28e",
    "4294967295, 512, dab07b68f3d6a3dd4414b4032c2c8525ca30aaf7167f1f512c0a0d5d5e44808d",
    "1, 4096, 150df8ae31dbb98ded74e2469edfa5b3a8b56a7df169f066667cae69764825d7"
  })
  void sm4XtsOfWholeUnitsGivesTheBytesOfOtherPrograms(long number, int unitBytes, String sha256)
      throws Exception {
    byte[] iv = new byte[16];
    MemorySegment.ofArray(iv).set(JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN), 0, number);
    try (UnitKey key = Sm4.newXtsKey(MemorySegment.ofArray(Patterns.ascending(0, 32)))) {
      byte[] ciphertext = encrypt(key, iv, new byte[unitBytes]);
      assertThat(hex(MessageDigest.getInstance("SHA-256").digest(ciphertext))).isEqualTo(sha256);
      assertThat(decrypt(key, iv, ciphertext)).containsOnly(0);
    }
  }

  /** The same classes, loaded where no library can be seen. */
  @Test
  void withoutItsLibrarySm4IsMissingAndSaysSoInOneLine() throws Exception {
    assertThat(Sm4.missing()).isNull();
    var classes = Sm4.class.getProtectionDomain().getCodeSource().getLocation();
    try (var alone = new URLClassLoader(new URL[] {classes}, null)) {
      Class<?> type = alone.loadClass(Sm4.class.getName());
      assertThat(type).isNotSameAs(Sm4.class);
      String line =
          "SM4-XTS needs BouncyCastle's bcprov-jdk18on beside this program: not found:"
              + " org.bouncycastle.crypto.engines.SM4Engine";
      assertThat(type.getMethod("missing").invoke(null)).isEqualTo(line);
      assertThatThrownBy(
              () ->
                  type.getMethod("newXtsKey", MemorySegment.class)
                      .invoke(null, MemorySegment.ofArray(Patterns.ascending(0, 32))))
          .rootCause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(line);
    }
  }

  @Test
  void sm4KeysWithEqualHalvesAreRefused() {
    MemorySegment equal = MemorySegment.ofArray(new byte[32]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sm4.newXtsKey(equal))
        .withMessage("XTS key halves must differ");
  }

  @Test
  void aUnitOf4096BytesComesBackAndEveryBitDependsOnEveryOther() {
    try (UnitKey key = new AdiantumKey(MemorySegment.ofArray(Patterns.ascending(0, 32)))) {
      byte[] iv = new byte[32];
      byte[] text = Patterns.sevens(4096);
      byte[] ciphertext = encrypt(key, iv, text);
      assertThat(decrypt(key, iv, ciphertext)).isEqualTo(text);
      text[4095] ^= 1;
      byte[] other = encrypt(key, iv, text);
      for (int at = 0; at < 4096; at += 16) {
        assertThat(Arrays.copyOfRange(other, at, at + 16))
            .isNotEqualTo(Arrays.copyOfRange(ciphertext, at, at + 16));
      }
    }
  }

  @Test
  void keysHaveTheirSizeAndDoNothingAfterClose() {
    MemorySegment wrong = MemorySegment.ofArray(new byte[24]);
    assertThatIllegalArgumentException().isThrownBy(() -> new EssivKey(wrong));
    assertThatIllegalArgumentException().isThrownBy(() -> new AdiantumKey(wrong));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sm4.newXtsKey(wrong))
        .withMessage("SM4-XTS key must have 32 bytes: bytes=24");
    UnitKey sm4 = Sm4.newXtsKey(MemorySegment.ofArray(Patterns.ascending(0, 32)));
    sm4.close();
    assertThatThrownBy(() -> encrypt(sm4, new byte[16], new byte[16]))
        .isInstanceOf(IllegalStateException.class);
    UnitKey essiv = new EssivKey(MemorySegment.ofArray(new byte[16]));
    UnitKey adiantum = new AdiantumKey(MemorySegment.ofArray(new byte[32]));
    essiv.close();
    adiantum.close();
    assertThatThrownBy(() -> encrypt(essiv, new byte[16], new byte[16]))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> encrypt(adiantum, new byte[32], new byte[16]))
        .isInstanceOf(IllegalStateException.class);
  }
}
