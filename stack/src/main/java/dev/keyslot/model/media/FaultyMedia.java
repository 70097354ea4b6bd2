package dev.keyslot.model.media;

import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A medium that misbehaves as a plan says. Safe from any thread. */
public final class FaultyMedia implements Media {

  private static final int SECTOR_BYTES = 512;

  private final Media media;
  private final FaultPlan plan;
  private volatile boolean flushFailed;

  public FaultyMedia(Media media, FaultPlan plan) {
    this.media = media;
    this.plan = plan;
  }

  @Override
  public long sizeBytes() {
    return media.sizeBytes();
  }

  @Override
  public MediaOutcome read(long offsetBytes, MemorySegment into) {
    long sector = offsetBytes / SECTOR_BYTES;
    if (plan.strikes(FaultPoint.MEDIA_UNREADABLE, sector)) {
      return MediaOutcome.FAILED;
    }
    MediaOutcome outcome = media.read(offsetBytes, into);
    if (outcome == MediaOutcome.DONE && plan.strikes(FaultPoint.MEDIA_BIT_FLIP, sector)) {
      long at = plan.pick((int) into.byteSize());
      byte old = into.get(ValueLayout.JAVA_BYTE, at);
      into.set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ 1));
    }
    return outcome;
  }

  @Override
  public MediaOutcome write(long offsetBytes, MemorySegment from) {
    long sector = offsetBytes / SECTOR_BYTES;
    if (plan.strikes(FaultPoint.MEDIA_FULL, sector)) {
      return MediaOutcome.FULL;
    }
    if (plan.strikes(FaultPoint.MEDIA_WRITE_FAILS, sector)) {
      return MediaOutcome.FAILED;
    }
    if (plan.strikes(FaultPoint.MEDIA_WRITE_LOST, sector)) {
      return MediaOutcome.DONE;
    }
    if (plan.strikes(FaultPoint.MEDIA_TORN, sector)) {
      return writeTorn(offsetBytes, from);
    }
    boolean room = offsetBytes + from.byteSize() + SECTOR_BYTES <= sizeBytes();
    if (room && plan.strikes(FaultPoint.MEDIA_WRITE_MISPLACED, sector)) {
      return media.write(offsetBytes + SECTOR_BYTES, from);
    }
    return media.write(offsetBytes, from);
  }

  /** The last sector keeps its second half. */
  private MediaOutcome writeTorn(long offsetBytes, MemorySegment from) {
    try (Arena arena = Arena.ofConfined()) {
      long length = from.byteSize();
      long cut = length - SECTOR_BYTES / 2;
      MemorySegment mixed = arena.allocate(length);
      media.read(offsetBytes, mixed);
      MemorySegment.copy(from, 0, mixed, 0, cut);
      return media.write(offsetBytes, mixed);
    }
  }

  @Override
  public MediaOutcome punch(long offsetBytes, long lengthBytes) {
    boolean fails = plan.strikes(FaultPoint.MEDIA_WRITE_FAILS, offsetBytes / SECTOR_BYTES);
    return fails ? MediaOutcome.FAILED : media.punch(offsetBytes, lengthBytes);
  }

  @Override
  public MediaOutcome flush() {
    if (flushFailed || plan.strikes(FaultPoint.FLUSH_FAILS)) {
      flushFailed = true;
      return MediaOutcome.FAILED;
    }
    return plan.strikes(FaultPoint.FLUSH_LIES) ? MediaOutcome.DONE : media.flush();
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
