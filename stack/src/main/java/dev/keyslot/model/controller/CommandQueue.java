package dev.keyslot.model.controller;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.cqhci.DirectCommandFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.QueueFields;
import dev.keyslot.model.controller.TaskSlot.Phase;
import dev.keyslot.model.controller.TaskSlot.Result;
import dev.keyslot.model.engine.CryptoEngine;

/**
 * The command queue engine: from the doorbell to the completion notification.
 *
 * <p>Tasks are fetched in the order of their doorbells; a task waits for earlier ones that touch
 * the same blocks and for barriers. After an error nothing new starts until the queue is halted,
 * cleared or disabled. Guarded by the controller's lock.
 */
final class CommandQueue {

  private static final int SLOTS = CqhciLayout.TASK_SLOTS;

  private final CryptoGate gate;
  private final CommandLine line;
  private final RegisterFile registers;
  private final TaskFetcher fetcher;
  private final TaskErrors errors;
  private final Completions completions;
  private final QueueTimers timers;
  private final QueueFaults faults;
  private final int dataPaths;
  private final int batchTasks;
  private final TaskSlot[] slots = new TaskSlot[SLOTS];

  private final Doorbells doorbells = new Doorbells();

  /** Slots by phase, one bit each. */
  private int queued;

  private int executing;
  private int failed;

  /** Slots that wait for the card's queue status. */
  private int unready;

  /** Barriers that are fetched and not complete: the card must not see a later task until then. */
  private int barriers;

  private int busyPaths;
  private long stamps;
  private boolean haltRequested;
  private boolean halted;

