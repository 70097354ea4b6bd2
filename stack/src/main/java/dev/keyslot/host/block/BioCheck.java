package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.CryptoContext;

/**
 * What a bio must be like before a queue takes it.
 *
 * <p>Behind this door sizes, alignment, range and data unit numbers are right and stay right: a
 * split or a merge keeps them so.
 */
final class BioCheck {

  private BioCheck() {}

  /** OK, or the status the bio is refused with. */
  static BlockStatus check(Bio bio, BlockDevice device) {
    if (bio.sectors() > device.limits().capacitySectors() - bio.sector()) {
      return BlockStatus.IOERR;
    }
    if (!device.supports(bio.operation())) {
      return BlockStatus.NOTSUPP;
    }
    if (!bio.operation().hasData()) {
      return withoutData(bio);
    }
    CryptoContext context = bio.crypto();
    if (context != null && !device.cryptoSupported(context.key().config())) {
      return BlockStatus.NOTSUPP;
    }
    if (!aligned(bio)) {
      return BlockStatus.INVAL;
    }
    return context == null || numbersFit(bio, context) ? BlockStatus.OK : BlockStatus.INVAL;
  }

  private static BlockStatus withoutData(Bio bio) {
    if (bio.crypto() != null) {
      return BlockStatus.IOERR;
    }
    return bio.segmentCount() == 0 ? BlockStatus.OK : BlockStatus.INVAL;
  }

  /** The unit that no split may cut and that offset and length of every segment must respect. */
  static int unitBytes(Bio bio) {
    CryptoContext context = bio.crypto();
    return context == null ? QueueLimits.SECTOR_BYTES : context.key().config().dataUnitBytes();
  }

  /** Whether the memory is exactly as large as the range and made of whole units. */
  static boolean aligned(Bio bio) {
    long lengthUnit = unitBytes(bio);
    long addressUnit = bio.crypto() == null ? 1 : lengthUnit;
    long total = 0;
    for (int i = 0; i < bio.segmentCount(); i++) {
      long bytes = bio.segment(i).byteSize();
      if (bytes == 0 || bytes % lengthUnit != 0 || bio.segment(i).address() % addressUnit != 0) {
        return false;
      }
      total += bytes;
    }
    return total == bio.sectors() * QueueLimits.SECTOR_BYTES;
  }

  /** Whether the last data unit number is within what the key promised. */
  static boolean numbersFit(Bio bio, CryptoContext context) {
    return context.fits(
        bio.sectors() * QueueLimits.SECTOR_BYTES, context.key().config().dunBytes());
  }
}
