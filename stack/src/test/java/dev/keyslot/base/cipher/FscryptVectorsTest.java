package dev.keyslot.base.cipher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Patterns;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What fscrypt, the upper user, makes of a key or of a wrapped key's software secret: HKDF-SHA512,
 * here the JDK's. The expected bytes were computed by an independent implementation for master key
 * 00..3f, file system UUID a0..af and nonce c0..cf.
 */
class FscryptVectorsTest {

  private static final HexFormat HEX = HexFormat.of();
  private static final String UUID = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
  private static final String NONCE = "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf";

  /** CounterKdfTest has it from the wrapped key 00..1f. */
  private static final String SOFTWARE_SECRET =
      "e7535addd3a4a46c9727da5befa06fffd3ff06eb4e5b5930962c164a48cf15b7";

  @ParameterizedTest
  @CsvSource({
    "1, '', 8699c2c53707405da5aba5ae4d8583c0",
    "2, "
        + NONCE
        + ", 59ae5b92981c97867288bfdb94f15f655a458e732046e16d0858920bfb7318bc"
        + "53da952489152543e18226728836a5ae4f6fa955b367f8f609069211bf1cd9ca",
    "3, 09, 9efb31534e244dd4c251dd5d540c714ab1cfcfaf0008a870cc298b52b32b7d39",
    "4, 01"
        + UUID
        + ", febf67c17eddba95948445d62051030864658d63dab59ebebf339ea3f40edeba"
        + "60dfeee2d7c650629008cd7b24a93f79f3b8e926173e7b65f93ea593a9f14034",
    "5, " + NONCE + ", 40cfebb714b9b954111efc20b1501892",
    "6, 01"
        + UUID
        + ", 6004d128d91fb1475a8015ec4a47fec2c7fe5a5150375516f1ed44f69149c3cf"
        + "ea43a26aa7c1a3c4fbdbfa2d2de7f3ca8d5d09dc7e44b821e68d69efd0a0335a",
    "7, '', 670f76f85d2f3cb8a67e0bba366c1014"
  })
  void derivesFromTheMasterKey(int context, String data, String expected) throws Exception {
    byte[] derived = derive(Patterns.ascending(0, 64), context, data, expected.length() / 2);
    assertThat(HEX.formatHex(derived)).isEqualTo(expected);
  }

  /** A wrapped key and its secret added raw are two keys. */
  @ParameterizedTest
  @CsvSource({"8, 78713453c41667e8020a6db073bd974a", "1, 421052c204a35089aa8596489df09efb"})
  void identifiesAWrappedKeyByItsSoftwareSecret(int context, String expected) throws Exception {
    byte[] identifier = derive(HEX.parseHex(SOFTWARE_SECRET), context, "", 16);
    assertThat(HEX.formatHex(identifier)).isEqualTo(expected);
  }

  @Test
  void hashesInodeNumbersIntoThirtyTwoBits() throws Exception {
    ByteBuffer key =
        ByteBuffer.wrap(derive(Patterns.ascending(0, 64), 7, "", 16))
            .order(ByteOrder.LITTLE_ENDIAN);
    long low = key.getLong();
    long high = key.getLong();
    assertThat(sipHash(low, high, 12)).isEqualTo(0x98882dc78258b545L);
    assertThat((int) sipHash(low, high, 13)).isEqualTo(0x6a5781fa);
    assertThat((int) sipHash(low, high, 0xFFFF_FFFFL)).isEqualTo(0xee0806bb);
  }

  private static byte[] derive(byte[] key, int context, String data, int bytes)
      throws GeneralSecurityException {
    byte[] more = HEX.parseHex(data);
    byte[] info =
        ByteBuffer.allocate(9 + more.length)
            .put("fscrypt\0".getBytes(StandardCharsets.US_ASCII))
            .put((byte) context)
            .put(more)
            .array();
    return KDF.getInstance("HKDF-SHA512")
        .deriveData(
            HKDFParameterSpec.ofExtract()
                .addIKM(key)
                .addSalt(new byte[64])
                .thenExpand(info, bytes));
  }

  /** SipHash-2-4 of eight bytes, after the paper of Aumasson and Bernstein. */
  private static long sipHash(long low, long high, long message) {
    long[] v = {
      low ^ 0x736f6d6570736575L,
      high ^ 0x646f72616e646f6dL,
      low ^ 0x6c7967656e657261L,
      high ^ 0x7465646279746573L
    };
    absorb(v, message);
    absorb(v, 8L << 56);
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void absorb(long[] v, long word) {
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
  }

  private static void rounds(long[] v, int count) {
    for (int i = 0; i < count; i++) {
      v[0] += v[1];
      v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
      v[0] = Long.rotateLeft(v[0], 32);
      v[2] += v[3];
      v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
      v[0] += v[3];
      v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
      v[2] += v[1];
      v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
      v[2] = Long.rotateLeft(v[2], 32);
    }
  }
}
