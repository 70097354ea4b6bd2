package dev.keyslot.host.volume;

import dev.keyslot.base.Drive;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.nbd.ExportRequest;

/**
 * The requests that one thread started together and waits for; reused, so that nothing is allocated
 * per request.
 */
final class VolumeTurn extends Drive.Turn {

  private final Volume volume;
  private final Plug plug = new Plug();
  private final VolumeOp[] ops;

  VolumeTurn(Volume volume, int requestsMax) {
    this.volume = volume;
    ops = new VolumeOp[requestsMax];
    for (int i = 0; i < requestsMax; i++) {
      ops[i] = new VolumeOp(volume, this);
    }
  }

  /**
   * Starts {@code count} requests from index {@code first} on: plugged, so that one doorbell rings
   * for all.
   */
  void start(ExportRequest[] requests, int first, int count) {
    begin(count);
    for (int i = 0; i < count; i++) {
      ops[i].start(requests[first + i], plug);
    }
    volume.device().finish(plug);
  }
}
