package dev.keyslot.model.media;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which 4 KiB blocks of a medium may hold data: one bit each, never too few bits.
 *
 * <p>A bit is set before the first byte of its block is written, and cleared after a whole block
 * was punched. Safe from any thread; calls for one block are ordered by the caller. Takes 1 byte of
 * heap per 32 KiB of medium.
 */
final class BlockMap {

  static final int BLOCK_BYTES = 4096;

  private static final int WORD_BLOCKS = Long.SIZE;

  private final long blocks;
  private final AtomicLongArray words;

  BlockMap(long sizeBytes) {
    blocks = (sizeBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    words = new AtomicLongArray(Math.toIntExact((blocks + WORD_BLOCKS - 1) / WORD_BLOCKS));
  }

  /** Every block the range touches may hold data from now on. */
  void mark(long offsetBytes, long lengthBytes) {
    change(offsetBytes / BLOCK_BYTES, end(offsetBytes + lengthBytes), true);
  }

  /** Every block that lies wholly inside the range is a hole from now on. */
  void clear(long offsetBytes, long lengthBytes, long mediaBytes) {
    long endBytes = offsetBytes + lengthBytes;
    // The last block of the medium may be cut off: then reaching the end is enough.
    long last = endBytes >= mediaBytes ? end(endBytes) : endBytes / BLOCK_BYTES;
    change(end(offsetBytes), last, false);
  }

  /** Whether no block of the range holds data. */
  boolean isHole(long offsetBytes, long lengthBytes) {
    long first = offsetBytes / BLOCK_BYTES;
    long last = end(offsetBytes + lengthBytes);
    return runEnd(first, last, false) >= last;
  }

  /** As {@link Media#extent}. */
  long extent(long offsetBytes, long mediaBytes) {
    long first = offsetBytes / BLOCK_BYTES;
    boolean data = isSet(first);
    long endBytes = Math.min(mediaBytes, runEnd(first, blocks, data) * BLOCK_BYTES);
    return data ? endBytes - offsetBytes : offsetBytes - endBytes;
  }

  private boolean isSet(long block) {
    return (words.get((int) (block / WORD_BLOCKS)) & 1L << block) != 0;
  }

  /**
   * First block at or after {@code from} whose bit differs from {@code set}; at most {@code to}.
   */
  private long runEnd(long from, long to, boolean set) {
    long block = from;
    while (block < to) {
      long word = words.get((int) (block / WORD_BLOCKS));
      long differing = (set ? ~word : word) & -1L << block;
      if (differing != 0) {
        long found = block / WORD_BLOCKS * WORD_BLOCKS + Long.numberOfTrailingZeros(differing);
        return Math.min(found, to);
      }
      block = (block / WORD_BLOCKS + 1) * WORD_BLOCKS;
    }
    return to;
  }

  private void change(long from, long to, boolean set) {
    long block = from;
    while (block < to) {
      long wordEnd = Math.min(to, (block / WORD_BLOCKS + 1) * WORD_BLOCKS);
      long bits = -1L >>> (WORD_BLOCKS - (wordEnd - block)) << block;
      int index = (int) (block / WORD_BLOCKS);
      long word = words.get(index);
      if (set && (word & bits) != bits) {
        words.getAndAccumulate(index, bits, (a, b) -> a | b);
      } else if (!set && (word & bits) != 0) {
        words.getAndAccumulate(index, ~bits, (a, b) -> a & b);
      }
      block = wordEnd;
    }
  }

  private static long end(long bytes) {
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  }
}
