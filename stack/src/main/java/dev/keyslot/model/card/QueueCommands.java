package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.HoleQueryFields;
import dev.keyslot.link.emmc.QueueFields;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;

/**
 * The command queue: CMD44 to CMD48 and the data phases of queued tasks.
 *
 * <p>Commands come under the card's lock; data phases run outside it, each task on one thread.
 */
final class QueueCommands {

  private final CardCore core;

  /** Error bits that finishTask tells; written by the data phase of the task. */
  private final int[] taskErrors = new int[QueueTable.TASKS];

  /** The task of the last CMD44. */
  private int namedTask;

  QueueCommands(CardCore core) {
    this.core = core;
  }

  void queueParams(int argument, CardResponse into) {
    if (!core.queueing()) {
      core.illegal();
      return;
    }
    if (core.queue.awaitsAddress(namedTask)) {
      if (core.profile.has(CardTrait.SECOND_PARAMS_REFUSED)) {
        core.illegal();
        return;
      }
      core.queue.discard(namedTask); // the second replaces the first
    }
    int task = QueueFields.TASK.extractInt(argument);
    if (task >= core.profile.queueDepth() || !core.queue.params(task, argument)) {
      badTask(into);
      return;
    }
    namedTask = task;
    into.answer(core.r1());
  }

  /** An id that is unknown or in use. */
  private void badTask(CardResponse into) {
    if (core.profile.has(CardTrait.BAD_TASK_ANSWERED)) {
      core.status.raise(CardStatusFields.ERROR);
      into.answer(core.r1());
    } else {
      core.illegal();
    }
  }

  /** Another command between CMD44 and CMD45. */
  void forgetParams() {
    if (core.queue.awaitsAddress(namedTask)) {
      core.queue.discard(namedTask);
    }
  }

  void queueAddress(int argument, CardResponse into) {
    if (!core.queueing() || !core.queue.awaitsAddress(namedTask)) {
      core.illegal();
      return;
    }
    long first = Integer.toUnsignedLong(argument);
    long end = first + core.queue.blocks(namedTask);
    if (core.partial(first, core.queue.blocks(namedTask))) {
      core.queue.discard(namedTask);
      core.status.raise(CardStatusFields.ADDRESS_MISALIGN);
    } else if (core.queue.blocks(namedTask) == 0 || end > core.area().sectors()) {
      core.queue.discard(namedTask);
      core.status.raise(CardStatusFields.ADDRESS_OUT_OF_RANGE);
    } else {
      core.queue.queue(namedTask, argument);
    }
    into.answer(core.r1());
  }

  void execute(int argument, boolean read, CardResponse into) {
    int task = QueueFields.TASK.extractInt(argument);
    if (!core.queueing() || !core.queue.execute(task, read)) {
      core.illegal();
      return;
    }
    taskErrors[task] = read ? 0 : protectionErrors(task);
    core.raise(taskErrors[task]);
    into.answer(core.r1());
  }

  private int protectionErrors(int task) {
    long blocks = core.queue.blocks(task);
    boolean free =
        core.protection.writable(core.access(), core.queue.sector(task), blocks) == blocks;
    return free ? 0 : CardStatusFields.WP_VIOLATION.mask32();
  }

  void manageQueue(int argument, CardResponse into) {
    if (!core.queueing()) {
      core.illegal();
      return;
    }
    into.answerBusy(core.r1());
    switch (QueueFields.OPERATION.extractInt(argument)) {
      case QueueFields.OPERATION_DISCARD_QUEUE -> core.queue.clear();
      case QueueFields.OPERATION_DISCARD_TASK ->
          core.queue.discard(QueueFields.TASK.extractInt(argument));
      default -> core.status.raise(CardStatusFields.ERROR);
    }
  }

  DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    long sector = core.queue.sector(task) + offsetBytes / MediumStore.SECTOR_BYTES;
    MediaOutcome outcome = core.area().read(sector, into);
    int errors = CardCore.readErrors(outcome);
    if (errors != 0) {
      taskErrors[task] |= errors;
      return DataOutcome.FAILED;
    }
    return switch (outcome) {
      case HOLE -> DataOutcome.HOLE;
      case PENDING -> DataOutcome.PENDING;
      case DONE, FULL, FAILED -> DataOutcome.DONE;
    };
  }

  DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    if (taskErrors[task] != 0) {
      return DataOutcome.FAILED; // nothing behind an error is stored
    }
    long sector = core.queue.sector(task) + offsetBytes / MediumStore.SECTOR_BYTES;
    MediaOutcome outcome = core.area().write(sector, from, durable(task));
    if (outcome == MediaOutcome.PENDING) {
      return DataOutcome.PENDING;
    }
    int errors = core.writeErrors(outcome);
    taskErrors[task] |= errors;
    return errors == 0 ? DataOutcome.DONE : DataOutcome.FAILED;
  }

  /** Whether a write passes the cache: reliable, or programming forced. */
  private boolean durable(int task) {
    return !core.queue.isRead(task)
        && (core.queue.isReliable(task) || core.queue.isForced(task) || core.writeThrough());
  }

  DataOutcome finishTask(int task, CardResponse into) {
    if (durable(task) && taskErrors[task] == 0) {
      MediaOutcome outcome = core.area().settle();
      if (outcome == MediaOutcome.PENDING) {
        return DataOutcome.PENDING;
      }
      taskErrors[task] |= core.writeErrors(outcome);
    }
    if (!core.queue.isRead(task)) {
      core.wrote(core.queue.blocks(task));
    }
    synchronized (core) {
      if (core.state.code() < 0) {
        core.queue.finish(task);
        return DataOutcome.TIMEOUT; // power went in the middle: nobody answers
      }
      int word = CardStatusFields.CURRENT_STATE.insert32(taskErrors[task], core.state.code());
      into.answer(CardStatusFields.READY_FOR_DATA.set32(word));
      core.queue.finish(task);
    }
    return taskErrors[task] == 0 ? DataOutcome.DONE : DataOutcome.FAILED;
  }

  /** CMD60. */
  void holeQuery(int argument, CardResponse into) {
    if (!core.profile.holeQuery()) {
      core.illegal();
      return;
    }
    long sector = Integer.toUnsignedLong(argument);
    CardStore user = core.areas[ExtCsdFields.ACCESS_USER];
    if (sector % HoleQueryFields.BLOCK_SECTORS != 0 || sector >= user.sectors()) {
      into.answer(0);
      return;
    }
    long extent = user.extentBytes(sector);
    long blockBytes = (long) HoleQueryFields.BLOCK_SECTORS * MediumStore.SECTOR_BYTES;
    boolean toEnd = sector + Math.abs(extent) / MediumStore.SECTOR_BYTES >= user.sectors();
    boolean hole = extent < 0 && (toEnd || -extent >= blockBytes);
    long bytes = Math.abs(extent);
    long blocks = !hole || toEnd ? (bytes + blockBytes - 1) / blockBytes : bytes / blockBytes;
    int word = HoleQueryFields.LENGTH_BLOCKS.insert32(0, (int) blocks);
    into.answer(HoleQueryFields.HOLE.insert32(word, hole ? 1 : 0));
  }
}
