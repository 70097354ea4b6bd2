package dev.keyslot.host.cqhci;

import dev.keyslot.base.BriefLock;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.CqeOps;
import dev.keyslot.host.mmc.MmcCard;
import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.mmc.MmcRequest;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;

/**
 * The command queue engine of one host: up to 32 tasks in flight.
 *
 * <p>A request writes descriptors; {@link #commit} rings one doorbell for all of them. The driver
 * lock guards slots, state and descriptors; requests end outside it. Errors stop the engine until
 * recovery, which the MMC core runs. Keys survive all of that.
 */
public final class CqhciHost implements CqeOps {

  private static final Logger LOG = System.getLogger(CqhciHost.class.getName());

  /** How long an idle engine may take to halt. */
  private static final long OFF_LIMIT_NANOS = 100_000;

  /** How long the queue may take to drain before it counts as stuck: the kernel's 60 s. */
  private static final long IDLE_LIMIT_NANOS = 60_000_000_000L;

  private enum State {
    /** No card: the engine is off and has no descriptors. */
    DISABLED,
    /** Halted, so that commands can be sent; a request starts it again. */
    OFF,
    RUNNING,
    /** An error came: nothing starts until recovery is finished. */
    FAILED
  }

  private final Device device;
  private final MmcHost host;
  private final CqhciConfig config;
  private final CqhciPlatform platform;
  private final CqhciRegisters registers;
  private final HardwareWait wait;
  private final CqhciErrors errors;
  private final CqhciRecovery recovery;

  /** The driver lock. */
  private final BriefLock lock = new BriefLock();

  /** By slot: whose it is, or was last. */
  private final MmcRequest[] requests = new MmcRequest[CqhciLayout.TASK_SLOTS];

  /** Slots taken and not ended. Written under the lock. */
  private volatile int outstanding;

  /** Slots taken whose doorbell has not been rung. Written under the lock. */
  private volatile int unrung;

  private volatile State state = State.DISABLED;
  private boolean task128;

  /** What IC is given whenever the engine starts; 0: each completion interrupts. */
  private int coalescing;

  /** Null where keys lie in keyslots. */
  private InlineKeys inlineKeys;

  private TaskList tasks;
  private Device.Resource descriptors;
  private int rca;

  public CqhciHost(Device device, MmcHost host, CqhciConfig config, CqhciPlatform platform) {
    this.device = device;
    this.host = host;
    this.config = config;
    this.platform = platform;
    registers = new CqhciRegisters(device.wires().registers(), config.baseOffset());
    wait = device.hardwareWait();
    errors = new CqhciErrors(registers);
    recovery = new CqhciRecovery(registers, wait);
    task128 = config.task128();
  }

  /**
   * Prepares the engine on the probe path and decides whether it encrypts; needs no card.
   *
   * @param custom who programs keys if the platform has initialised the keyslots itself, or null
   */
  public void init(KeyslotOps custom) throws ProbeException {
    device.trace().emit(LifecycleStep.CQHCI_INIT_ENTER, device.name());
    host.setCqeOps(this);
    device.acquire("cqhci slots");
    if (config.coalescing().on()) {
      coalescing = config.coalescing().control(registers.read(CqhciRegister.CAP));
      if (coalescing == 0) {
        LOG.log(Level.WARNING, "each completion interrupts: CAP names no timer clock");
      }
    }
    new CqhciCrypto(device, host, registers).init(custom);
    task128 = task128 || host.has(MmcHost.CAP2_CRYPTO);
    device.trace().emit(LifecycleStep.CQHCI_INIT_LEAVE, device.name());
  }

  /** Whether the block says that an engine is there. */
  public boolean hasEngine() {
    return registers.isSet(CqhciRegister.CAP, CqhciFields.CAP_CRYPTO);
  }