  CommandQueue(
      ControllerConfig config,
      CryptoEngine engine,
      CardPort card,
      DmaMemory dma,
      RegisterFile registers,
      InterruptUnit interrupts) {
    this.registers = registers;
    dataPaths = config.dataPaths();
    batchTasks = config.batchTasks();
    fetcher = new TaskFetcher(config.identity(), dma, registers);
    errors = new TaskErrors(registers, interrupts, config.faults());
    gate = new CryptoGate(engine, registers, errors, config.faults());
    line = new CommandLine(card, registers, errors);
    timers = new QueueTimers(config.clock(), registers);
    completions = new Completions(registers, interrupts, timers);
    faults = new QueueFaults(config.faults(), registers, completions);
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new TaskSlot(i);
    }
  }

  // ---- what software writes

  void configWritten(int old) {
    int now = registers.get(CqhciRegister.CFG);
    boolean was = CqhciFields.CFG_ENABLE.isSet(old);
    if (was && CqhciFields.CFG_ENABLE.isSet(now)) {
      now = CqhciFields.CFG_TASK_128.insert32(now, CqhciFields.CFG_TASK_128.extractInt(old));
      now = CqhciFields.CFG_DCMD.insert32(now, CqhciFields.CFG_DCMD.extractInt(old));
      registers.put(CqhciRegister.CFG, now);
    } else if (was) {
      dropAll();
      registers.put(CqhciRegister.TCN, 0);
    }
  }

  void controlWritten() {
    int now = registers.get(CqhciRegister.CTL);
    boolean clear = CqhciFields.CTL_CLEAR_ALL.isSet(now);
    boolean halt = CqhciFields.CTL_HALT.isSet(now);
    if (halt && !halted) {
      haltRequested = faults.halts();
      haltIfIdle();
    } else if (!halt) {
      haltRequested = false;
      halted = false;
      errors.forget();
    }
    if (clear && halted && faults.clears()) {
      dropAll();
      completions.raise(CqhciFields.IS_TCL);
    }
    showControl();
  }

  private void showControl() {
    registers.put(CqhciRegister.CTL, CqhciFields.CTL_HALT.insert32(0, halted ? 1 : 0));
  }

  private void haltIfIdle() {
    if (haltRequested && executing == 0) {
      haltRequested = false;
      halted = true;
      showControl();
      completions.raise(CqhciFields.IS_HAC);
    }
  }

  /** Software wrote {@code bits} to TDBR, whose content was {@code before}. */
  void doorbell(int before, int bits) {
    int fresh = bits & ~before;
    if (!enabled()) {
      registers.put(CqhciRegister.TDBR, before);
    } else {
      addDoorbells(fresh);
    }
  }

  private void addDoorbells(int fresh) {
    int heard = faults.heard(fresh);
    if (heard != 0) {
      doorbells.add(heard);
    }
  }

  void coalescingWritten(int before) {
    completions.controlWritten(before);
  }

  /** Software wrote TCLR. */
  void clearTasks(int bits) {
    registers.put(CqhciRegister.TCLR, 0);
    if (halted) {
      forget(bits);
      completions.raise(CqhciFields.IS_TCL);
    }
  }

  /** Everything as after power-up; the registers are reset by the caller. */
  void reset() {
    dropAll();
    haltRequested = false;
    halted = false;
    completions.resetCounter();
  }

  private void dropAll() {
    forget(-1);
    errors.forget();
    faults.forget();
    registers.put(CqhciRegister.TERRI, 0);
  }

  /** Drops tasks without telling anybody; those in execution end unheard. */
  private void forget(int bits) {
    doorbells.forget(bits);
    for (int left = bits & (queued | failed); left != 0; left &= left - 1) {
      slots[Integer.numberOfTrailingZeros(left)].phase = Phase.EMPTY;
    }
    for (int left = bits & executing; left != 0; left &= left - 1) {
      slots[Integer.numberOfTrailingZeros(left)].abandoned = true;
    }
    queued &= ~bits;
    failed &= ~bits;
    unready &= ~bits;
    barriers &= ~bits;
    unblock(bits);
    registers.put(CqhciRegister.TDBR, registers.get(CqhciRegister.TDBR) & ~bits);
    registers.put(CqhciRegister.DPT, registers.get(CqhciRegister.DPT) & ~bits);
  }

  // ---- steps

  boolean enabled() {
    return CqhciFields.CFG_ENABLE.isSet(registers.get(CqhciRegister.CFG));
  }

  /** Whether new work may start. */
  private boolean running() {
    return !halted && !haltRequested && !errors.stopped() && enabled();
  }

  /** Whether a step would find something to do; cheap. */
  boolean claimable() {
    if (!running() || busyPaths == dataPaths) {
      return false;
    }
    if (!doorbells.isEmpty() && barriers == 0) {
      return true;
    }
    for (int left = queued; left != 0; left &= left - 1) {
      if (slots[Integer.numberOfTrailingZeros(left)].blockers == 0) {
        return true;
      }
    }
    return false;
  }

  /** Tells what was held back for long enough; returns 1 if there was something, or 0. */
  int expire() {
    return completions.expire() ? 1 : 0;
  }

  /** Fetches what was rung and hands it to the card; returns the number of tasks. */
  int fetch() {
    int fetched = 0;
    while (!doorbells.isEmpty() && barriers == 0 && running()) {
      int bits = doorbells.oldest();
      TaskSlot slot = slots[Integer.numberOfTrailingZeros(bits)];
      if (slot.phase == Phase.EXECUTING) {
        break; // dropped, but its worker is not back
      }
      doorbells.keep(bits & ~slot.bit);
      fetchOne(slot);
      fetched++;
    }
    return fetched;
  }

  private void fetchOne(TaskSlot slot) {
    slot.stamp = ++stamps;
    slot.started = false;
    slot.movedBytes = 0;
    if (!fetcher.fetch(slot)) {
      fail(slot);
      errors.descriptor(slot.index);
      return;
    }
    if (!slot.direct) {
      if (!gate.passes(slot)) {
        fail(slot);
        return;
      }
      if (!command(EmmcCommand.QUEUED_TASK_PARAMS, fetcher.queueParams(slot), slot)
          || !command(EmmcCommand.QUEUED_TASK_ADDRESS, (int) slot.block, slot)) {
        return;
      }
      unready |= slot.bit;
      registers.put(CqhciRegister.DPT, registers.get(CqhciRegister.DPT) | slot.bit);
    }
    slot.blockers = blockersOf(slot);
    slot.phase = Phase.QUEUED;
    queued |= slot.bit;
    barriers |= slot.barrier ? slot.bit : 0;
  }

  private int blockersOf(TaskSlot slot) {
    int blockers = 0;
    for (int left = queued | executing | failed; left != 0; left &= left - 1) {
      TaskSlot earlier = slots[Integer.numberOfTrailingZeros(left)];
      boolean data = !slot.direct && !earlier.direct;
      if (!earlier.abandoned
          && (slot.barrier || earlier.barrier || (data && slot.conflicts(earlier)))) {
        blockers |= earlier.bit;
      }
    }
    return blockers;
  }

  /** Asks the card which tasks are ready; returns 0 if the answer was none. */
  int look() {
    if (unready == 0 || !running() || !timers.mayLook(executing != 0)) {
      return 0;
    }
    if (!line.queueStatus(Integer.numberOfTrailingZeros(unready))) {
      return 1;
    }
    int before = unready;
    registers.put(CqhciRegister.DQS, line.response().word());
    unready &= ~line.response().word();
    return unready == before ? 0 : 1; // only time, or the card, can help
  }

  /** Gives {@code worker} what may start now, at most a fair share of it. */
  void claim(Worker worker) {
    worker.claimedCount = 0;
    if (!running()) {
      return;
    }
    int eligible = 0;
    for (int left = queued & ~unready; left != 0; left &= left - 1) {
      TaskSlot slot = slots[Integer.numberOfTrailingZeros(left)];
      if (slot.blockers == 0) {
        if (slot.direct) {
          claimDirect(slot, worker);
          break; // a direct command goes alone
        }
        eligible |= slot.bit;
      }
    }
    if (worker.claimedCount == 0 && !directWaits()) {
      int idlePaths = dataPaths - busyPaths;
      int share = (Integer.bitCount(eligible) + idlePaths - 1) / idlePaths;
      claimData(eligible, Math.min(share, batchTasks), worker);
    }
    if (worker.claimedCount > 0) {
      busyPaths++;
    }
  }

  /** Whether a direct command waits for idle data lines: then no new data starts. */
  private boolean directWaits() {
    TaskSlot slot = slots[CqhciLayout.DCMD_SLOT];
    return slot.phase == Phase.QUEUED && slot.direct && slot.blockers == 0 && executing != 0;
  }

  private void claimData(int eligible, int count, Worker worker) {
    int left = eligible;
    for (int i = 0; i < count && left != 0 && running(); i++) {
      TaskSlot slot = TaskSlot.oldest(slots, left);
      left &= ~slot.bit;
      if (start(slot)) {
        worker.claimed[worker.claimedCount++] = slot;
      }
    }
  }

  private boolean start(TaskSlot slot) {
    if (!gate.passes(slot) || !gate.claim(slot)) {
      fail(slot);
      return false;
    }
    if (!slot.started) {
      int argument = QueueFields.TASK.insert32(0, slot.index);
      if (!command(CryptoGate.execution(slot), argument, slot)) {
        gate.release(slot);
        return false;
      }
      slot.started = true;
      registers.put(CqhciRegister.DPT, registers.get(CqhciRegister.DPT) & ~slot.bit);
    }
    execute(slot);
    if (faults.tellsEarly(slot)) {
      slot.abandoned = true; // nothing more will be heard of it
      tell(slot);
    }
    return true;
  }

  private void execute(TaskSlot slot) {
    slot.phase = Phase.EXECUTING;
    slot.result = Result.NONE;
    queued &= ~slot.bit;
    executing |= slot.bit;
  }

  /** Sends a command that belongs to a task; false if it failed, the task with it. */
  private boolean command(EmmcCommand command, int argument, TaskSlot slot) {
    if (line.send(command, argument, slot.index)) {
      return true;
    }
    fail(slot);
    return false;
  }

  private void claimDirect(TaskSlot slot, Worker worker) {
    if (slot.started) {
      execute(slot);
      worker.claimed[worker.claimedCount++] = slot;
      return;
    }
    if (!DirectCommandFields.TIMING.isSet(slot.word0) && executing != 0) {
      return;
    }
    int index = DirectCommandFields.COMMAND_INDEX.extractInt(slot.word0);
    int type = DirectCommandFields.RESPONSE_TYPE.extractInt(slot.word0);
    int argument = DirectCommandFields.ARGUMENT.extractInt(slot.word0);
    if (type == DirectCommandFields.RESPONSE_NONE) {
      line.sendSilent(index, argument);
      complete(slot);
      return;
    }
    if (!line.sendUnchecked(index, argument, slot.index)) {
      fail(slot);
      return;
    }
    registers.put(CqhciRegister.CRDCT, line.response().word());
    boolean busy = line.response().busy();
    boolean good = type == DirectCommandFields.RESPONSE_UNCHECKED || line.check(index, slot.index);
    if (!good) {
      fail(slot);
    }
    if (busy) { // also after an error: the card has to become idle again
      slot.started = true;
      execute(slot);
      worker.claimed[worker.claimedCount++] = slot;
    } else if (good) {
      complete(slot);
    }
  }

  /** Takes the results of {@code worker}. */
  void retire(Worker worker) {
    busyPaths--;
    for (int i = 0; i < worker.claimedCount; i++) {
      TaskSlot slot = worker.claimed[i];
      worker.claimed[i] = null;
      gate.release(slot);
      executing &= ~slot.bit;
      if (slot.abandoned) {
        slot.abandoned = false;
        slot.phase = Phase.EMPTY;
      } else {
        settle(slot);
      }
    }
    worker.claimedCount = 0;
    haltIfIdle();
  }

  private void settle(TaskSlot slot) {
    int command =
        slot.direct
            ? DirectCommandFields.COMMAND_INDEX.extractInt(slot.word0)
            : CryptoGate.execution(slot).index();
    switch (slot.result) {
      case DONE -> {
        if ((failed & slot.bit) != 0) {
          slot.phase = Phase.FAILED; // its response was an error; busy is over now
        } else if (!slot.direct || statusAfterBusy(slot)) {
          complete(slot);
        }
      }
      case PENDING -> {
        slot.phase = Phase.QUEUED;
        queued |= slot.bit;
      }
      case CARD_STATUS -> {
        fail(slot);
        registers.put(CqhciRegister.CRI, command);
        registers.put(CqhciRegister.CRA, slot.response.word());
        errors.taskStatus(command, slot.index);
      }
      case NONE, ADMA_ERROR, DATA_CRC, DATA_TIMEOUT, CRYPTO -> {
        fail(slot);
        errors.data(slot.result, command, slot.index);
      }
    }
  }

  /** After busy the status tells whether the work behind it succeeded. */
  private boolean statusAfterBusy(TaskSlot slot) {
    if (line.status(slot.index)) {
      return true;
    }
    fail(slot);
    return false;
  }

  private void complete(TaskSlot slot) {
    int bit = slot.bit;
    slot.phase = Phase.EMPTY;
    queued &= ~bit;
    tell(slot);
  }

  private void tell(TaskSlot slot) {
    barriers &= ~slot.bit;
    unblock(slot.bit);
    registers.put(CqhciRegister.TDBR, registers.get(CqhciRegister.TDBR) & ~slot.bit);
    faults.tell(slot);
  }

  private void unblock(int bits) {
    for (int left = queued; left != 0; left &= left - 1) {
      slots[Integer.numberOfTrailingZeros(left)].blockers &= ~bits;
    }
  }

  private void fail(TaskSlot slot) {
    completions.flush(); // an error also tells what was held back
    slot.phase = Phase.FAILED;
    queued &= ~slot.bit;
    unready &= ~slot.bit;
    failed |= slot.bit;
  }
}
