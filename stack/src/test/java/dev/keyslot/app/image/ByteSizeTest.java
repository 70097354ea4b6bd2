package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes are read as people write them, and refused by what is wrong with them. */
class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "512, 512",
    "4K, 4096",
    "1M, 1048576",
    "1G, 1073741824",
    "2g, 2147483648",
    "2T, 2199023255552",
    "9223372036854775807, 9223372036854775807"
  })
  void readsBytesAndPowersOf1024(String text, long bytes) {
    assertThat(ByteSize.parse(text, "size")).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "K", "-1", "+1", "1.5G", "1 G", "1KB", "1GiB", "0x10", "1P", "١"})
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text, "size"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "size must be bytes, or a number followed by K, M, G or T (powers of 1024): size="
                + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9223372036854775808", "8388608T", "9999999999999999999"})
  void refusesWhatDoesNotFit63Bits(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text, "offset"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("offset must be below 2^63 bytes: offset=" + text);
  }

  @ParameterizedTest
  @CsvSource({"0, 4096", "1000, 4096", "512, 4096", "4095, 4096", "511, 512", "513, 512"})
  void refusesWhatIsNoPositiveMultipleOfTheDataUnit(long bytes, int unit) {
    assertThatThrownBy(() -> ByteSize.checkImage(bytes, unit))
        .hasMessage(
            "size must be a positive multiple of the data unit: sizeBytes=%d dataUnitBytes=%d",
            bytes, unit);
  }

  /** 2^32 - 8 sectors of 512 bytes, computed by hand: 4294967288 * 512. */
  @Test
  void takesTheLargestCardAndNotASectorMore() {
    ByteSize.checkImage(2199023251456L, 4096);
    assertThatThrownBy(() -> ByteSize.checkImage(2199023251968L, 512))
        .hasMessage(
            "size must be at most 2^32 - 8 sectors (2 TiB - 4 KiB, 2199023251456 bytes):"
                + " sizeBytes=2199023251968");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 256, 1024, 8192, -512})
  void refusesOtherDataUnits(int unit) {
    assertThatThrownBy(() -> ByteSize.checkDataUnit(unit))
        .hasMessage("data unit must be 512 or 4096 bytes: dataUnitBytes=%d", unit);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0 bytes",
    "512, 512, 512 bytes",
    "4096, 4K, 4.0 KiB",
    "1572864, 1536K, 1.5 MiB",
    "1073741824, 1G, 1.0 GiB",
    "2199023251456, 2147483644K, 2.0 TiB"
  })
  void printsExactlyAndForHumans(long bytes, String exact, String approximate) {
    assertThat(ByteSize.exact(bytes)).isEqualTo(exact);
    assertThat(ByteSize.approximate(bytes)).isEqualTo(approximate);
  }
}
