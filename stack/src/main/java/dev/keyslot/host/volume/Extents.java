package dev.keyslot.host.volume;

import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExtentList;
import dev.keyslot.host.nbd.NbdError;

/** Answers BLOCK_STATUS from what the card says of its holes. */
final class Extents {

  private Extents() {}

  /** Fills the request's list with extents from its offset on, clipped to its range. */
  static NbdError answer(Volume volume, ExportRequest request) {
    ExtentList list = request.extents();
    list.clear();
    long at = request.offsetBytes();
    long end = at + request.lengthBytes();
    while (at < end) {
      long sector = volume.sectorOf(at);
      long extent = volume.device().extent(sector);
      boolean hole = extent < 0;
      long extentEnd =
          at / QueueLimits.SECTOR_BYTES * QueueLimits.SECTOR_BYTES
              + Math.abs(extent) * QueueLimits.SECTOR_BYTES;
      if (request.oneExtent() && list.count() == 1 && list.hole(0) != hole) {
        break;
      }
      if (!list.add(Math.min(end, extentEnd) - at, hole)) {
        break;
      }
      at = Math.min(end, extentEnd);
    }
    return NbdError.OK;
  }
}
