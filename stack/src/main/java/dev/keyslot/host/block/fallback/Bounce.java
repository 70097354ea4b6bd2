package dev.keyslot.host.block.fallback;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BioCompletion;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import java.lang.foreign.MemorySegment;

/**
 * A bounce buffer and the bio that writes its ciphertext; used again and again.
 *
 * <p>Belongs to whoever took it from the pool until its bio completes.
 */
final class Bounce {

  private final CryptoFallback owner;
  private final MemorySegment buffer;
  private final Bio bio = new Bio();
  private final BioCompletion completion = this::written;
  private Transfer transfer;

  /** The filled part; kept, as the next write often has the same length. */
  private MemorySegment filled;

  /** The next free one. */
  Bounce next;

  Bounce(CryptoFallback owner, MemorySegment buffer) {
    this.owner = owner;
    this.buffer = buffer;
    filled = buffer;
  }

  MemorySegment buffer() {
    return buffer;
  }

  /** The bio that writes the first {@code bytes} of the buffer for {@code newTransfer}. */
  Bio write(Transfer newTransfer, long sector, long bytes) {
    transfer = newTransfer;
    if (filled.byteSize() != bytes) {
      filled = buffer.asSlice(0, bytes);
    }
    return bio.start(BlockOperation.WRITE, sector, bytes / 512)
        .add(filled)
        .fua(newTransfer.bio().isFua())
        .completion(completion);
  }

  private void written(Bio done, BlockStatus status) {
    Transfer finished = transfer;
    transfer = null;
    owner.written(this, finished, status);
  }
}
