package dev.keyslot.host.mmc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The one table from card and bus errors to block status: every value mapped. */
class MmcErrorTest {

  @ParameterizedTest
  @EnumSource(MmcError.class)
  void mapsEveryErrorToAStatusThatIsNotOk(MmcError error) {
    assertThat(error.status()).isNotNull();
    assertThat(error.status().ok()).isEqualTo(error == MmcError.NONE);
  }

  /** The second copy of the table. */
  @ParameterizedTest
  @CsvSource({
    "NONE, OK",
    "TIMEOUT, TIMEOUT",
    "CRC, PROTECTION",
    "DMA, IOERR",
    "CRYPTO, IOERR",
    "OTHER, IOERR",
    "SEQUENCE, IOERR",
    "ADDRESS, INVAL",
    "WRITE_PROTECTED, IOERR",
    "ECC, MEDIUM",
    "NO_SPACE, NOSPC",
    "CARD, IOERR",
    "ILLEGAL, IOERR",
    "SWITCH, IOERR",
    "GONE, OFFLINE",
    "UNSUPPORTED, NOTSUPP",
    "INVALID, INVAL"
  })
  void mapsAsTheTableSays(MmcError error, BlockStatus status) {
    assertThat(error.status()).isEqualTo(status);
  }

  /** R1 words typed by hand from the bit table of the eMMC standard. */
  @ParameterizedTest
  @CsvSource({
    "00000900, NONE",
    "80000900, ADDRESS",
    "40000900, ADDRESS",
    "04000900, WRITE_PROTECTED",
    "00200900, ECC",
    "00080900, CARD",
    "00080940, NO_SPACE",
    "00100900, CARD",
    "00002900, SEQUENCE",
    "10000900, SEQUENCE",
    "08000900, INVALID",
    "00000980, SWITCH",
    "00800900, CRC",
    "00400900, ILLEGAL",
    "00000940, NONE"
  })
  void readsTheCardStatus(String hex, MmcError error) {
    assertThat(MmcError.ofCardStatus(Integer.parseUnsignedInt(hex, 16))).isEqualTo(error);
  }

  @Test
  void triesAgainOnlyWhereTheCardGaveNoVerdict() {
    assertThat(MmcError.CRC.isTransient()).isTrue();
    assertThat(MmcError.ECC.isTransient()).isFalse();
    assertThat(MmcError.NO_SPACE.isTransient()).isFalse();
  }
}
