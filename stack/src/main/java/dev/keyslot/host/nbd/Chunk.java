package dev.keyslot.host.nbd;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A chunk of the pool with the views that requests and replies need of it, made once and kept.
 *
 * <p>Belongs to the turn that took it.
 */
final class Chunk {

  /** Slices in one turn: each request has at most one in a chunk. */
  private static final int SLICES = Turn.REQUESTS_MAX;

  private final MemorySegment memory;
  private final MemorySegment[] slices = new MemorySegment[SLICES];
  private final ByteBuffer[] views = new ByteBuffer[Replies.GATHER_MAX];
  private int slicesUsed;
  private int viewsUsed;

  Chunk(MemorySegment memory) {
    this.memory = memory;
  }

  MemorySegment memory() {
    return memory;
  }

  /** A new owner: earlier slices and views are no longer in use. */
  void reuse() {
    slicesUsed = 0;
    viewsUsed = 0;
  }

  /** Views given out so far are no longer in use. */
  void reuseViews() {
    viewsUsed = 0;
  }

  /** Bytes {@code at} to {@code at + count}; the one from last time if it is the same. */
  MemorySegment slice(long at, long count) {
    MemorySegment known = slices[slicesUsed];
    if (known == null || known.byteSize() != count || known.address() - memory.address() != at) {
      known = memory.asSlice(at, count);
      slices[slicesUsed] = known;
    }
    slicesUsed++;
    return known;
  }

  /** Bytes {@code at} to {@code at + count} for the socket. */
  ByteBuffer view(long at, long count) {
    ByteBuffer view = views[viewsUsed];
    if (view == null) {
      view = memory.asByteBuffer();
      views[viewsUsed] = view;
    }
    viewsUsed++;
    return view.limit((int) (at + count)).position((int) at);
  }
}
