package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.model.engine.SlotKey;
import java.lang.foreign.MemorySegment;

/**
 * One of the 32 slots: what its descriptor said and how far its task has come.
 *
 * <p>Guarded by the controller's lock; while EXECUTING the worker that claimed it reads the
 * parameters and writes progress and result without the lock.
 */
final class TaskSlot {

  /** Life of a task, from the doorbell on. */
  enum Phase {
    EMPTY,
    /** CMD44 and CMD45 are accepted; waits for the card. A direct command waits for its turn. */
    QUEUED,
    EXECUTING,
    /** Failed; stays so until cleared. */
    FAILED
  }

  /** How an execution ended. */
  enum Result {
    NONE,
    DONE,
    /** The medium needs more time: to be claimed again. */
    PENDING,
    /** Descriptors or their memory are wrong. */
    ADMA_ERROR,
    DATA_CRC,
    DATA_TIMEOUT,
    /** The engine failed at one of the data units. */
    CRYPTO,
    /** The card's status for the task has error bits. */
    CARD_STATUS
  }

  final int index;

  /** This slot in a mask of slots. */
  final int bit;

  final CardResponse response = new CardResponse();

  Phase phase = Phase.EMPTY;

  /** Order of arrival. */
  long stamp;

  /** Outstanding tasks that must complete before this one may start; bit per slot. */
  int blockers;

  boolean direct;
  boolean barrier;
  boolean interrupt;

  /** A direct command only: its whole first word. */
  long word0;

  boolean read;
  long block;
  int blocks;
  boolean crypto;
  int keyslot;
  long dun;

  /** The key part of the slot in the task list; null where keys lie in keyslots. */
  MemorySegment keyPart;

  /** Bus address of the first transfer descriptor. */
  long transferAddress;

  boolean linkValid;

  /** The card has accepted the command that starts execution. */
  boolean started;

  /** The task was dropped by software while it executed: its result is not told. */
  boolean abandoned;

  /** What a medium that was PENDING since has already taken or given, from the start. */
  long movedBytes;

  /** Claimed at the start of execution; null without crypto. */
  SlotKey key;

  /** Where the engine fails, in bytes from the start; beyond the end if it does not. */
  long cryptoFailsAt = Long.MAX_VALUE;

  /** Where the data unit begins that is shorter than the others; beyond the end if none is. */
  long shortUnitAt = Long.MAX_VALUE;

  Result result = Result.NONE;

  TaskSlot(int index) {
    this.index = index;
    bit = BitField.bit(index).mask32();
  }

  /** Whether two data tasks must keep their order. */
  boolean conflicts(TaskSlot other) {
    boolean overlap = block < other.block + other.blocks && other.block < block + blocks;
    return overlap && !(read && other.read);
  }

  /** The one of {@code bits}, at least one, that arrived first. */
  static TaskSlot oldest(TaskSlot[] slots, int bits) {
    TaskSlot best = slots[Integer.numberOfTrailingZeros(bits)];
    for (int left = bits & bits - 1; left != 0; left &= left - 1) {
      TaskSlot slot = slots[Integer.numberOfTrailingZeros(left)];
      best = slot.stamp < best.stamp ? slot : best;
    }
    return best;
  }
}
