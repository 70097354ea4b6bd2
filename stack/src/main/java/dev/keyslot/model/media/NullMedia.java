package dev.keyslot.model.media;

import java.lang.foreign.MemorySegment;

/** A medium that forgets everything at once: for benches of the rooms above. */
public final class NullMedia implements Media {

  private final long sizeBytes;

  public NullMedia(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public MediaOutcome read(long offsetBytes, MemorySegment into) {
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome write(long offsetBytes, MemorySegment from) {
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome punch(long offsetBytes, long lengthBytes) {
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome flush() {
    return MediaOutcome.DONE;
  }

  @Override
  public long extent(long offsetBytes) {
    return sizeBytes - offsetBytes;
  }

  @Override
  public void close() {}
}
