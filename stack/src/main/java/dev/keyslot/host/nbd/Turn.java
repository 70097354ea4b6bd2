package dev.keyslot.host.nbd;

import dev.keyslot.base.BufferPool;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * What one reader takes from its client at once: requests, their buffers, and room for the replies.
 *
 * <p>Either up to {@link #REQUESTS_MAX} requests that share one chunk, or one large request whose
 * pieces have a chunk each. Belongs to one reader; reused, allocates nothing once warm.
 */
final class Turn {

  /** As many as a command queue takes at once. */
  static final int REQUESTS_MAX = 31;

  /** Data starts at the same distance from a page as it does in the export. */
  private static final int PAGE_BYTES = 4096;

  private final Chunks pool;
  private final Semaphore share;
  private final Replies replies;
  private final Pending[] pending = new Pending[REQUESTS_MAX];
  private final ExportRequest[] pieces = new ExportRequest[Chunks.PER_TURN_MAX];
  private final Chunk[] chunks = new Chunk[Chunks.PER_TURN_MAX];
  private final MemorySegment[] scratch = new MemorySegment[Chunks.PER_TURN_MAX];

  /** Made for the first BLOCK_STATUS. */
  private ExtentList extents;

  private int pendingCount;
  private int pieceCount;
  private int chunkCount;

  /** Bytes in use at the front of the shared chunk. */
  private long usedBytes;

  private long dataBytes;

  /** A large request, or one whose answer needs the extents, closes the turn. */
  private boolean closed;

  /**
   * An empty turn.
   *
   * @param share what this and the connection's other turn may take of {@code pool} together
   */
  Turn(Chunks pool, Semaphore share) {
    this.pool = pool;
    this.share = share;
    replies = new Replies();
    for (int i = 0; i < pending.length; i++) {
      pending[i] = new Pending();
    }
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = new ExportRequest();
    }
  }

  boolean isEmpty() {
    return pendingCount == 0;
  }

  boolean hasRoom() {
    return pendingCount < REQUESTS_MAX && !closed;
  }

  /** Bytes of data in hand. */
  long dataBytes() {
    return dataBytes;
  }

  int pendingCount() {
    return pendingCount;
  }

  Pending pending(int index) {
    return pending[index];
  }

  int pieceCount() {
    return pieceCount;
  }

  ExportRequest[] pieces() {
    return pieces;
  }

  Replies replies() {
    return replies;
  }

  /** A reply without a question to the export. */
  void refuse(RequestHeader header, Refusal why) {
    pending[pendingCount++].refuse(header, why);
  }

  /** A request without data; one of length 0 is done as it stands. */
  void add(RequestHeader header, NbdCommand command) {
    Pending slot = pending[pendingCount++];
    slot.start(header, command);
    if (command == NbdCommand.FLUSH || header.lengthBytes() > 0) {
      slot.pieces(pieceCount, 1);
      piece(header, command.kind(), header.offsetBytes(), header.lengthBytes());
    }
  }

  /** BLOCK_STATUS; the last of its turn. */
  void addStatus(RequestHeader header, Set<MetaContext> contexts, long lengthBytes)
      throws InterruptedException {
    if (extents == null) {
      extents = new ExtentList();
    }
    extents.clear();
    if (chunkCount == 0) {
      takeChunks(1);
    }
    Pending slot = pending[pendingCount++];
    slot.start(header, NbdCommand.BLOCK_STATUS);
    slot.status(contexts, lengthBytes);
    slot.pieces(pieceCount, 1);
    piece(header, Kind.BLOCK_STATUS, header.offsetBytes(), lengthBytes)
        .extents(extents)
        .oneExtent(header.has(CommandFlag.REQ_ONE));
    closed = true;
  }

  /** Whether a request for data can join this turn; an empty turn takes any. */
  boolean fits(RequestHeader header) {
    return isEmpty()
        || dataStart(header.offsetBytes()) + header.lengthBytes() <= BufferPool.CHUNK_BYTES;
  }

  /** READ or WRITE with its buffers, waiting for chunks if need be; {@link #fits} was asked. */
  void addData(RequestHeader header, NbdCommand command) throws InterruptedException {
    long offset = header.offsetBytes();
    long end = dataStart(offset) + header.lengthBytes();
    if (chunkCount == 0) {
      takeChunks((int) ((end - 1) / BufferPool.CHUNK_BYTES) + 1);
    }
    Pending slot = pending[pendingCount++];
    slot.start(header, command);
    slot.pieces(pieceCount, chunkCount);
    long at = dataStart(offset);
    long left = header.lengthBytes();
    for (int i = 0; i < chunkCount; i++) {
      long now = Math.min(left, BufferPool.CHUNK_BYTES - at);
      piece(header, command.kind(), offset, now).data(chunks[i].slice(at, now));
      offset += now;
      left -= now;
      usedBytes = at + now;
      at = 0;
    }
    dataBytes += header.lengthBytes();
    closed = chunkCount > 1;
  }

  /** For the socket: the bytes of a piece that carries data. */
  ByteBuffer view(int piece, long at, long count) {
    Chunk chunk = chunks[chunkCount > 1 ? piece : 0];
    long start = pieces[piece].data().address() - chunk.memory().address();
    return chunk.view(start + at, count);
  }

  /** For the socket: the part of the shared chunk that no data uses. */
  ByteBuffer spareView() {
    return chunks[0].view(usedBytes, BufferPool.CHUNK_BYTES - usedBytes);
  }

  /** Room that BLOCK_STATUS needs for its answer. */
  boolean hasSpare(long bytes) {
    return BufferPool.CHUNK_BYTES - usedBytes >= bytes;
  }

  /** Views were sent and can be given out again. */
  void reuseViews() {
    for (int i = 0; i < chunkCount; i++) {
      chunks[i].reuseViews();
    }
  }

  /** Has the export do what was gathered. */
  void run(Export export) {
    if (pieceCount > 0) {
      export.run(pieces, pieceCount);
    }
  }

  /** The request added last never came whole: it is neither run nor replied to. */
  void forgetLast() {
    pendingCount--;
    pieceCount = pending[pendingCount].firstPiece();
  }

  /** Gives the chunks back; the turn is empty again. */
  void clear() {
    if (chunkCount > 0) {
      pool.give(share, chunks, chunkCount);
    }
    chunkCount = 0;
    pendingCount = 0;
    pieceCount = 0;
    usedBytes = 0;
    dataBytes = 0;
    closed = false;
  }

  private ExportRequest piece(RequestHeader header, Kind kind, long offset, long length) {
    return pieces[pieceCount++]
        .start(kind, offset, length)
        .fua(header.has(CommandFlag.FUA))
        .noHole(header.has(CommandFlag.NO_HOLE))
        .fastZero(header.has(CommandFlag.FAST_ZERO));
  }

  private void takeChunks(int count) throws InterruptedException {
    pool.take(share, chunks, scratch, count);
    chunkCount = count;
  }

  private long dataStart(long offsetBytes) {
    long pages = (usedBytes + PAGE_BYTES - 1) / PAGE_BYTES;
    return pages * PAGE_BYTES + offsetBytes % PAGE_BYTES;
  }
}
