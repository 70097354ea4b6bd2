package dev.keyslot.link.bus;

import java.lang.foreign.MemorySegment;

/**
 * The wires between a host controller and its card: command line, data lines, power and reset.
 *
 * <p>{@link #command}, {@link #power} and {@link #reset} are serialised by the controller. Data
 * phases of queued tasks run on any thread, several at once, each task on one thread at a time.
 * Buffers are whole 512-byte blocks, or the one shorter block of commands like CMD19 and CMD31.
 */
public interface CardPort {

  /** Whether a card sits in the slot. */
  boolean present();

  /**
   * How often the contact that tells of a card has moved, which a controller latches: a card that
   * was exchanged between two looks shows here alone.
   */
  default int contactMoves() {
    return 0;
  }

  /** Supply voltage on or off; off loses what is volatile. */
  void power(boolean on);

  /** A pulse on RST_n. */
  void reset();

  /** Sends command {@code index} (0 to 63); {@code into} tells what came back. Never waits. */
  void command(int index, int argument, CardResponse into);

  /** Does the work behind the last busy response; outside the controller's locks. */
  DataOutcome finishBusy();

  /** Data of the current legacy transfer, card to host. */
  DataOutcome receive(MemorySegment into);

  /** Data of the current legacy transfer, host to card. */
  DataOutcome send(MemorySegment from);

  /** Data of an executing queued read; {@code offsetBytes} from the start of the task. */
  DataOutcome readTask(int task, long offsetBytes, MemorySegment into);

  /** Data of an executing queued write; {@code offsetBytes} from the start of the task. */
  DataOutcome writeTask(int task, long offsetBytes, MemorySegment from);

  /**
   * Ends an executing task after its last byte; a reliable write is durable when this answers.
   *
   * @param into takes the card status that belongs to this task; its error bits say what failed
   */
  DataOutcome finishTask(int task, CardResponse into);
}