  /**
   * Initialises the host's keyslots for a platform that programs keys itself: as many as the block
   * says, with the data unit sizes of its capabilities. Before {@link #init}, which then only
   * clears them.
   *
   * @param zeroRule whether the way that {@code ops} takes carries the zero rule
   */
  public void initCustomKeyslots(KeyslotOps ops, boolean zeroRule) throws ProbeException {
    new CqhciCrypto(device, host, registers).initCustom(ops, zeroRule);
  }

  /**
   * The same for a platform whose keys are wrapped, all of them.
   *
   * @param wrapped what the platform can do with wrapped keys beside programming them
   */
  public void initWrappedKeyslots(KeyslotOps ops, KeyslotOps.Wrapped wrapped)
      throws ProbeException {
    new CqhciCrypto(device, host, registers).initWrapped(ops, wrapped);
  }

  /**
   * Initialises the host's keyslots, none, for hardware that takes the key with each task. Before
   * {@link #init}.
   *
   * @return who to give to {@link #init}; null if the block does not announce it
   */
  public KeyslotOps initInlineKeys() throws ProbeException {
    inlineKeys = new CqhciCrypto(device, host, registers).initInline();
    return inlineKeys;
  }

  @Override
  public MmcError enable(MmcCard card) {
    if (!card.queueOn()) {
      return MmcError.INVALID;
    }
    lock.lock();
    try {
      if (state != State.DISABLED) {
        return MmcError.NONE;
      }
      rca = card.rca();
      tasks = new TaskList(device.wires().dma(), config, task128, inlineKeys);
      tasks.interruptTogether(coalescing != 0);
      descriptors = device.manageOrReset("cqhci descriptors", null, tasks::close);
      startEngine();
      return MmcError.NONE;
    } catch (ProbeException refused) {
      LOG.log(Level.WARNING, refused.getMessage());
      return MmcError.OTHER;
    } finally {
      lock.unlock();
    }
  }

  /** The order matters: the configuration must not change while the engine is enabled. */
  private void startEngine() {
    int cfg = registers.read(CqhciRegister.CFG);
    if (CqhciFields.CFG_ENABLE.isSet(cfg)) {
      cfg = CqhciFields.CFG_ENABLE.clear32(cfg);
      registers.write(CqhciRegister.CFG, cfg);
    }
    cfg = CqhciFields.CFG_DCMD.insert32(cfg, config.directCommands() ? 1 : 0);
    cfg = CqhciFields.CFG_TASK_128.insert32(cfg, task128 ? 1 : 0);
    if (host.has(MmcHost.CAP2_CRYPTO)) {
      cfg = CqhciFields.CFG_CRYPTO_ENABLE.set32(cfg);
    }
    registers.write(CqhciRegister.CFG, cfg);
    if (coalescing != 0) {
      registers.write(CqhciRegister.IC, coalescing);
    }
    registers.write(CqhciRegister.TDLBA, (int) tasks.busAddress());
    registers.write(CqhciRegister.TDLBAU, (int) (tasks.busAddress() >>> Integer.SIZE));
    registers.write(CqhciRegister.SSC2, CqhciFields.SSC2_RCA.insert32(0, rca));
    registers.allowInterrupts(0);
    registers.write(CqhciRegister.CFG, CqhciFields.CFG_ENABLE.set32(cfg));
    if (registers.isSet(CqhciRegister.CTL, CqhciFields.CTL_HALT)) {
      registers.write(CqhciRegister.CTL, 0);
    }
    platform.cqeEnable();
    registers.allowInterrupts(CqhciRecovery.RUNNING_INTERRUPTS);
    state = State.RUNNING;
  }

