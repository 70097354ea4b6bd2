package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.QueueFields;
import dev.keyslot.model.card.CardProfile.Readiness;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The card's side of the command queue: EMPTY, then PARAMS (CMD44), QUEUED (CMD45), READY,
 * EXECUTING (CMD46 or 47), EMPTY.
 *
 * <p>Guarded by the card's lock; the parameters of an executing task are read by its data phase.
 */
final class QueueTable {

  static final int TASKS = 32;

  private enum State {
    EMPTY,
    PARAMS,
    QUEUED,
    READY,
    EXECUTING
  }

  private final State[] states = new State[TASKS];
  private final int[] params = new int[TASKS];
  private final int[] addresses = new int[TASKS];

  /** Order of arrival of queued tasks. */
  private final long[] stamps = new long[TASKS];

  private final Readiness readiness;
  private final SplittableRandom chance;
  private long arrivals;

  /** Bit n: task n is ready. */
  private int ready;

  /** Bit n: task n is queued and not yet ready. */
  private int waiting;

  private int executing;

  QueueTable(Readiness readiness, long seed) {
    this.readiness = readiness;
    chance = new SplittableRandom(seed);
    clear();
  }

  /** CMD44; false if the id is in use. */
  boolean params(int task, int argument) {
    if (states[task] != State.EMPTY && states[task] != State.PARAMS) {
      return false;
    }
    states[task] = State.PARAMS;
    params[task] = argument;
    return true;
  }

  /** CMD45 for the task of the last CMD44. */
  void queue(int task, int address) {
    addresses[task] = address;
    states[task] = State.QUEUED;
    stamps[task] = ++arrivals;
    waiting |= BitField.bit(task).mask32();
  }

  boolean awaitsAddress(int task) {
    return states[task] == State.PARAMS;
  }

  /** The queue status register; looking at it lets tasks become ready. */
  int look() {
    if (waiting != 0) {
      switch (readiness) {
        case AT_ONCE -> promoteAll();
        case FIRST_FIRST -> promote(oldest(waiting));
        case LAST_FIRST -> promote(newest());
        case RANDOM -> promote(any());
        case PRIORITY_FIRST -> promote(mostUrgent());
      }
    }
    return ready;
  }

  /** CMD46 or CMD47; false if the task is not ready or of the other direction. */
  boolean execute(int task, boolean read) {
    if (states[task] != State.READY || isRead(task) != read) {
      return false;
    }
    states[task] = State.EXECUTING;
    ready &= ~BitField.bit(task).mask32();
    executing |= BitField.bit(task).mask32();
    return true;
  }

  void finish(int task) {
    discard(task);
  }

  void discard(int task) {
    int bit = BitField.bit(task).mask32();
    states[task] = State.EMPTY;
    ready &= ~bit;
    waiting &= ~bit;
    executing &= ~bit;
  }

  void clear() {
    Arrays.fill(states, State.EMPTY);
    ready = 0;
    waiting = 0;
    executing = 0;
  }

  boolean isEmpty() {
    return (ready | waiting | executing) == 0;
  }

  boolean isRead(int task) {
    return QueueFields.DIRECTION_READ.isSet(params[task]);
  }

  boolean isReliable(int task) {
    return QueueFields.RELIABLE_WRITE.isSet(params[task]);
  }

  boolean isForced(int task) {
    return QueueFields.FORCED_PROGRAMMING.isSet(params[task]);
  }

  int blocks(int task) {
    return QueueFields.BLOCK_COUNT.extractInt(params[task]);
  }

  long sector(int task) {
    return Integer.toUnsignedLong(addresses[task]);
  }

  private void promoteAll() {
    for (int left = waiting; left != 0; left &= left - 1) {
      states[Integer.numberOfTrailingZeros(left)] = State.READY;
    }
    ready |= waiting;
    waiting = 0;
  }

  private void promote(int task) {
    int bit = BitField.bit(task).mask32();
    states[task] = State.READY;
    ready |= bit;
    waiting &= ~bit;
  }

  private int oldest(int among) {
    int best = Integer.numberOfTrailingZeros(among);
    for (int left = among; left != 0; left &= left - 1) {
      int task = Integer.numberOfTrailingZeros(left);
      best = stamps[task] < stamps[best] ? task : best;
    }
    return best;
  }

  private int mostUrgent() {
    int urgent = 0;
    for (int left = waiting; left != 0; left &= left - 1) {
      int task = Integer.numberOfTrailingZeros(left);
      urgent |= QueueFields.PRIORITY.isSet(params[task]) ? BitField.bit(task).mask32() : 0;
    }
    return oldest(urgent == 0 ? waiting : urgent);
  }

  private int newest() {
    int best = Integer.numberOfTrailingZeros(waiting);
    for (int left = waiting; left != 0; left &= left - 1) {
      int task = Integer.numberOfTrailingZeros(left);
      best = stamps[task] > stamps[best] ? task : best;
    }
    return best;
  }

  private int any() {
    int skip = chance.nextInt(Integer.bitCount(waiting));
    int left = waiting;
    for (int i = 0; i < skip; i++) {
      left &= left - 1;
    }
    return Integer.numberOfTrailingZeros(left);
  }
}
