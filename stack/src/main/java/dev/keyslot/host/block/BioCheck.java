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
    if (!bio.isAligned()) {
      return BlockStatus.INVAL;
    }
    return bio.numbersFit() ? BlockStatus.OK : BlockStatus.INVAL;
  }

  private static BlockStatus withoutData(Bio bio) {
    if (bio.crypto() != null) {
      return BlockStatus.IOERR;
    }
    return bio.segmentCount() == 0 ? BlockStatus.OK : BlockStatus.INVAL;
  }
}
