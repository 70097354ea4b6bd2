package dev.keyslot.conformance;

import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;

/** An export of any size that is one hole and stays one. */
record HollowExport(String name, long sizeBytes) implements Export {

  @Override
  public String description() {
    return "";
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public int minimumBlockBytes() {
    return 1;
  }

  @Override
  public int preferredBlockBytes() {
    return 4096;
  }

  @Override
  public boolean supports(ExportRequest.Kind kind) {
    return true;
  }

  @Override
  public boolean fastZero() {
    return true;
  }

  /** Extents reach to the end of the export, whatever was asked for. */
  @Override
  public void run(ExportRequest[] requests, int count) {
    for (int i = 0; i < count; i++) {
      ExportRequest request = requests[i];
      switch (request.kind()) {
        case READ -> request.data().fill((byte) 0);
        case BLOCK_STATUS -> request.extents().add(sizeBytes - request.offsetBytes(), true);
        case WRITE, FLUSH, TRIM, WRITE_ZEROES, CACHE -> {}
      }
      request.done(NbdError.OK);
    }
  }
}
