package dev.keyslot.host.nbd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Writes the replies of a turn in the style that was agreed.
 *
 * <p>Stateless but for the session: both readers of a connection use one.
 */
final class ReplyEncoder {

  private static final byte[] NO_TEXT = {};

  private static final int SIMPLE_HEAD_BYTES = 16;

  /** The longer, extended chunk header with the fixed fields of any chunk. */
  private static final int CHUNK_HEAD_BYTES = 32 + 16;

  /** OFFSET_DATA and OFFSET_HOLE begin with where they belong. */
  private static final int OFFSET_BYTES = Long.BYTES;

  /** ERROR: number and length of the text. */
  private static final int ERROR_BYTES = Integer.BYTES + Short.BYTES;

  private final Session session;

  ReplyEncoder(Session session) {
    this.session = session;
  }

  /** Sends the replies to everything in {@code turn}; its requests are done. */
  void send(Turn turn, Outlet outlet) throws IOException {
    Replies replies = turn.replies();
    replies.open(turn, outlet);
    try {
      for (int i = 0; i < turn.pendingCount(); i++) {
        reply(turn, turn.pending(i), replies);
      }
      replies.finish();
    } finally {
      replies.leave();
    }
  }

  private void reply(Turn turn, Pending request, Replies to) throws IOException {
    ExportRequest failed = request.failure(turn.pieces());
    boolean fine = failed == null && request.refusal() == null;
    if (session.style() == ReplyStyle.SIMPLE) {
      simple(turn, request, failed, to);
    } else if (!fine) {
      error(request, failed, to);
    } else if (request.command() == NbdCommand.READ && request.lengthBytes() > 0) {
      read(turn, request, to);
    } else if (request.command() == NbdCommand.BLOCK_STATUS) {
      status(turn, request, to);
    } else if (session.style() == ReplyStyle.STRUCTURED && request.command() != NbdCommand.READ) {
      simple(turn, request, failed, to); // a client takes it with one system call less
    } else {
      chunk(to.head(CHUNK_HEAD_BYTES), request, ChunkType.NONE, true, 0);
    }
  }

  private void simple(Turn turn, Pending request, ExportRequest failed, Replies to)
      throws IOException {
    NbdError error = NbdError.OK;
    if (request.refusal() != null) {
      error = request.refusal().error();
    } else if (failed != null) {
      error = failed.error();
    }
    to.head(SIMPLE_HEAD_BYTES)
        .putInt(Wire.SIMPLE_REPLY_MAGIC)
        .putInt(error.wireValue())
        .putLong(request.cookie());
    if (error == NbdError.OK && request.command() == NbdCommand.READ) {
      allData(turn, request, to);
    }
  }

  private void error(Pending request, ExportRequest failed, Replies to) throws IOException {
    Refusal refusal = request.refusal();
    byte[] text = refusal == null ? NO_TEXT : refusal.text();
    NbdError error = refusal == null ? failed.error() : refusal.error();
    boolean offset = failed != null && failed.errorOffsetBytes() >= 0;
    int length = ERROR_BYTES + text.length + (offset ? OFFSET_BYTES : 0);
    ByteBuffer head = to.head(CHUNK_HEAD_BYTES + length);
    chunk(head, request, offset ? ChunkType.ERROR_OFFSET : ChunkType.ERROR, true, length);
    head.putInt(error.wireValue()).putShort((short) text.length).put(text);
    if (offset) {
      head.putLong(failed.errorOffsetBytes());
    }
  }

  private void read(Turn turn, Pending request, Replies to) throws IOException {
    if (request.whole()) {
      dataHead(to, request, request.offsetBytes(), request.lengthBytes(), true);
      allData(turn, request, to);
      return;
    }
    int last = request.firstPiece() + request.pieces() - 1;
    for (int i = request.firstPiece(); i <= last; i++) {
      ExportRequest piece = turn.pieces()[i];
      if (piece.lengthBytes() < ZeroRuns.RUN_BYTES_MIN) {
        dataHead(to, request, piece.offsetBytes(), piece.lengthBytes(), i == last);
        to.data(turn.view(i, 0, piece.lengthBytes()));
      } else {
        dataAndHoles(turn, request, i, i == last, to);
      }
    }
  }

