package dev.keyslot.app.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.host.volume.DunRule;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An offset is explained by volume, unit, number, tweak and sectors; expectations by hand. */
class ExplanationTest {

  private static final long MIB = 1 << 20;

  private static final Sidecar SIDECAR =
      new Sidecar(
          new UUID(1, 2),
          16 * MIB,
          4096,
          List.of(volume("a", 0, 4 * MIB, 0, 1), volume("b", 8 * MIB, 4 * MIB, 0x12345600L, 8)));

  @TempDir private Path directory;

  private Path image;

  @BeforeEach
  void create() throws Exception {
    image = directory.resolve("v.img");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(16 * MIB);
      file.seek(MIB);
      file.write(new byte[4096]);
    }
  }

  @Test
  void countsUnitsFromTheVolumesStart() throws Exception {
    Explanation found = Explanation.of(image, SIDECAR, 8 * MIB + 5 * 4096 + 17);
    assertThat(found.volume().name()).isEqualTo("b");
    assertThat(found.unit()).isEqualTo(5);
    assertThat(found.unitOffsetBytes()).isEqualTo(8 * MIB + 5 * 4096);
    assertThat(found.dun()).isEqualTo(0x12345628L);
    assertThat(found.tweak()).isEqualTo("28563412000000000000000000000000");
    assertThat(found.firstSector()).isEqualTo(16_424);
    assertThat(found.lastSector()).isEqualTo(16_431);
    assertThat(found.place()).isEqualTo(Explanation.Place.HOLE);
  }

  @Test
  void tellsDataFromHoles() throws Exception {
    assertThat(Explanation.of(image, SIDECAR, MIB).place()).isEqualTo(Explanation.Place.DATA);
    assertThat(Explanation.of(image, SIDECAR, MIB - 1).place()).isEqualTo(Explanation.Place.HOLE);
    assertThat(Explanation.of(image, SIDECAR, 4 * MIB - 1).place())
        .isEqualTo(Explanation.Place.HOLE);
  }

  @Test
  void refusesAnOffsetThatNoVolumeHas() {
    assertThatThrownBy(() -> Explanation.of(image, SIDECAR, 4 * MIB))
        .isInstanceOf(StackException.class)
        .hasMessage("no volume holds this offset: offsetBytes=4194304");
    assertThatThrownBy(() -> Explanation.of(image, SIDECAR, 16 * MIB))
        .isInstanceOf(StackException.class)
        .hasMessage("offset must lie inside the image: offsetBytes=16777216 imageBytes=16777216");
  }

  @Test
  void namesTheCommandsOfOtherReaders() throws Exception {
    Sidecar.Volume shifted = volume("c", 4 * MIB, 4 * MIB, 3, 1);
    assertThat(
            OtherReaders.cryptsetup(
                Path.of("/d/my image"), SIDECAR, shifted, Path.of("/d/it's.key")))
        .isEqualTo(
            "cryptsetup open --type plain --readonly --cipher aes-xts-plain64 --key-size 512"
                + " --sector-size 4096 --iv-large-sectors --offset 8192 --size 8192 --skip 24"
                + " --key-file '/d/it'\\''s.key' '/d/my image' NAME");
    assertThat(OtherReaders.defaultKeyTable(SIDECAR, shifted))
        .isEqualTo(
            "0 8192 default-key aes-xts-plain64 KEY_AS_HEX 24 BLOCK_DEVICE 8192 2 sector_size:4096"
                + " iv_large_sectors");
    Sidecar small = new Sidecar(new UUID(1, 2), MIB, 512, List.of(volume("", 0, MIB, 0, 1)));
    assertThat(
            OtherReaders.cryptsetup(
                Path.of("v.img"), small, small.volumes().getFirst(), Path.of("v.img.key")))
        .isEqualTo(
            "cryptsetup open --type plain --readonly --cipher aes-xts-plain64 --key-size 512"
                + " --sector-size 512 --offset 0 --size 2048 --skip 0 --key-file v.img.key v.img NAME");
    // LUKS2 counts so: 4096-byte sectors numbered in 512-byte steps.
    assertThat(OtherReaders.defaultKeyTable(SIDECAR, SIDECAR.volumes().get(1)))
        .isEqualTo(
            "0 8192 default-key aes-xts-plain64 KEY_AS_HEX 305419776 BLOCK_DEVICE 16384 1"
                + " sector_size:4096");
    assertThat(OtherReaders.canRead(SIDECAR, volume("d", 0, MIB, 0, 2))).isFalse();
  }

  private static Sidecar.Volume volume(
      String name, long offset, long size, long firstDun, int stepPerUnit) {
    return new Sidecar.Volume(
        name, offset, size, new DunRule(firstDun, stepPerUnit), 1, "00".repeat(32));
  }
}
