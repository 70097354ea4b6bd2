package dev.keyslot.host.volume;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.QueueLimits;

/**
 * The facts of one volume.
 *
 * @param name export name
 * @param description one line for humans
 * @param firstSector where the volume starts on the card, in 512-byte sectors
 * @param sizeBytes size; a multiple of the data unit
 * @param dataUnitBytes 512 or 4096
 * @param dunRule how data units are numbered, counted from the volume's start
 * @param readOnly whether the volume may be written
 * @param discard what TRIM and zeroing do
 */
public record VolumeSpec(
    String name,
    String description,
    long firstSector,
    long sizeBytes,
    int dataUnitBytes,
    DunRule dunRule,
    boolean readOnly,
    DiscardPolicy discard) {

  public VolumeSpec {
    Checks.argument(
        dataUnitBytes == 512 || dataUnitBytes == 4096,
        "data unit size must be 512 or 4096: dataUnitBytes=%d",
        dataUnitBytes);
    Checks.argument(
        sizeBytes > 0 && sizeBytes % dataUnitBytes == 0,
        "volume size must be a positive multiple of the data unit: sizeBytes=%d dataUnitBytes=%d",
        sizeBytes,
        dataUnitBytes);
    Checks.argument(
        firstSector >= 0 && firstSector % (dataUnitBytes / QueueLimits.SECTOR_BYTES) == 0,
        "volume must start on a data unit: firstSector=%d dataUnitBytes=%d",
        firstSector,
        dataUnitBytes);
  }
}
