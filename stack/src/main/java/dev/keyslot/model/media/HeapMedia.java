package dev.keyslot.model.media;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/** A sparse medium on the Java heap, for tests and small areas; durable as long as the process. */
public final class HeapMedia implements Media {

  private static final int BLOCK_BYTES = BlockMap.BLOCK_BYTES;

  private final long sizeBytes;
  private final BlockMap map;
  private final ConcurrentHashMap<Long, byte[]> blocks = new ConcurrentHashMap<>();

  public HeapMedia(long sizeBytes) {
    this.sizeBytes = sizeBytes;
    map = new BlockMap(sizeBytes);
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public MediaOutcome read(long offsetBytes, MemorySegment into) {
    long length = into.byteSize();
    if (map.isHole(offsetBytes, length)) {
      return MediaOutcome.HOLE;
    }
    for (long at = 0; at < length; ) {
      long position = offsetBytes + at;
      int within = (int) (position % BLOCK_BYTES);
      int part = (int) Math.min(BLOCK_BYTES - within, length - at);
      byte[] block = blocks.get(position / BLOCK_BYTES);
      if (block == null) {
        into.asSlice(at, part).fill((byte) 0);
      } else {
        MemorySegment.copy(block, within, into, ValueLayout.JAVA_BYTE, at, part);
      }
      at += part;
    }
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome write(long offsetBytes, MemorySegment from) {
    long length = from.byteSize();
    map.mark(offsetBytes, length);
    for (long at = 0; at < length; ) {
      long position = offsetBytes + at;
      int within = (int) (position % BLOCK_BYTES);
      int part = (int) Math.min(BLOCK_BYTES - within, length - at);
      byte[] block = blocks.computeIfAbsent(position / BLOCK_BYTES, _ -> new byte[BLOCK_BYTES]);
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, at, block, within, part);
      at += part;
    }
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome punch(long offsetBytes, long lengthBytes) {
    for (long at = 0; at < lengthBytes; ) {
      long position = offsetBytes + at;
      int within = (int) (position % BLOCK_BYTES);
      int part = (int) Math.min(BLOCK_BYTES - within, lengthBytes - at);
      if (part == BLOCK_BYTES) {
        blocks.remove(position / BLOCK_BYTES);
      } else {
        byte[] block = blocks.get(position / BLOCK_BYTES);
        if (block != null) {
          Arrays.fill(block, within, within + part, (byte) 0);
        }
      }
      at += part;
    }
    map.clear(offsetBytes, lengthBytes, sizeBytes);
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome flush() {
    return MediaOutcome.DONE;
  }

  @Override
  public long extent(long offsetBytes) {
    return map.extent(offsetBytes, sizeBytes);
  }

  @Override
  public void close() {
    blocks.clear();
  }
}
