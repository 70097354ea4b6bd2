package dev.keyslot.model.card;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CRC7 as tokens, CID and CSD carry it: device-side 1.1 and 1.3, computed there. */
class CardTokensTest {

  @ParameterizedTest
  @CsvSource({
    "4000000000, 95", // CMD0
    "4100000000, f9", // CMD1
    "4140000080, e9",
    "4300010000, 7f", // CMD3, RCA 1
    "4d00010000, 53", // CMD13, RCA 1
    "4d00018000, f5", // with SQS
    "5100000000, 55", // CMD17
    "6c40050008, 1d", // CMD44 read, task 5, 8 blocks
    "6d00001000, 35", // CMD45, block 1000h
    "6e00050000, c7", // CMD46, task 5
    "aa014a454d4d43353110deadbeefbd, 3f", // CID
    "d02701328f5903ffffffffe78a4000, 17", // CSD
  })
  void endsATokenWithItsCrc(String token, String last) {
    byte[] bytes = HexFormat.of().parseHex(token);
    byte[] end = {CardIdentity.crc7(bytes, bytes.length)};
    assertThat(HexFormat.of().formatHex(end)).isEqualTo(last);
  }

  /** SHA-256 of the block that public drivers compare with, by line count. */
  @ParameterizedTest
  @CsvSource({
    "1, 64, ba7891c33b6b99e17dc8ad3cc1ccbc3dbd2de0ce9a41fb7a25727ad93f62df39",
    "2, 128, 53090f4593a58c98ee2413812d04c96a4374d1428e2c376aea035e1626a43669",
  })
  void sendsTheTuningBlockThatHostsKnow(int width, int bytes, String sha256) throws Exception {
    byte[] block = TuningBlock.bytes(width);
    assertThat(block).hasSize(bytes);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(block);
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(sha256);
  }

  @Test
  void sealsTheRegistersItSends() {
    CardIdentity identity = new CardIdentity(CardProfile.served(0x800000));
    assertThat(HexFormat.of().formatHex(identity.cid()))
        .isEqualTo("aa014a454d4d43353110deadbeefbd3f");
    assertThat(HexFormat.of().formatHex(identity.csd()))
        .isEqualTo("d02701328f5903ffffffffe78a400017");
    assertThat(identity.ocr(true)).isEqualTo(0xC0FF8080);
    assertThat(identity.ocr(false)).isEqualTo(0x40FF8080);
  }
}
