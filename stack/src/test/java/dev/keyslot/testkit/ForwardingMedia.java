package dev.keyslot.testkit;

import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;

/** A medium that passes everything on to another one; what a test spoils it overrides. */
public class ForwardingMedia implements Media {

  protected final Media media;

  /**
   * @param media closed together with this
   */
  public ForwardingMedia(Media media) {
    this.media = media;
  }

  @Override
  public long sizeBytes() {
    return media.sizeBytes();
  }

  @Override
  public MediaOutcome read(long offsetBytes, MemorySegment into) {
    return media.read(offsetBytes, into);
  }

  @Override
  public MediaOutcome write(long offsetBytes, MemorySegment from) {
    return media.write(offsetBytes, from);
  }

  @Override
  public MediaOutcome punch(long offsetBytes, long lengthBytes) {
    return media.punch(offsetBytes, lengthBytes);
  }

  @Override
  public MediaOutcome flush() {
    return media.flush();
  }

  @Override
  public long extent(long offsetBytes) {
    return media.extent(offsetBytes);
  }

  @Override
  public void close() {
    media.close();
  }
}
