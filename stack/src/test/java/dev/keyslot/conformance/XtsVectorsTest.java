package dev.keyslot.conformance;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every engine, and the oracle, against published bytes. */
class XtsVectorsTest {

  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] KEY = Patterns.ascending(0, 64);

  /** A vector of IEEE 1619, annex B, or of NIST's CAVP; texts in hex. */
  record Vector(String number, String keyHex, String dunHex, String plain, String cipherHex) {

    static Vector parse(String line) {
      String[] column = line.split(" ", 5);
      return new Vector(column[0], column[1], column[2], column[3], column[4]);
    }

    byte[] key() {
      return HEX.parseHex(keyHex);
    }

    BigInteger dun() {
      return new BigInteger(dunHex, 16);
    }

    byte[] plaintext() {
      return plain.equals("ascending") ? Patterns.ascending(0, 512) : HEX.parseHex(plain);
    }

    byte[] ciphertext() {
      return HEX.parseHex(cipherHex);
    }

    @Override
    public String toString() {
      return "vector " + number;
    }
  }

  static List<Xts> engines() {
    return XtsEngines.all();
  }

  static List<Vector> vectors() throws Exception {
    return read("ieee1619.txt");
  }

  private static List<Vector> read(String name) throws Exception {
    try (InputStream file = XtsVectorsTest.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(Vector::parse)
          .toList();
    }
  }

  static Stream<Arguments> enginesAndVectors() throws Exception {
    List<Vector> vectors = vectors();
    return engines().stream().flatMap(engine -> vectors.stream().map(v -> Arguments.of(engine, v)));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void oracleGivesTheBytesOfTheStandard(Vector vector) {
    XtsOracle oracle = new XtsOracle(vector.key());
    int bytes = vector.plaintext().length;

    assertThat(oracle.encrypt(vector.dun(), bytes, vector.plaintext()))
        .isEqualTo(vector.ciphertext());
    assertThat(oracle.decrypt(vector.dun(), bytes, vector.ciphertext()))
        .isEqualTo(vector.plaintext());
  }

  @ParameterizedTest
  @MethodSource("enginesAndVectors")
  void enginesGiveTheBytesOfTheStandard(Xts engine, Vector vector) {
    long dun = vector.dun().longValueExact();
    int bytes = vector.plaintext().length;

    assertThat(encrypted(engine, vector.key(), dun, bytes, vector.plaintext()))
        .isEqualTo(vector.ciphertext());
    assertThat(decrypted(engine, vector.key(), dun, bytes, vector.ciphertext()))
        .isEqualTo(vector.plaintext());
  }

  /** NIST's vectors with a data unit sequence number, AES-128 and AES-256: 50 of each length. */
  @ParameterizedTest
  @MethodSource("engines")
  void givesTheBytesOfNistsVectors(Xts engine) throws Exception {
    List<Vector> vectors = read("nist-xts.txt");
    assertThat(vectors).hasSize(200);
    for (Vector vector : vectors) {
      byte[] plain = vector.plaintext();
      byte[] cipher = vector.ciphertext();
      long dun = vector.dun().longValueExact();
      assertThat(encrypted(engine, vector.key(), dun, plain.length, plain))
          .as("%s", vector)
          .isEqualTo(cipher);
      assertThat(decrypted(engine, vector.key(), dun, plain.length, cipher))
          .as("%s", vector)
          .isEqualTo(plain);
      assertThat(new XtsOracle(vector.key()).encrypt(vector.dun(), plain.length, plain))
          .as("%s", vector)
          .isEqualTo(cipher);
    }
  }

  /** Key 00..3f, zeros; computed by two independent programs. */
  @ParameterizedTest
  @CsvSource({
    "0, 512, 9943ddf45f593dcb9bcd2e3043ea706a3a7f0d35bfca0ddcfa7c0803e588601a",
    "1, 512, 310f8d962bab7e66a56806621e3d02be60b6387a70ecde08685b09925b37512d",
    "305419896, 512, fbf2b20b7111fd4fc5273266978f72acbc8f01829dca853d6db69e48dc201997",
    "4294967295, 512, eccf0bbbd80ed15ae6cbba83c38fd3ce29d773d7f32c41592f9d6517eaf8b474",
    "1, 4096, 35b1e1e05398fdd1e86aec73b15c7e159d1e64f4bd577363028aee4033b25559",
  })
  void unitsOfZerosHaveTheKnownDigests(long dun, int unitBytes, String sha256) throws Exception {
    byte[] zeros = new byte[unitBytes];

    assertThat(sha256(new XtsOracle(KEY).encrypt(dun, unitBytes, zeros))).isEqualTo(sha256);
    for (Xts engine : engines()) {
      byte[] ciphertext = encrypted(engine, KEY, dun, unitBytes, zeros);
      assertThat(sha256(ciphertext)).as(engine.name()).isEqualTo(sha256);
      assertThat(decrypted(engine, KEY, dun, unitBytes, ciphertext)).isEqualTo(zeros);
    }
  }

  /** Key 00..3f, plaintext 7 i + i / 256, first number 0x12345678, 4096 bytes. */
  @ParameterizedTest
  @CsvSource({
    "512, c6ceb32f2b167e308aa65e612d09f77108f9a0b49dc1f47d43a4c9b6e4bf9327",
    "1024, a193a34c83ce0d93b203524c3b83270d00481a55b76e7eba0c7b584510ac6451",
    "4096, 5fc2c6eb8487ffce21ba9a5fda1902ae6eebdce0eba56878f3cca613b4a28714",
  })
  void unitsOfARunAreNumberedFromTheFirst(int unitBytes, String sha256) throws Exception {
    byte[] plaintext = Patterns.sevens(4096);
    long dun = 0x12345678L;

    assertThat(sha256(new XtsOracle(KEY).encrypt(dun, unitBytes, plaintext))).isEqualTo(sha256);
    for (Xts engine : engines()) {
      byte[] ciphertext = encrypted(engine, KEY, dun, unitBytes, plaintext);
      assertThat(sha256(ciphertext)).as(engine.name()).isEqualTo(sha256);
      assertThat(decrypted(engine, KEY, dun, unitBytes, ciphertext)).isEqualTo(plaintext);
    }
  }

  /** Of the run above, the first blocks of its units of 512 bytes. */
  @ParameterizedTest
  @MethodSource("engines")
  void eachUnitOfARunStartsWithTheKnownBytes(Xts engine) {
    byte[] ciphertext = encrypted(engine, KEY, 0x12345678L, 512, Patterns.sevens(4096));

    assertThat(firstBlocks(ciphertext))
        .containsExactly(
            "fa3ba112012ceadcdb5ca5e60e62fee8",
            "afd23a9794ab86b560a77f0c6381985f",
            "aae4a6d39e64053121eeac01c9b99ed5",
            "3cf4e1e50fac9d698438650d68465840",
            "3cc826117655e949ec14e59876551a05",
            "d8ac3985aa7fa511e512ed32c4bf1fb8",
            "2f0930968450698ad33b52b353a58e78",
            "03471af0d855c603a14fcfac60f5a777");
  }

  /** Key 00..3f, zeros: the number 2^32 is not 0; computed by an independent program. */
  @ParameterizedTest
  @MethodSource("engines")
  void numbersCarryBeyond32Bits(Xts engine) {
    assertThat(firstBlocks(encrypted(engine, KEY, 0xFFFFFFFFL, 512, new byte[1024])))
        .containsExactly("38bb257183b90cbfc2b18e728da0fb18", "ce87c296405c679476713ff629f5827b");
  }

  /** Key 00..0f then 20..2f: AES-128-XTS; computed by an independent program. */
  @ParameterizedTest
  @MethodSource("engines")
  void shortKeysAreAes128(Xts engine) throws Exception {
    byte[] key = new byte[32];
    System.arraycopy(Patterns.ascending(0x00, 16), 0, key, 0, 16);
    System.arraycopy(Patterns.ascending(0x20, 16), 0, key, 16, 16);
    String sha256 = "7f984c72dced939311a58bf7dbcfd286aad49b7374ae4189e109761b04005c29";

    assertThat(sha256(new XtsOracle(key).encrypt(1, 512, new byte[512]))).isEqualTo(sha256);
    assertThat(sha256(encrypted(engine, key, 1, 512, new byte[512]))).isEqualTo(sha256);
  }

  /**
   * Key 00..3f, number 0: what an erased sector decrypts to; computed by an independent program.
   */
  @ParameterizedTest
  @CsvSource({
    "0x00, 885d472839319c326354bae2a9289c62",
    "0xff, 7a9fcd7f6d37115b7b8ede1ed2116142",
  })
  void erasedSectorsDecryptToNoise(int erased, String firstBlock) {
    for (Xts engine : engines()) {
      byte[] noise = decrypted(engine, KEY, 0, 512, Patterns.filled(erased, 512));
      assertThat(firstBlocks(noise)).as(engine.name()).containsExactly(firstBlock);
    }
  }

  private static byte[] encrypted(Xts engine, byte[] key, long dun, int unitBytes, byte[] text) {
    try (Arena arena = Arena.ofConfined();
        XtsKey xts = engine.newKeyAllowingEqualHalves(MemorySegment.ofArray(key))) {
      MemorySegment from = arena.allocateFrom(JAVA_BYTE, text);
      MemorySegment to = arena.allocate(text.length);
      xts.encrypt(dun, 0, unitBytes, from, to);
      return to.toArray(JAVA_BYTE);
    }
  }

  private static byte[] decrypted(Xts engine, byte[] key, long dun, int unitBytes, byte[] text) {
    try (Arena arena = Arena.ofConfined();
        XtsKey xts = engine.newKeyAllowingEqualHalves(MemorySegment.ofArray(key))) {
      MemorySegment from = arena.allocateFrom(JAVA_BYTE, text);
      MemorySegment to = arena.allocate(text.length);
      xts.decrypt(dun, 0, unitBytes, from, to, false);
      return to.toArray(JAVA_BYTE);
    }
  }

  private static List<String> firstBlocks(byte[] text) {
    return Stream.iterate(0, at -> at < text.length, at -> at + 512)
        .map(at -> HEX.formatHex(text, at, at + 16))
        .toList();
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
