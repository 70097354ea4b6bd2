package dev.keyslot.base.cipher;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Idle cipher contexts of one key, so that threads share nothing while they work.
 *
 * <p>Taking and giving back an idle context takes no lock and allocates nothing. A context is made
 * when all are in use, and dropped when more than {@link #IDLE_MAX} come back. Safe from any
 * thread.
 */
final class ContextPool<C extends AutoCloseable> {

  /** More threads than this at once on one key make contexts anew; a reader per core is usual. */
  static final int IDLE_MAX = 8;

  private final Supplier<C> maker;
  private final AtomicReferenceArray<C> idle = new AtomicReferenceArray<>(IDLE_MAX);
  private volatile boolean closed;

  ContextPool(Supplier<C> maker) {
    this.maker = maker;
  }

  /**
   * A context that is the caller's until {@link #give}.
   *
   * @throws IllegalStateException if the key was closed
   */
  C take() {
    for (int i = 0; i < IDLE_MAX; i++) {
      if (idle.getPlain(i) != null) {
        C context = idle.getAndSet(i, null);
        if (context != null) {
          return context;
        }
      }
    }
    return make();
  }

  /** Slow path; excludes {@link #close}, behind which the key bytes are gone. */
  private synchronized C make() {
    if (closed) {
      throw new IllegalStateException("key must be open: closed=true");
    }
    return maker.get();
  }

  void give(C context) {
    for (int i = 0; i < IDLE_MAX; i++) {
      if (idle.getPlain(i) == null && idle.compareAndSet(i, null, context)) {
        if (closed) {
          drain();
        }
        return;
      }
    }
    discard(context);
  }

  /**
   * Closes idle contexts now and those in use when they come back.
   *
   * @return false if it was closed before
   */
  synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    drain();
    return first;
  }

  private void drain() {
    for (int i = 0; i < IDLE_MAX; i++) {
      C context = idle.getAndSet(i, null);
      if (context != null) {
        discard(context);
      }
    }
  }

  private void discard(C context) {
    try {
      context.close();
    } catch (Exception e) {
      throw new IllegalStateException("cipher context must close cleanly", e);
    }
  }
}
