package dev.keyslot.app.embed;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * One volume, read and written as NBD clients do, on the calling thread.
 *
 * <p>Any offset and length in bytes; whole data units at their places are fastest. Calls may
 * overlap, from any number of threads: a data unit then holds what one of them wrote. A call that
 * fails may have written a part. Buffers belong to the caller again when a call returns; data is
 * copied once, because the hardware does not reach the heap. Safe from any thread while its image
 * is open; afterwards every call throws {@link IllegalStateException}.
 */
public final class EncryptedVolume {

  private final EncryptedImage image;
  private final Export export;
  private final BufferPool buffers;

  EncryptedVolume(EncryptedImage image, Export export, BufferPool buffers) {
    this.image = image;
    this.export = export;
    this.buffers = buffers;
  }

  /** Its name; empty where an image has one volume without a name. */
  public String name() {
    return export.name();
  }

  public long sizeBytes() {
    return export.sizeBytes();
  }

  /** Bytes encrypted as one: 512 or 4096. */
  public int dataUnitBytes() {
    return export.preferredBlockBytes();
  }

  public boolean readOnly() {
    return export.readOnly();
  }

  /**
   * Fills the rest of {@code into} with what lies at {@code offsetBytes}; blocks.
   *
   * @throws IllegalArgumentException if that is not all within the volume
   * @throws IOException if the medium failed; {@code into} is then partly filled, its position
   *     behind what is good
   */
  public void read(long offsetBytes, ByteBuffer into) throws IOException {
    move(Kind.READ, offsetBytes, into);
  }

  /**
   * Writes the rest of {@code from} at {@code offsetBytes}; blocks. It survives a crash once {@link
   * #flush} has returned.
   *
   * @throws IllegalArgumentException if that is not all within the volume
   * @throws IOException if it is read-only, the medium is full, or it failed; the position of
   *     {@code from} is behind what was written
   */
  public void write(long offsetBytes, ByteBuffer from) throws IOException {
    writable();
    move(Kind.WRITE, offsetBytes, from);
  }

  /** Makes a range read as zeros, and frees its space where the discard policy allows; blocks. */
  public void zero(long offsetBytes, long lengthBytes) throws IOException {
    writable();
    check(offsetBytes, lengthBytes);
    if (lengthBytes > 0) {
      run(new ExportRequest().start(Kind.WRITE_ZEROES, offsetBytes, lengthBytes));
    }
  }

  /**
   * Returns when all writes that returned before are on the medium, from whatever thread, volume or
   * NBD client.
   *
   * @throws IOException if they may not be; every later flush fails as well
   */
  public void flush() throws IOException {
    run(new ExportRequest().start(Kind.FLUSH, 0, 0));
  }

  private void writable() throws IOException {
    if (export.readOnly()) {
      throw new IOException("volume must be open for writing: volume=" + name());
    }
  }

  private void check(long offsetBytes, long lengthBytes) {
    Checks.argument(
        offsetBytes >= 0 && lengthBytes >= 0 && lengthBytes <= sizeBytes() - offsetBytes,
        "range must lie within the volume: offsetBytes=%d lengthBytes=%d sizeBytes=%d",
        offsetBytes,
        lengthBytes,
        sizeBytes());
  }

  /** Piece by piece through one chunk that the hardware reaches. */
  private void move(Kind kind, long offsetBytes, ByteBuffer buffer) throws IOException {
    check(offsetBytes, buffer.remaining());
    image.enter();
    try {
      MemorySegment[] chunk = take();
      try {
        long at = offsetBytes;
        while (buffer.hasRemaining()) {
          at += movePiece(kind, at, buffer, chunk[0]);
        }
      } finally {
        buffers.give(chunk[0]);
      }
    } finally {
      image.leave();
    }
  }

  private int movePiece(Kind kind, long at, ByteBuffer buffer, MemorySegment chunk)
      throws IOException {
    // Pieces end on data units, so that only the first and the last can be partial.
    long room = BufferPool.CHUNK_BYTES - at % dataUnitBytes();
    int now = (int) Math.min(buffer.remaining(), room);
    MemorySegment piece = chunk.asSlice(at % dataUnitBytes(), now);
    ByteBuffer part = buffer.slice(buffer.position(), now);
    if (kind == Kind.WRITE) {
      piece.asByteBuffer().put(part);
    }
    runInside(new ExportRequest().start(kind, at, now).data(piece));
    if (kind == Kind.READ) {
      part.put(piece.asByteBuffer());
    }
    buffer.position(buffer.position() + now);
    return now;
  }

  private MemorySegment[] take() throws IOException {
    MemorySegment[] chunk = new MemorySegment[1];
    try {
      buffers.take(chunk, 1);
      return chunk;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a buffer");
    }
  }

  private void run(ExportRequest request) throws IOException {
    image.enter();
    try {
      runInside(request);
    } finally {
      image.leave();
    }
  }

  private void runInside(ExportRequest request) throws IOException {
    export.run(new ExportRequest[] {request}, 1);
    if (request.error() != NbdError.OK) {
      throw new IOException(
          "%s must succeed: volume=%s offsetBytes=%d lengthBytes=%d error=%s"
              .formatted(
                  request.kind(),
                  name(),
                  request.offsetBytes(),
                  request.lengthBytes(),
                  request.error()));
    }
  }
}