  /** One piece of a READ, its long runs of zeros as holes. */
  private void dataAndHoles(Turn turn, Pending request, int index, boolean last, Replies to)
      throws IOException {
    ExportRequest piece = turn.pieces()[index];
    MemorySegment data = piece.data();
    long size = data.byteSize();
    long at = 0;
    while (at < size) {
      long hole = ZeroRuns.next(data, at);
      if (hole > at) {
        dataHead(to, request, piece.offsetBytes() + at, hole - at, last && hole == size);
        to.data(turn.view(index, at, hole - at));
      }
      at = hole;
      if (hole < size) {
        at = ZeroRuns.end(data, hole);
        ByteBuffer head = to.head(CHUNK_HEAD_BYTES);
        int length = OFFSET_BYTES + Integer.BYTES;
        chunk(head, request, ChunkType.OFFSET_HOLE, last && at == size, length);
        head.putLong(piece.offsetBytes() + hole).putInt((int) (at - hole));
      }
    }
  }

  private void dataHead(Replies to, Pending request, long offset, long length, boolean done)
      throws IOException {
    ByteBuffer head = to.head(CHUNK_HEAD_BYTES);
    chunk(head, request, ChunkType.OFFSET_DATA, done, OFFSET_BYTES + length);
    head.putLong(offset);
  }

  private static void allData(Turn turn, Pending request, Replies to) throws IOException {
    int end = request.firstPiece() + request.pieces();
    for (int i = request.firstPiece(); i < end; i++) {
      to.data(turn.view(i, 0, turn.pieces()[i].lengthBytes()));
    }
  }

  private void status(Turn turn, Pending request, Replies to) throws IOException {
    ExportRequest piece = turn.pieces()[request.firstPiece()];
    ByteBuffer room = turn.spareView();
    int left = request.contexts().size();
    for (MetaContext context : request.contexts()) {
      left--;
      int start = room.position();
      if (session.style() == ReplyStyle.EXTENDED) {
        putExtended(room, context, piece);
      } else {
        putCompact(room, context, piece);
      }
      int length = room.position() - start;
      chunk(to.head(CHUNK_HEAD_BYTES), request, statusType(), left == 0, length);
      to.data(room.duplicate().flip().position(start));
    }
  }

  private ChunkType statusType() {
    return session.style() == ReplyStyle.EXTENDED
        ? ChunkType.BLOCK_STATUS_EXT
        : ChunkType.BLOCK_STATUS;
  }

  private void putCompact(ByteBuffer to, MetaContext context, ExportRequest piece) {
    to.putInt(context.id());
    ExtentList extents = piece.extents();
    long left = piece.lengthBytes();
    for (int i = 0; i < extents.count() && left > 0; i++) {
      long now = Math.min(left, extents.lengthBytes(i));
      to.putInt((int) now).putInt(context.status(session.export(), extents.hole(i)));
      left = piece.oneExtent() ? 0 : left - now;
    }
  }

  private void putExtended(ByteBuffer to, MetaContext context, ExportRequest piece) {
    int head = to.position();
    to.putInt(context.id()).putInt(0);
    ExtentList extents = piece.extents();
    long left = piece.lengthBytes();
    int count = 0;
    for (int i = 0; i < extents.count() && left > 0; i++) {
      long now = Math.min(left, extents.lengthBytes(i));
      to.putLong(now)
          .putLong(Integer.toUnsignedLong(context.status(session.export(), extents.hole(i))));
      left = piece.oneExtent() ? 0 : left - now;
      count++;
    }
    to.putInt(head + Integer.BYTES, count);
  }

  private void chunk(
      ByteBuffer head, Pending request, ChunkType type, boolean done, long lengthBytes) {
    boolean extended = session.style() == ReplyStyle.EXTENDED;
    head.putInt(extended ? Wire.EXTENDED_REPLY_MAGIC : Wire.STRUCTURED_REPLY_MAGIC);
    head.putShort((short) (done ? Wire.DONE.set32(0) : 0));
    head.putShort((short) type.wireValue());
    head.putLong(request.cookie());
    if (extended) {
      head.putLong(request.offsetBytes()).putLong(lengthBytes);
    } else {
      head.putInt((int) lengthBytes);
    }
  }
}
