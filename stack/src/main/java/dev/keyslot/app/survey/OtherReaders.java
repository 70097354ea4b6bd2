package dev.keyslot.app.survey;

import dev.keyslot.app.image.Sidecar;
import dev.keyslot.base.Checks;
import java.nio.file.Path;

/**
 * The commands with which other programs would read a volume, for somebody to paste.
 *
 * <p>A key file of hexadecimal digits has to be turned into raw bytes for cryptsetup. Stateless.
 */
public final class OtherReaders {

  private static final int SECTOR_BYTES = 512;

  private OtherReaders() {}

  /**
   * Whether dm-crypt and dm-default-key can count data units as this volume does: in steps of one
   * data unit, or of one 512-byte sector.
   */
  public static boolean canRead(Sidecar sidecar, Sidecar.Volume volume) {
    int step = volume.dunRule().stepPerUnit();
    return step == 1 || step == sidecar.dataUnitBytes() / SECTOR_BYTES;
  }

  /** The command that opens a volume with dm-crypt as {@code /dev/mapper/NAME}. */
  public static String cryptsetup(Path image, Sidecar sidecar, Sidecar.Volume volume, Path rawKey) {
    return String.join(
        " ",
        "cryptsetup open --type plain --readonly --cipher aes-xts-plain64 --key-size 512",
        "--sector-size "
            + sidecar.dataUnitBytes()
            + (largeIv(sidecar, volume) ? " --iv-large-sectors" : ""),
        "--offset " + volume.offsetBytes() / SECTOR_BYTES,
        "--size " + volume.sizeBytes() / SECTOR_BYTES,
        "--skip " + skipSectors(sidecar, volume),
        "--key-file " + quoted(rawKey),
        quoted(image),
        "NAME");
  }

  /** The device-mapper table line of Android's dm-default-key, without the key's digits. */
  public static String defaultKeyTable(Sidecar sidecar, Sidecar.Volume volume) {
    String options =
        sidecar.dataUnitBytes() == SECTOR_BYTES
            ? ""
            : largeIv(sidecar, volume)
                ? " 2 sector_size:" + sidecar.dataUnitBytes() + " iv_large_sectors"
                : " 1 sector_size:" + sidecar.dataUnitBytes();
    return String.join(
        " ",
        "0 " + volume.sizeBytes() / SECTOR_BYTES,
        "default-key aes-xts-plain64 KEY_AS_HEX",
        String.valueOf(skipSectors(sidecar, volume)),
        "BLOCK_DEVICE",
        volume.offsetBytes() / SECTOR_BYTES + options);
  }

  private static boolean largeIv(Sidecar sidecar, Sidecar.Volume volume) {
    return volume.dunRule().stepPerUnit() == 1 && sidecar.dataUnitBytes() > SECTOR_BYTES;
  }

  /** Both take the first number in 512-byte sectors, and shift it where they count larger ones. */
  private static long skipSectors(Sidecar sidecar, Sidecar.Volume volume) {
    Checks.that(
        canRead(sidecar, volume),
        "step must be 1 or a sector: stepPerUnit=%d",
        volume.dunRule().stepPerUnit());
    long first = volume.dunRule().firstDun();
    return largeIv(sidecar, volume) ? first * (sidecar.dataUnitBytes() / SECTOR_BYTES) : first;
  }

  /** For a shell. */
  public static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./,:=@%+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