  @Override
  public void disable() {
    int lost;
    lock.lock();
    try {
      off(); // with the lock kept: nothing may start in between
      if (state == State.DISABLED) {
        return;
      }
      int cfg = registers.read(CqhciRegister.CFG);
      registers.write(CqhciRegister.CFG, CqhciFields.CFG_ENABLE.clear32(cfg));
      registers.allowInterrupts(0);
      if (state == State.FAILED) {
        platform.cqeDisable(true); // no recovery came: commands must not wait in queue mode
      }
      state = State.DISABLED;
      lost = takeLost();
      device.releaseEarly(descriptors);
      tasks = null;
    } finally {
      lock.unlock();
    }
    endAll(lost);
  }

  /** Everything still outstanding, without an error of its own marked lost. Under the lock. */
  private int takeLost() {
    int lost = outstanding;
    for (int rest = lost; rest != 0; rest = Slots.withoutLowest(rest)) {
      MmcRequest request = requests[Slots.lowest(rest)];
      if (request.error() == MmcError.NONE) {
        request.setLost();
      }
    }
    outstanding = 0;
    unrung = 0;
    wipeKeys(lost);
    return lost;
  }

  @Override
  public Start request(MmcRequest request) {
    lock.lock();
    try {
      if (!request.mayStart()) {
        return Start.BUSY; // paused since: commands may be under way, for which the engine is off
      }
      return switch (state) {
        // Disabled: the host sleeps or resets; a card that is gone is refused further up.
        case DISABLED, FAILED -> Start.BUSY;
        case OFF -> {
          turnOn();
          yield take(request);
        }
        case RUNNING -> take(request);
      };
    } finally {
      lock.unlock();
    }
  }

  private static Start refuse(MmcRequest request, MmcError why) {
    request.fail(why);
    return Start.REFUSED;
  }

  private void turnOn() {
    registers.write(CqhciRegister.CTL, 0);
    if (registers.isSet(CqhciRegister.CTL, CqhciFields.CTL_HALT)) {
      LOG.log(Level.ERROR, "command queue must leave halt: device={0}", device.name());
    }
    platform.cqeEnable();
    state = State.RUNNING;
  }

  private Start take(MmcRequest request) {
    if (request.isCommand()) {
      tasks.writeDirect(request);
    } else {
      if (!cryptoFits(request)) {
        return refuse(request, MmcError.INVALID);
      }
      if (!writeData(request)) {
        return refuse(request, MmcError.DMA);
      }
    }
    int slot = request.slot();
    requests[slot] = request;
    outstanding = Slots.with(outstanding, slot);
    unrung = Slots.with(unrung, slot);
    return Start.STARTED;
  }

  /** Whether all of the request's memory can be reached by the device. */
  private boolean writeData(MmcRequest request) {
    try {
      tasks.writeData(request);
      return true;
    } catch (IllegalArgumentException notMapped) {
      LOG.log(Level.ERROR, notMapped.getMessage());
      return false;
    }
  }

  /**
   * Every data unit number of the request fits the descriptor's 32 bits; plain data always does.
   */
  private boolean cryptoFits(MmcRequest request) {
    if (request.crypto() == null) {
      return true;
    }
    long bytes = (long) request.blocks() * CqhciLayout.BLOCK_BYTES;
    boolean keyed = request.keyslot() >= 0 || inlineKeys != null;
    return keyed && request.crypto().fits(bytes, CqhciCrypto.MAX_DUN_BYTES);
  }

