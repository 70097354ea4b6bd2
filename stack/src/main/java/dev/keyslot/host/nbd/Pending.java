package dev.keyslot.host.nbd;

import dev.keyslot.base.Checks;
import java.util.Set;

/** A request that waits for its reply, with the pieces the export was given; reused by its turn. */
final class Pending {

  private NbdCommand command;
  private Refusal refusal;
  private long cookie;
  private long offsetBytes;
  private long lengthBytes;
  private boolean whole;
  private Set<MetaContext> contexts;
  private int firstPiece;
  private int pieces;

  /** A request that never reaches the export. */
  void refuse(RequestHeader header, Refusal why) {
    start(header, null);
    refusal = why;
  }

  /** A request whose pieces follow. */
  void start(RequestHeader header, NbdCommand accepted) {
    command = accepted;
    refusal = null;
    cookie = header.cookie();
    offsetBytes = header.offsetBytes();
    lengthBytes = header.lengthBytes();
    whole = header.has(CommandFlag.DF);
    contexts = null;
    pieces = 0;
  }

  /** Pieces {@code first} and the {@code count - 1} behind it are this request's. */
  void pieces(int first, int count) {
    firstPiece = first;
    pieces = count;
  }

  /** BLOCK_STATUS: what is asked for, and the range's true length. */
  void status(Set<MetaContext> asked, long rangeBytes) {
    contexts = asked;
    lengthBytes = rangeBytes;
  }

  /** Null if refused. */
  NbdCommand command() {
    return command;
  }

  /** Null if it went to the export. */
  Refusal refusal() {
    return refusal;
  }

  long cookie() {
    return cookie;
  }

  long offsetBytes() {
    return offsetBytes;
  }

  long lengthBytes() {
    return lengthBytes;
  }

  /** READ: the data must come in one piece. */
  boolean whole() {
    return whole;
  }

  Set<MetaContext> contexts() {
    return contexts;
  }

  int firstPiece() {
    return firstPiece;
  }

  int pieces() {
    return pieces;
  }

  /** What the client is told; its pieces are done. */
  NbdError outcome(ExportRequest[] all) {
    if (refusal != null) {
      return refusal.error();
    }
    ExportRequest failed = failure(all);
    return failed == null ? NbdError.OK : failed.error();
  }

  /** The piece that failed first, or null if all is well. */
  ExportRequest failure(ExportRequest[] all) {
    for (int i = firstPiece; i < firstPiece + pieces; i++) {
      NbdError error = all[i].error();
      if (error == null) {
        Checks.that(false, "export must set the outcome of a request: kind=%s", all[i].kind());
      }
      if (error != NbdError.OK) {
        return all[i];
      }
    }
    return null;
  }
}
