package dev.keyslot.model.ice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The engine's own registers; numbers are the datasheet's. */
class IceBlockTest {

  private final IceBlock block = new IceBlock(new IceBlock.Part(0x0400_0000, 2, 3, 1), 32);

  @Test
  void tellsVersionFusesAndFeatures() {
    block.write32(0x0008, 0);
    block.write32(0x0010, 0);
    assertThat(block.read32(0x0008)).isEqualTo(0x0400_0000);
    assertThat(block.read32(0x0010)).isEqualTo(2);
    assertThat(block.read32(0x1FFC)).isEqualTo(1);
  }

  @Test
  void itsSelfTestIsBusyForSoManyLooksAndAgainWhenPowerBitsChange() {
    assertThat(looksUntilDone()).isEqualTo(3);
    assertThat(block.read32(0x0070)).isZero();
    block.write32(0x1000, 0x7000);
    assertThat(looksUntilDone()).isEqualTo(3);
    block.write32(0x1000, 0x7000);
    assertThat(looksUntilDone()).as("nothing changed").isZero();
  }

  private int looksUntilDone() {
    int looks = 0;
    while ((block.read32(0x0070) & 0xF000_0000) != 0) {
      looks++;
    }
    return looks;
  }

  @Test
  void storesWhatDriversSetAndClearsByOnes() {
    block.write32(0x4040 + 31 * 0x80, 0x80);
    block.write32(0xD010, -1);
    assertThat(block.read32(0x4040 + 31 * 0x80)).isEqualTo(0x80);
    assertThat(block.read32(0xD010)).isEqualTo(-1);
    block.write32(0xA008, 8);
    assertThat(block.read32(0xA008)).isZero();
    assertThat(block.read32(0x9004)).as("status of the key manager").isEqualTo(0x287);
  }

  /** Device-side reference 4.1: the key manager of version 3.2.0 is well with 14007h. */
  @Test
  void tellsTheStatusOfTheFirstKeyManager() {
    IceBlock first = new IceBlock(new IceBlock.Part(0x0302_0000, 0, 0, 0), 32);
    assertThat(first.read32(0x9004)).isEqualTo(0x14007);
  }

  @Test
  void outsideItReadsAllOnes() {
    assertThat(block.read32(0xD014)).isEqualTo(-1);
    assertThat(block.read32(2)).isEqualTo(-1);
    assertThat(block.read16(0x0008)).isEqualTo((short) -1);
    block.write32(0xD014, 0);
  }
}
