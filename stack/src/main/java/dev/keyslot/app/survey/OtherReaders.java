package dev.keyslot.app.survey;

import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import java.nio.file.Path;

/**
 * The commands with which other programs would read a volume, for somebody to paste.
 *
 * <p>A key file of hexadecimal digits has to be turned into raw bytes for cryptsetup. Stateless.
 */
public final class OtherReaders {

  private static final int SECTOR_BYTES = 512;

  private OtherReaders() {}

  /** The command that opens a volume with dm-crypt as {@code /dev/mapper/NAME}. */
  public static String cryptsetup(Path image, Sidecar sidecar, Sidecar.Volume volume, Path rawKey)
      throws StackException {
    int unitBytes = sidecar.dataUnitBytes();
    long skip = firstInSectors(volume, unitBytes);
    return "cryptsetup open --type plain --readonly --cipher aes-xts-plain64 --key-size 512"
        + " --sector-size "
        + unitBytes
        + (unitBytes > SECTOR_BYTES ? " --iv-large-sectors" : "")
        + " --offset "
        + volume.offsetBytes() / SECTOR_BYTES
        + " --size "
        + volume.sizeBytes() / SECTOR_BYTES
        + (skip == 0 ? "" : " --skip " + skip)
        + " --key-file "
        + quoted(rawKey)
        + " "
        + quoted(image)
        + " NAME";
  }

  /** The device-mapper table line of Android's dm-default-key, without the key's digits. */
  public static String defaultKeyTable(Sidecar sidecar, Sidecar.Volume volume)
      throws StackException {
    int unitBytes = sidecar.dataUnitBytes();
    return "0 "
        + volume.sizeBytes() / SECTOR_BYTES
        + " default-key aes-xts-plain64 KEY_AS_HEX "
        + firstInSectors(volume, unitBytes)
        + " BLOCK_DEVICE "
        + volume.offsetBytes() / SECTOR_BYTES
        + (unitBytes > SECTOR_BYTES ? " 2 sector_size:" + unitBytes + " iv_large_sectors" : "");
  }

  /** Both count their IV offset in 512-byte sectors, whatever the data unit. */
  private static long firstInSectors(Sidecar.Volume volume, int unitBytes) throws StackException {
    if (volume.dunRule().stepPerUnit() != 1) {
      throw StackException.fix(
          "dm-crypt's plain64 counts data units in steps of 1: stepPerUnit=%d",
          volume.dunRule().stepPerUnit());
    }
    return volume.dunRule().firstDun() * (unitBytes / SECTOR_BYTES);
  }

  /** For a shell. */
  public static String quoted(Path path) {
    String text = path.toString();
    return text.matches("[A-Za-z0-9_./,:=@%+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
