package dev.keyslot.host.nbd;

import dev.keyslot.base.Clock;
import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Latency;
import dev.keyslot.base.metrics.Metrics;
import jdk.jfr.FlightRecorder;

/**
 * Counts and times the requests of turns that were carried out.
 *
 * <p>Requests of one turn are answered together, so they took equally long. Neighbours with the
 * same command are counted at once; allocates nothing. Safe from any thread.
 */
final class Ledger {

  private final Metrics metrics;
  private final Clock clock;

  Ledger(Metrics metrics, Clock clock) {
    this.metrics = metrics;
    this.clock = clock;
  }

  /** When work on a turn begins; to be given to {@link #turn}. */
  long now() {
    return clock.nanoTime();
  }

  /** {@code turn} was begun at {@code startNanos}, and its replies are sent. */
  void turn(Turn turn, long startNanos) {
    long nanos = clock.nanoTime() - startNanos;
    metrics.count(Counter.NBD_TURNS);
    boolean recorded = FlightRecorder.isInitialized() && RequestEvent.wanted();
    NbdCommand command = null;
    long count = 0;
    long bytes = 0;
    for (int i = 0; i < turn.pendingCount(); i++) {
      Pending request = turn.pending(i);
      if (request.command() != command) {
        book(command, count, bytes, nanos);
        command = request.command();
        count = 0;
        bytes = 0;
      }
      count++;
      NbdError error = request.outcome(turn.pieces());
      if (error == NbdError.OK) {
        bytes += request.lengthBytes();
      } else {
        metrics.count(counterOf(error));
      }
      if (recorded) {
        RequestEvent.emit(request, error, nanos);
      }
    }
    book(command, count, bytes, nanos);
  }

  private void book(NbdCommand command, long count, long bytes, long nanos) {
    if (command == null) { // as a case of the switch it would delay a server's first reply
      metrics.add(Counter.NBD_REFUSALS, count);
      return;
    }
    switch (command) {
      case READ -> {
        metrics.add(Counter.NBD_READ_BYTES, bytes);
        book(Counter.NBD_READS, Latency.READ, count, nanos);
      }
      case WRITE -> {
        metrics.add(Counter.NBD_WRITTEN_BYTES, bytes);
        book(Counter.NBD_WRITES, Latency.WRITE, count, nanos);
      }
      case FLUSH -> book(Counter.NBD_FLUSHES, Latency.FLUSH, count, nanos);
      case TRIM -> book(Counter.NBD_TRIMS, Latency.TRIM, count, nanos);
      case WRITE_ZEROES -> book(Counter.NBD_ZEROES, Latency.WRITE_ZEROES, count, nanos);
      case CACHE -> book(Counter.NBD_CACHES, Latency.CACHE, count, nanos);
      case BLOCK_STATUS -> book(Counter.NBD_STATUSES, Latency.BLOCK_STATUS, count, nanos);
      case DISC -> {} // has no reply
    }
  }

  private void book(Counter counter, Latency latency, long count, long nanos) {
    metrics.add(counter, count);
    metrics.time(latency, nanos, count);
  }

  static Counter counterOf(NbdError error) {
    return switch (error) {
      case OK -> throw new IllegalArgumentException("no error: error=OK");
      case EPERM -> Counter.NBD_ERRORS_EPERM;
      case EIO -> Counter.NBD_ERRORS_EIO;
      case ENOMEM -> Counter.NBD_ERRORS_ENOMEM;
      case EINVAL -> Counter.NBD_ERRORS_EINVAL;
      case ENOSPC -> Counter.NBD_ERRORS_ENOSPC;
      case EOVERFLOW -> Counter.NBD_ERRORS_EOVERFLOW;
      case ENOTSUP -> Counter.NBD_ERRORS_ENOTSUP;
      case ESHUTDOWN -> Counter.NBD_ERRORS_ESHUTDOWN;
    };
  }
}
