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
    namedTask = QueueFields.TASK.extractInt(argument);
    boolean known = core.queueing() && namedTask < core.profile.queueDepth();
    if (!known || !core.queue.params(namedTask, argument)) {
      core.illegal();
      return;
    }
    into.answer(core.r1());
  }

  void queueAddress(int argument, CardResponse into) {
    if (!core.queueing() || !core.queue.awaitsAddress(namedTask)) {
      core.illegal();
      return;
    }
    long end = Integer.toUnsignedLong(argument) + core.queue.blocks(namedTask);
    if (core.queue.blocks(namedTask) == 0 || end > core.area().sectors()) {
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
    taskErrors[task] = 0;
    into.answer(core.r1());
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
    return !core.queue.isRead(task) && (core.queue.isReliable(task) || core.queue.isForced(task));
  }

  DataOutcome finishTask(int task, CardResponse into) {
    if (durable(task) && taskErrors[task] == 0) {
      MediaOutcome outcome = core.area().settle();
      if (outcome == MediaOutcome.PENDING) {
        return DataOutcome.PENDING;
      }
      taskErrors[task] |= core.writeErrors(outcome);
    }
    synchronized (core) {
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
