package dev.keyslot.host.nbd;

import dev.keyslot.base.metrics.RoomProbe;
import dev.keyslot.base.metrics.RoomProbe.Room;
import java.io.IOException;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The transmission phase of one connection: gathers requests into turns, has the export do them,
 * sends the replies.
 *
 * <p>{@link #gather} belongs to the holder of the read role; {@link #carryOut} may run on two
 * threads at once, each with its own turn.
 */
final class Transmission {

  /** Requests up to this size are gathered; the payload of a larger write is received in place. */
  static final int SMALL_BYTES_MAX = 32 << 10;

  /**
   * What may take only so long.
   *
   * @param stall a MiB of payload that is being received
   * @param idle the wait for a request
   */
  record Times(Deadline stall, Deadline idle) {}

  private final Session session;
  private final Inbox inbox;
  private final Outlet outlet;
  private final Times times;
  private final Ledger ledger;
  private final RequestRules rules;
  private final ReplyEncoder encoder;
  private final RequestHeader header = new RequestHeader();
  private final int headerBytes;

  /** Why no more requests are read; null while they are. Guarded by the read role. */
  private String ended;

  /** Whether the last request of the turn is a large write. Guarded by the read role. */
  private boolean bulk;

  Transmission(
      Session session,
      Inbox inbox,
      Outlet outlet,
      Times times,
      Ledger ledger,
      BooleanSupplier shuttingDown) {
    this.ledger = ledger;
    this.session = session;
    this.inbox = inbox;
    this.outlet = outlet;
    this.times = times;
    rules = new RequestRules(session, shuttingDown);
    encoder = new ReplyEncoder(session);
    headerBytes = session.style().requestHeaderBytes();
  }

  /** Why no more requests are read; null while they are. */
  String ended() {
    return ended;
  }

  /**
   * Fills {@code turn} with what has come, waiting for the first request only.
   *
   * <p>Leaves an empty turn only if {@link #ended}.
   */
  void gather(Turn turn) throws IOException, InterruptedException {
    bulk = false;
    while (ended == null && turn.hasRoom()) {
      if (inbox.available() < headerBytes) {
        if (!turn.isEmpty()) {
          return;
        }
        if (!awaitHeader()) {
          return;
        }
      }
      header.decode(inbox, session.style());
      if (header.magic() != requestMagic()) {
        ended = "bad request magic 0x%08x".formatted(header.magic());
      } else if (!admit(turn)) {
        return;
      }
    }
  }

  /** Runs the requests of {@code turn} and replies to all of them. */
  void carryOut(Turn turn) throws IOException {
    long start = ledger.now();
    RoomProbe.enter(Room.NBD, turn.pendingCount(), RoomProbe.NO_SLOT);
    turn.run(session.export());
    encoder.send(turn, outlet);
    RoomProbe.leave(Room.NBD, turn.pendingCount(), RoomProbe.NO_SLOT);
    ledger.turn(turn, start);
  }

  private boolean awaitHeader() throws IOException {
    times.idle().start();
    try {
      if (inbox.require(headerBytes)) {
        return true;
      }
    } finally {
      times.idle().stop();
    }
    ended = inbox.available() == 0 ? "closed by peer" : "closed by peer inside a request";
    return false;
  }

  private int requestMagic() {
    return session.style() == ReplyStyle.EXTENDED
        ? Wire.EXTENDED_REQUEST_MAGIC
        : Wire.REQUEST_MAGIC;
  }

  /** Takes the request at the front of the inbox, or leaves it for the next turn. */
  private boolean admit(Turn turn) throws IOException, InterruptedException {
    Verdict verdict = rules.judge(header); // a switch over types would delay a server's first reply
    return verdict instanceof NbdCommand command
        ? admit(turn, command)
        : refuse(turn, (Refusal) verdict);
  }

  private boolean admit(Turn turn, NbdCommand command) throws IOException, InterruptedException {
    return switch (command) {
      case READ -> read(turn);
      case WRITE -> write(turn);
      case DISC -> {
        ended = "disconnect";
        yield false;
      }
      case BLOCK_STATUS -> status(turn);
      case FLUSH, TRIM, CACHE, WRITE_ZEROES -> {
        inbox.expect(false);
        inbox.skip(headerBytes);
        turn.add(header, command);
        yield true;
      }
    };
  }

  private boolean refuse(Turn turn, Refusal why) throws IOException {
    long payload = header.payloadBytes(session.style());
    if (payload < 0 || payload > NbdLimits.PAYLOAD_DRAIN_BYTES_MAX) {
      ended =
          "payload must be at most %d bytes: payloadBytes=%s"
              .formatted(NbdLimits.PAYLOAD_DRAIN_BYTES_MAX, Long.toUnsignedString(payload));
      return false;
    }
    if (!turn.isEmpty() && payload > inbox.available() - headerBytes) {
      return false; // what is in hand must not wait for it
    }
    inbox.skip(headerBytes);
    if (!inbox.drain(payload)) {
      ended = "closed by peer inside a payload";
      return false;
    }
    turn.refuse(header, why);
    return true;
  }

  private boolean read(Turn turn) throws InterruptedException {
    inbox.expect(false);
    if (header.lengthBytes() == 0) {
      turn.add(header, NbdCommand.READ);
    } else if (turn.fits(header)) {
      turn.addData(header, NbdCommand.READ);
    } else {
      return false;
    }
    inbox.skip(headerBytes);
    return true;
  }

  private boolean write(Turn turn) throws IOException, InterruptedException {
    long length = header.lengthBytes();
    if (length == 0) {
      inbox.skip(headerBytes);
      turn.add(header, NbdCommand.WRITE);
      return true;
    }
    boolean small = length <= SMALL_BYTES_MAX;
    inbox.expect(!small);
    if (!turn.isEmpty() && (!turn.fits(header) || !comes(length, small))) {
      return false;
    }
    // A small payload is awaited here, without a chunk; a large one is received into chunks.
    if (small && !inbox.require((int) (headerBytes + length))) {
      ended = "closed by peer inside a payload";
      return false;
    }
    inbox.skip(headerBytes);
    int first = turn.pieceCount();
    turn.addData(header, NbdCommand.WRITE);
    bulk = !small;
    return receive(turn, first);
  }

  /**
   * Whether what is in hand may wait for a payload: it is here, or it is one more of a run of large
   * ones and on its way.
   */
  private boolean comes(long length, boolean small) {
    int here = inbox.available() - headerBytes;
    return here >= length || (bulk && !small && here > 0);
  }

  private boolean receive(Turn turn, int first) throws IOException {
    for (int i = first; i < turn.pieceCount(); i++) {
      ExportRequest piece = turn.pieces()[i];
      times.stall().start();
      try {
        if (!inbox.receive(piece.data(), turn.view(i, 0, piece.lengthBytes()))) {
          ended = "closed by peer inside a payload";
          turn.forgetLast();
          return false;
        }
      } finally {
        times.stall().stop();
      }
    }
    turn.reuseViews();
    return true;
  }

  private boolean status(Turn turn) throws IOException, InterruptedException {
    if (!turn.hasSpare((long) session.contexts().size() * Replies.statusBytesMax())) {
      return false;
    }
    Set<MetaContext> contexts = session.contexts();
    long length = header.lengthBytes();
    if (header.has(CommandFlag.PAYLOAD_LEN)) {
      int payloadBytes = (int) length;
      if (!turn.isEmpty() && inbox.available() < headerBytes + payloadBytes) {
        return false;
      }
      if (!inbox.require(headerBytes + payloadBytes)) {
        ended = "closed by peer inside a payload";
        return false;
      }
      StatusPayload payload =
          StatusPayload.parse(inbox, headerBytes, payloadBytes, session.contexts());
      Verdict verdict = rules.judge(header, payload);
      if (verdict instanceof Refusal refusal) {
        return refuse(turn, refusal);
      }
      inbox.skip(payloadBytes);
      contexts = payload.contexts();
      length = payload.lengthBytes();
    }
    inbox.skip(headerBytes);
    turn.addStatus(header, contexts, length);
    return true;
  }
}
