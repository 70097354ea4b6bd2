package dev.keyslot.host.nbd;

import dev.keyslot.base.Agent;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Metrics;
import dev.keyslot.host.nbd.transport.SocketTransport;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Serves exports to NBD clients.
 *
 * <p>Starts no thread itself: the assembly runs {@link #acceptor} for each listener, hands out
 * threads through {@link ThreadStarter}, and calls {@link #doWork} every second or so, which drops
 * clients that keep buffers from others. Safe from any thread.
 */
public final class NbdServer implements Agent {

  /** Enough for clients that come and go; after a crowd the rest is left to the collector. */
  private static final int WORKPLACES_KEPT = 16;

  /** A listener that cannot accept, for want of file descriptors, tries again after this. */
  private static final long ACCEPT_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private enum State {
    SERVING,
    /** Requests and options are answered with the protocol's shutdown error. */
    SHUTTING_DOWN
  }

  private final NbdLimits limits;
  private final ThreadStarter threads;
  private final Clock clock;
  private final ConnectionLog log;
  private final Ledger ledger;
  private final Metrics metrics;
  private final Metrics.Source source;
  private final Chunks chunks;
  private final Exports exports;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition connectionEnded = lock.newCondition();

  /** Guarded by {@link #lock}. */
  private final Set<Connection> connections = new LinkedHashSet<>();

  /** Of connections that ended. Guarded by {@link #lock}. */
  private final ArrayDeque<Workplace> workplaces = new ArrayDeque<>();

  /** Guarded by {@link #lock}. */
  private final Set<ServerSocketChannel> listeners = new LinkedHashSet<>();

  private volatile TlsPolicy tls = TlsPolicy.off();

  private volatile State state = State.SERVING;

  /**
   * A server without exports and listeners.
   *
   * @param pool payload buffers, at least 33 chunks; shared with nobody who needs one to finish a
   *     request
   */
  public NbdServer(
      NbdLimits limits, BufferPool pool, ThreadStarter threads, Clock clock, System.Logger logger) {
    this(limits, pool, threads, clock, logger, Metrics.withoutLatencies());
  }

  /** The same, with counters of the caller's; they know of this server until it is shut down. */
  public NbdServer(
      NbdLimits limits,
      BufferPool pool,
      ThreadStarter threads,
      Clock clock,
      System.Logger logger,
      Metrics metrics) {
    this.limits = limits;
    exports = new Exports(limits.exportConnectionsMax());
    this.threads = threads;
    this.clock = clock;
    this.metrics = metrics;
    log = new ConnectionLog(logger, metrics);
    ledger = new Ledger(metrics, clock);
    chunks = new Chunks(pool, limits.payload().connectionChunks());
    source = new ServerSource(this, chunks);
    metrics.pull(source);
  }

  /**
   * Serves {@code export} under its name from now on.
   *
   * @throws IllegalArgumentException if the name is taken, or the export breaks the protocol's
   *     rules
   */
  public void add(Export export) {
    add(export, AccessRule.EVERYBODY);
  }

  /** The same, to those whom {@code rule} admits; to others it is unknown. */
  public void add(Export export, AccessRule rule) {
    exports.add(export, rule);
  }

  /**
   * From now on {@code rule} says who is admitted; clients that use the export already keep it.
   *
   * @return whether there is such an export
   */
  public boolean allow(String name, AccessRule rule) {
    return exports.allow(name, rule);
  }

  /**
   * Offers these exports no longer and ends their clients, without disturbing others: nothing more
   * is read from them, and what is in flight is finished. Blocks until the last of them has gone;
   * those that have not by {@code deadlineNanos} are dropped.
   */
  public void retire(Collection<String> names, long deadlineNanos) throws InterruptedException {
    names.forEach(exports::retire);
    Predicate<Connection> theirs = connection -> connection.uses(names);
    snapshot().stream().filter(theirs).forEach(Connection::endInput);
    if (!awaitNone(theirs, deadlineNanos)) {
      snapshot().stream().filter(theirs).forEach(Connection::drop);
      awaitNone(theirs, Long.MAX_VALUE);
    }
  }

  /** From the next connection on this holds; before the first call TLS is off. */
  public void tls(TlsPolicy policy) {
    tls = policy;
  }

  /**
   * Offers the export of this name no longer; clients that use it keep it.
   *
   * @return whether there was one
   */
  public boolean remove(String name) {
    return exports.remove(name);
  }

  /**
   * The accept loop of a listener; ends when the listener is closed, which {@link #shutdown} does.
   *
   * @param listener bound, in blocking mode
   */
  public Runnable acceptor(ServerSocketChannel listener) {
    lock.lock();
    try {
      listeners.add(listener);
    } finally {
      lock.unlock();
    }
    return () -> acceptAll(listener);
  }

  /** Serves a client on a thread of its own; at the limit, or when shutting down, closes it. */
  public void accept(Transport transport) {
    Connection connection = null;
    lock.lock();
    try {
      if (state == State.SERVING && connections.size() < limits.connectionsMax()) {
        Workplace known = workplaces.pollFirst();
        Workplace workplace = known == null ? new Workplace(chunks) : known;
        connection = new Connection(this, transport, workplace);
        connections.add(connection);
      }
    } finally {
      lock.unlock();
    }
    if (connection == null) {
      log.refused(
          transport.peer(),
          "connections must be at most %d: state=%s".formatted(limits.connectionsMax(), state));
      transport.close();
      return;
    }
    try {
      threads.start("nbd-reader", connection);
    } catch (RuntimeException | Error e) {
      log.mistake("start of a thread", transport.peer(), e);
      transport.close();
      ended(connection);
    }
  }

  /** Connections now. */
  public int connections() {
    lock.lock();
    try {
      return connections.size();
    } finally {
      lock.unlock();
    }
  }

  /** Drops clients whose handshake, payload or taking of replies takes too long. */
  @Override
  public int doWork() {
    int dropped = 0;
    for (Connection connection : snapshot()) {
      if (connection.closeIfOverdue()) {
        dropped++;
      }
    }
    metrics.add(Counter.NBD_CONNECTIONS_OVERDUE, dropped);
    return dropped;
  }

  @Override
  public String roleName() {
    return "nbd-deadlines";
  }

  /**
   * Ends all service: listeners close, what is in flight is finished, what comes meanwhile is
   * refused with the protocol's shutdown error, and after {@code graceNanos} nothing is read any
   * more. Blocks until the last connection has ended; those that have not by {@code deadlineNanos}
   * are dropped.
   *
   * @param deadlineNanos from now, at least {@code graceNanos}
   * @return whether all ended by themselves
   */
  public boolean shutdown(long graceNanos, long deadlineNanos) throws InterruptedException {
    state = State.SHUTTING_DOWN;
    closeListeners();
    try {
      return endAll(graceNanos, deadlineNanos);
    } finally {
      metrics.forget(source);
    }
  }

  private boolean endAll(long graceNanos, long deadlineNanos) throws InterruptedException {
    if (awaitNone(graceNanos)) {
      return true;
    }
    snapshot().forEach(Connection::endInput);
    if (awaitNone(deadlineNanos - graceNanos)) {
      return true;
    }
    snapshot().forEach(Connection::drop);
    awaitNone(Long.MAX_VALUE);
    return false;
  }

  Exports exports() {
    return exports;
  }

  NbdLimits limits() {
    return limits;
  }

  TlsPolicy tls() {
    return tls;
  }

  ThreadStarter threads() {
    return threads;
  }

  Clock clock() {
    return clock;
  }

  ConnectionLog log() {
    return log;
  }

  Ledger ledger() {
    return ledger;
  }

  boolean shuttingDown() {
    return state == State.SHUTTING_DOWN;
  }

  /** The last thread of {@code connection} is done with it. */
  void ended(Connection connection) {
    lock.lock();
    try {
      connections.remove(connection);
      if (workplaces.size() < WORKPLACES_KEPT) {
        workplaces.addFirst(connection.workplace());
      }
      connectionEnded.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void acceptAll(ServerSocketChannel listener) {
    while (state == State.SERVING) {
      try {
        accept(listener.accept());
      } catch (ClosedChannelException closed) {
        return;
      } catch (IOException e) {
        log.listenerFailed(e);
        awaitRetry();
      }
    }
  }

  private void awaitRetry() {
    lock.lock();
    try {
      long left = ACCEPT_RETRY_NANOS;
      while (left > 0 && state == State.SERVING) {
        left = connectionEnded.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void accept(SocketChannel channel) {
    try {
      accept(new SocketTransport(channel, clock));
    } catch (IOException gone) {
      log.refused("unknown", "connection lost at once: " + gone.getMessage());
    }
  }

  private void closeListeners() {
    lock.lock();
    try {
      for (ServerSocketChannel listener : listeners) {
        listener.close();
      }
      listeners.clear();
    } catch (IOException e) {
      log.listenerFailed(e);
    } finally {
      lock.unlock();
    }
  }

  private List<Connection> snapshot() {
    lock.lock();
    try {
      return List.copyOf(connections);
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitNone(long nanos) throws InterruptedException {
    return awaitNone(connection -> true, nanos);
  }

  private boolean awaitNone(Predicate<Connection> which, long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (connections.stream().anyMatch(which) && left > 0) {
        left = connectionEnded.awaitNanos(left);
      }
      return connections.stream().noneMatch(which);
    } finally {
      lock.unlock();
    }
  }
}
