package dev.keyslot.host.block.fallback;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BioCompletion;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoContext;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An encrypted bio on its way through the fallback: how far it is, how many parts are under way,
 * and what went wrong first.
 *
 * <p>Progress belongs to one thread at a time; parts come back from any.
 */
final class Transfer {

  private final CryptoFallback owner;
  private final Bio read = new Bio();
  private final BioCompletion completion = this::wasRead;

  /** Where the next byte to be encrypted stands. */
  private final CryptoContext position = new CryptoContext();

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicReference<BlockStatus> status = new AtomicReference<>(BlockStatus.OK);
  private Bio bio;
  private int segment;
  private long segmentOffset;
  private long doneBytes;

  /** The next free one. */
  Transfer next;

  Transfer(CryptoFallback owner) {
    this.owner = owner;
  }

  /** Begins with the owner's bio; one part is open: the progress itself. */
  void begin(Bio original) {
    bio = original;
    position.copyFrom(original.crypto());
    open.set(1);
    status.set(BlockStatus.OK);
    segment = 0;
    segmentOffset = 0;
    doneBytes = 0;
  }

  Bio bio() {
    return bio;
  }

  CryptoContext position() {
    return position;
  }

  long leftBytes() {
    return bio.sectors() * 512 - doneBytes;
  }

  /** The sector that the next byte belongs to. */
  long sector() {
    return bio.sector() + doneBytes / 512;
  }

  int segment() {
    return segment;
  }

  long segmentOffset() {
    return segmentOffset;
  }

  /** The next {@code bytes}, all within the present segment, are done. */
  void advance(long bytes) {
    position.advance(bytes);
    doneBytes += bytes;
    segmentOffset += bytes;
    if (segmentOffset == bio.segment(segment).byteSize()) {
      segment++;
      segmentOffset = 0;
    }
  }

  /** One more part is under way. */
  void partBegins() {
    open.incrementAndGet();
  }

  /** A part is done; true for the last. */
  boolean partEnds(BlockStatus outcome) {
    if (!outcome.ok()) {
      status.compareAndSet(BlockStatus.OK, outcome);
    }
    return open.decrementAndGet() == 0;
  }

  BlockStatus status() {
    return status.get();
  }

  /** A bio without context that reads ciphertext into the owner's memory. */
  Bio read() {
    read.start(BlockOperation.READ, bio.sector(), bio.sectors());
    for (int i = 0; i < bio.segmentCount(); i++) {
      read.add(bio.segment(i));
    }
    return read.completion(completion);
  }

  private void wasRead(Bio done, BlockStatus outcome) {
    owner.wasRead(this, outcome);
  }
}
