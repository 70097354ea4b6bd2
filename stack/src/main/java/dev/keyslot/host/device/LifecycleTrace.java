package dev.keyslot.host.device;

import dev.keyslot.base.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The order in which hosts, keyslot managers and cards came and went.
 *
 * <p>Each life-cycle step emits one event. Bounded: when it is full the oldest events go. Safe from
 * any thread.
 */
public final class LifecycleTrace {

  /** Enough for some hundred bind and unbind cycles. */
  public static final int EVENTS_MAX = 16_384;

  /**
   * One step.
   *
   * @param subject whose, such as a device's name
   * @param thread name of the thread that took the step
   * @param nanos when it was taken, since the recorder was made
   */
  public record Event(LifecycleStep step, String subject, String thread, long nanos) {

    /** One line: time in microseconds, step, subject, thread. */
    @Override
    public String toString() {
      return String.format("%12d us  %-30s %s [%s]", nanos / 1000, step.label(), subject, thread);
    }
  }

  private final Clock clock;
  private final long startNanos;
  private final Consumer<Event> listener;

  /** In order of time. Guarded by this. */
  private final List<Event> events = new ArrayList<>();

  /** Events so far, those that went included. Guarded by this. */
  private final Map<LifecycleStep, Long> counts = new EnumMap<>(LifecycleStep.class);

  /** A recorder that nobody listens to. */
  public LifecycleTrace(Clock clock) {
    this(clock, event -> {});
  }

  /**
   * A recorder.
   *
   * @param listener is told of each event as it is recorded, in their order, by the thread that
   *     took the step; must be quick and must not call back
   */
  public LifecycleTrace(Clock clock, Consumer<Event> listener) {
    this.clock = clock;
    startNanos = clock.nanoTime();
    this.listener = listener;
  }

  public synchronized void emit(LifecycleStep step, String subject) {
    if (events.size() == EVENTS_MAX) {
      events.subList(0, EVENTS_MAX / 2).clear();
    }
    counts.merge(step, 1L, Long::sum);
    long nanos = clock.nanoTime() - startNanos;
    var event = new Event(step, subject, Thread.currentThread().getName(), nanos);
    events.add(event);
    listener.accept(event);
  }

  /** How often {@code step} was taken since the trace was made, whatever was dropped or cleared. */
  public synchronized long count(LifecycleStep step) {
    return counts.getOrDefault(step, 0L);
  }

  /** A copy, oldest first. */
  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** The steps alone, oldest first. */
  public synchronized List<LifecycleStep> steps() {
    return events.stream().map(Event::step).toList();
  }

  public synchronized void clear() {
    events.clear();
  }
}
