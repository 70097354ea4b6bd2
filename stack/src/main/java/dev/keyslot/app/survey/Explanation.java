package dev.keyslot.app.survey;

import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Where a byte of an image lies, and with which tweak it is encrypted.
 *
 * @param volume the volume it belongs to
 * @param unit index of its data unit, counted from the volume's start
 * @param unitOffsetBytes where that unit begins, from the image's start
 * @param dun the unit's data unit number
 * @param place whether something is stored there
 */
public record Explanation(
    Sidecar.Volume volume,
    int dataUnitBytes,
    long unit,
    long unitOffsetBytes,
    long dun,
    Place place) {

  /** Whether a data unit is stored. */
  public enum Place {
    /** Never written, or trimmed: reads as zeros. */
    HOLE,
    /** All of it lies on the medium. */
    DATA,
    /** The file system stores a part of it. */
    PARTLY
  }

  /**
   * Explains a byte of an image; needs no key.
   *
   * @throws StackException if no volume has it
   */
  public static Explanation of(Path image, Sidecar sidecar, long offsetBytes)
      throws StackException {
    for (Sidecar.Volume volume : sidecar.volumes()) {
      if (offsetBytes >= volume.offsetBytes() && offsetBytes < volume.endBytes()) {
        int unitBytes = sidecar.dataUnitBytes();
        long unit = (offsetBytes - volume.offsetBytes()) / unitBytes;
        long start = volume.offsetBytes() + unit * unitBytes;
        return new Explanation(
            volume,
            unitBytes,
            unit,
            start,
            volume.dunRule().dunOf(unit),
            place(image, start, unitBytes));
      }
    }
    throw offsetBytes < sidecar.imageBytes()
        ? StackException.fix("no volume holds this offset: offsetBytes=%d", offsetBytes)
        : StackException.fix(
            "offset must lie inside the image: offsetBytes=%d imageBytes=%d",
            offsetBytes, sidecar.imageBytes());
  }

  private static Place place(Path image, long start, int unitBytes) throws StackException {
    try (PosixFile file = PosixFile.openReadOnly(image)) {
      long data = file.seekData(start);
      if (data == PosixFile.NO_DATA || data >= start + unitBytes) {
        return Place.HOLE;
      }
      return data == start && file.seekHole(start) >= start + unitBytes ? Place.DATA : Place.PARTLY;
    } catch (PosixException e) {
      throw new StackException(
          StackException.Category.FIX_CONFIG, "image must be readable: " + e.getMessage(), e);
    }
  }

  /** The data unit number as AES-XTS takes it: 16 bytes, little-endian, in hexadecimal. */
  public String tweak() {
    return HexFormat.of()
        .formatHex(
            ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(dun).putLong(0).array());
  }

  /** First 512-byte sector of the unit, from the image's start. */
  public long firstSector() {
    return unitOffsetBytes / UnitStatistics.SECTOR_BYTES;
  }

  /** Last 512-byte sector of the unit. */
  public long lastSector() {
    return firstSector() + dataUnitBytes / UnitStatistics.SECTOR_BYTES - 1;
  }
}