  /** Rings the doorbell of every request taken since the last time: one register write. */
  public void commit() {
    if (unrung == 0) {
      return;
    }
    lock.lock();
    try {
      if (unrung != 0 && state == State.RUNNING) {
        int bell = unrung;
        unrung = 0;
        // Descriptors must be visible before the engine can fetch them.
        VarHandle.releaseFence();
        registers.write(CqhciRegister.TDBR, bell);
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Serves the engine's interrupt and ends what is done.
   *
   * @param commandError what the host saw on the command line meanwhile
   * @param dataError the same for the data lines
   * @return how many requests ended
   */
  public int interrupt(MmcError commandError, MmcError dataError) {
    int done;
    boolean failed = false;
    lock.lock();
    try {
      int status = registers.read(CqhciRegister.IS);
      registers.write(CqhciRegister.IS, status);
      boolean error =
          commandError != MmcError.NONE
              || dataError != MmcError.NONE
              || CqhciErrors.inStatus(status);
      done = CqhciFields.IS_TCC.isSet(status) || error ? takeCompleted() : 0;
      if (error && state == State.RUNNING) {
        errors.mark(status, commandError, dataError, requests, outstanding);
        state = State.FAILED;
        failed = true;
      }
    } finally {
      lock.unlock();
    }
    if (failed) {
      host.requestRecovery();
    }
    endAll(done);
    return Integer.bitCount(done);
  }

  /** Slots whose tasks are complete; they are no longer outstanding. Under the lock. */
  private int takeCompleted() {
    int completed = registers.read(CqhciRegister.TCN);
    if (completed == 0) {
      return 0;
    }
    registers.write(CqhciRegister.TCN, completed);
    int done = Slots.both(completed, outstanding);
    if (done != completed) {
      LOG.log(
          Level.WARNING,
          "completion of a slot not in use: slots=0x{0}",
          Integer.toHexString(completed));
    }
    if (Slots.contains(done, CqhciLayout.DCMD_SLOT) && config.directCommands()) {
      requests[CqhciLayout.DCMD_SLOT].setResponse(registers.read(CqhciRegister.CRDCT));
    }
    outstanding = Slots.without(outstanding, done);
    wipeKeys(done);
    return done;
  }

  private void wipeKeys(int slots) {
    if (inlineKeys != null && tasks != null) {
      tasks.wipeKeys(slots);
    }
  }

  /** Outside the lock. */
  private void endAll(int slots) {
    for (int rest = slots; rest != 0; rest = Slots.withoutLowest(rest)) {
      requests[Slots.lowest(rest)].end();
    }
  }

  @Override
  public void postReq(MmcRequest request) {
    // Memory stays mapped for DMA for as long as its owner has it: nothing to give back.
  }

  @Override
  public void off() {
    lock.lock();
    try {
      if (state != State.RUNNING) {
        return;
      }
      state = State.OFF;
      registers.write(CqhciRegister.CTL, CqhciFields.CTL_HALT.mask32());
      // A task that slipped in is let end: what moves data must not be taken for lost.
      long limit = outstanding == 0 ? OFF_LIMIT_NANOS : CqhciRecovery.START_HALT_NANOS;
      if (!wait.until(recovery::halted, limit)) {
        LOG.log(Level.ERROR, "command queue must halt when idle: device={0}", device.name());
      }
      platform.cqeDisable(false);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean waitForIdle() {
    return wait.until(
            () -> {
              host.serviceInterrupt();
              return outstanding == 0 || state == State.FAILED;
            },
            IDLE_LIMIT_NANOS)
        && state != State.FAILED;
  }

  @Override
  public boolean timeout(MmcRequest request) {
    lock.lock();
    try {
      boolean stillHere = Slots.contains(outstanding, request.slot()) && state != State.FAILED;
      if (stillHere) {
        request.fail(MmcError.TIMEOUT);
        state = State.FAILED;
      }
      return stillHere;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void recoveryStart() {
    lock.lock();
    try {
      if (state == State.DISABLED) {
        return;
      }
      state = State.FAILED;
    } finally {
      lock.unlock();
    }
    recovery.start();
    platform.cqeDisable(true);
  }

  @Override
  public void recoveryFinish() {
    if (state == State.DISABLED) {
      return;
    }
    recovery.finish();
    int done;
    int lost;
    lock.lock();
    try {
      done = takeCompleted();
      lost = takeLost();
      state = State.OFF;
      registers.allowInterrupts(CqhciRecovery.RUNNING_INTERRUPTS);
    } finally {
      lock.unlock();
    }
    endAll(done);
    endAll(lost);
  }
}
