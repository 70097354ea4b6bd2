package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.base.BriefLock;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.cqhci.CqhciPlatform;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.device.ProbeException.Reason;
import dev.keyslot.host.mmc.MmcCommand;
import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.mmc.MmcHostOps;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.sdhci.SdhciFields;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.link.sdhci.SdhciRegister;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * An SDHCI controller: power, clock, bus settings, commands, and the switch into queue mode.
 *
 * <p>In queue mode the engine's interrupts and the bus's errors are served here and handed to the
 * CQHCI driver; in command mode commands poll. The mode changes under its own lock, which is a
 * leaf: nothing else is taken inside it.
 */
public final class SdhciHost implements MmcHostOps, CqhciPlatform {

  /** Limit on the internal clock becoming stable. */
  private static final long CLOCK_LIMIT_NANOS = 150_000_000L;

  /** CMD21 at most, and how long each may take. */
  private static final int TUNING_LOOPS_MAX = 40;

  private static final long TUNING_LIMIT_NANOS = 50_000_000L;

  /** The longest data timeout that is not reserved. */
  private static final int TIMEOUT_MAX = 0xE;

  /** {@link SdhciFields#POWER_VOLTAGE} for 1.8 and 3.3 V. */
  private static final int POWER_1V8 = 5;

  private static final int POWER_3V3 = 7;

  private static final int BLOCK_BYTES = 512;

  /** Cards that come and go interrupt in every mode. */
  private static final int CARD_EVENTS = SdhciInterruptFields.CARD_EVENTS.mask32();

  private static final int COMMAND_MODE =
      SdhciInterruptFields.ERRORS.set32(
          SdhciInterruptFields.COMMAND_COMPLETE.set32(
              SdhciInterruptFields.TRANSFER_COMPLETE.set32(
                  SdhciInterruptFields.BUFFER_READ_READY.set32(CARD_EVENTS))));

  private static final int QUEUE_MODE =
      SdhciInterruptFields.ADMA.set32(
          BitField.of(16, 8).set32(SdhciInterruptFields.CQE_EVENT.set32(CARD_EVENTS)));

  private final Device device;
  private final MmcHost host;
  private final SdhciRegisters registers;
  private final HardwareWait wait;
  private final InterruptLine line;
  private final BriefLock modeLock = new BriefLock();

  /** Held by the thread that serves an interrupt; another one leaves it to that. */
  private final ReentrantLock serving = new ReentrantLock();

  private SdhciCommands commands;
  private CqhciHost queue;

  /** Null where commands outside the queue cannot be encrypted. */
  private NonQueueCrypto nonQueueCrypto;

  /** How the controller finds memory: with 64-bit addresses or with 32-bit ones. */
  private int dmaSelect;

  private int capabilities;
  private int capabilitiesHigh;

  /** What the card's clock was set to last. Written with the host claimed. */
  private volatile int clockHz;

  /** What a platform does when its clocks run again; how that went. */
  private Supplier<MmcError> awakened = () -> MmcError.NONE;

  /** Whether the controller has been told its settings, and should still know them. */
  private volatile boolean settled;

  /** Whether interrupts are the queue's. Written under the mode lock. */
  private volatile boolean queueMode;

  SdhciHost(Device device, MmcHost host) {
    this.device = device;
    this.host = host;
    registers = new SdhciRegisters(device.wires().registers());
    wait = device.hardwareWait();
    line = device.wires().interrupt();
  }

  /** How every probe begins: host allocated, controller reset and read, device data set. */
  static SdhciHost begin(Device device) throws ProbeException {
    SdhciHost sdhci = new SdhciHost(device, MmcHost.alloc(device));
    sdhci.setUp();
    device.setDriverData(sdhci);
    device.trace().emit(LifecycleStep.CQE_ADD_HOST_ENTER, device.name());
    return sdhci;
  }

  /** How every probe ends: from here on other threads may see the host. */
  void add() throws ProbeException {
    host.add();
    device.trace().emit(LifecycleStep.CQE_ADD_HOST_LEAVE, device.name());
  }

  /** The controller of a bound device. */
  static SdhciHost of(Device device) {
    return device.driverData(SdhciHost.class);
  }

  MmcHost mmcHost() {
    return host;
  }

  /** Resets the controller and learns what it can; on the probe path. */
  private void setUp() throws ProbeException {
    device.acquire("sdhci registers");
    capabilities = registers.read(SdhciRegister.CAPABILITIES_LOW);
    AdmaTable adma = new AdmaTable(device.wires().dma(), capability(SdhciFields.CAP_64_BIT_V3));
    device.manageOrReset("sdhci adma table", null, adma::close);
    dmaSelect = adma.dmaSelect();
    commands = new SdhciCommands(registers, wait, adma, this::forgot);
    if (!commands.reset(SdhciFields.RESET_ALL)) {
      throw new ProbeException(
          Reason.NO_DEVICE, "controller must come out of reset: device=" + device.name());
    }
    device.trace().emit(LifecycleStep.CONTROLLER_RESET, device.name());
    capabilities = registers.read(SdhciRegister.CAPABILITIES_LOW);
    capabilitiesHigh = registers.read(SdhciRegister.CAPABILITIES_HIGH);
    check(capabilities != -1 && capabilities != 0, "controller must tell its capabilities");
    check(capability(SdhciFields.CAP_ADMA2), "controller must have ADMA2");
    check(
        dmaSelect == SdhciFields.DMA_ADMA2_64 == capability(SdhciFields.CAP_64_BIT_V3),
        "controller must tell the same capabilities after its reset");
    check(baseClockMhz() > 0, "controller must tell its base clock");
    check(
        capability(SdhciFields.CAP_3V3) || capability(SdhciFields.CAP_1V8),
        "controller must have 3.3 V or 1.8 V");
    int caps = MmcHost.CAP_4_BIT.mask32();
    caps = MmcHost.CAP_8_BIT.insert32(caps, capability(SdhciFields.CAP_WIDTH_8) ? 1 : 0);
    if (capabilityHigh(SdhciFields.CAP_HIGH_DDR50)) {
      BitField ddr = capability(SdhciFields.CAP_1V8) ? MmcHost.CAP_1V8_DDR : MmcHost.CAP_3V3_DDR;
      caps = ddr.set32(caps);
    }
    host.setCaps(caps);
    host.setOps(this);
  }

  private void check(boolean condition, String expectation) throws ProbeException {
    if (!condition) {
      throw new ProbeException(
          Reason.NO_DEVICE,
          String.format(
              "%s: device=%s capabilities=0x%08x", expectation, device.name(), capabilities));
    }
  }

  private boolean capability(BitField bit) {
    return bit.isSet(Integer.toUnsignedLong(capabilities));
  }

  private boolean capabilityHigh(BitField bit) {
    return bit.isSet(Integer.toUnsignedLong(capabilitiesHigh));
  }

  private int baseClockMhz() {
    return SdhciFields.CAP_BASE_CLOCK_MHZ.extractInt(Integer.toUnsignedLong(capabilities));
  }

  /** Whether the controller runs HS200: it says SDR104, and has 1.8 V. */
  boolean runsHs200() {
    return capabilityHigh(SdhciFields.CAP_HIGH_SDR104) && capability(SdhciFields.CAP_1V8);
  }

  /** The queue whose interrupts come in here. */
  void setQueue(CqhciHost newQueue) {
    queue = newQueue;
  }

  /** Takes the host out of service, then power and interrupts away. */
  void remove() {
    host.remove();
    setInterrupts(0);
    commands.reset(SdhciFields.RESET_ALL);
  }

  /** Does {@code action} each time the host's clocks start again after a sleep. */
  void onAwakening(Supplier<MmcError> action) {
    awakened = action;
  }

  /** Encrypts commands outside the queue from now on. */
  void setNonQueueCrypto(NonQueueCrypto crypto) {
    nonQueueCrypto = crypto;
  }

  @Override
  public boolean encryptsCommands() {
    return nonQueueCrypto != null;
  }

  @Override
  public void request(MmcCommand command) {
    if (command.crypto() != null && nonQueueCrypto == null) {
      command.fail(MmcError.UNSUPPORTED);
      return;
    }
    if (command.hasData() && nonQueueCrypto != null && !nonQueueCrypto.apply(command)) {
      command.fail(MmcError.INVALID);
      return;
    }
    commands.run(command);
  }

  @Override
  public void setIos(Ios ios) {
    if (!ios.powered()) {
      settled = false;
      setInterrupts(0);
      registers.write(SdhciRegister.CLOCK_CONTROL, 0);
      registers.write(SdhciRegister.POWER_CONTROL, 0);
      return;
    }
    setInterrupts(queueMode ? QUEUE_MODE : COMMAND_MODE);
    settled = true;
    registers.write(SdhciRegister.TIMEOUT_CONTROL, TIMEOUT_MAX);
    powerOn();
    clockHz = ios.clockHz();
    setClock(clockHz);
    int control = registers.read(SdhciRegister.HOST_CONTROL_1);
    control = SdhciFields.CONTROL1_WIDTH_4.insert32(control, ios.width() == 4 ? 1 : 0);
    control = SdhciFields.CONTROL1_WIDTH_8.insert32(control, ios.width() == 8 ? 1 : 0);
    control =
        SdhciFields.CONTROL1_HIGH_SPEED.insert32(control, ios.timing() == Timing.LEGACY ? 0 : 1);
    registers.write(SdhciRegister.HOST_CONTROL_1, control);
    int control2 = registers.read(SdhciRegister.HOST_CONTROL_2);
    control2 = SdhciFields.CONTROL2_UHS_MODE.insert32(control2, uhsMode(ios.timing()));
    control2 = SdhciFields.CONTROL2_1V8.insert32(control2, needs1V8(ios.timing()) ? 1 : 0);
    registers.write(SdhciRegister.HOST_CONTROL_2, control2);
  }

  private boolean needs1V8(Timing timing) {
    return switch (timing) {
      case LEGACY, HIGH_SPEED -> false;
      case DDR52 -> host.hasCap(MmcHost.CAP_1V8_DDR);
      case HS200, HS400 -> true;
    };
  }

  private static int uhsMode(Timing timing) {
    return switch (timing) {
      case LEGACY -> 0;
      case HIGH_SPEED -> 1;
      case HS200 -> 3;
      case DDR52 -> 4;
      case HS400 -> 5;
    };
  }

  private void powerOn() {
    int voltage = capability(SdhciFields.CAP_3V3) ? POWER_3V3 : POWER_1V8;
    int power = SdhciFields.POWER_VOLTAGE.insert32(SdhciFields.POWER_ON.mask32(), voltage);
    if (registers.read(SdhciRegister.POWER_CONTROL) != power) {
      registers.write(SdhciRegister.POWER_CONTROL, power);
    }
  }

  /** Base clock over twice the divider, at most {@code hz}; 0 is the base clock itself. */
  private void setClock(int hz) {
    long base = baseClockMhz() * 1_000_000L;
    long divider = hz >= base ? 0 : (base + 2L * hz - 1) / (2L * hz);
    BitField low = BitField.of(0, 8);
    BitField high = BitField.of(8, 2);
    registers.write(SdhciRegister.CLOCK_CONTROL, 0);
    int clock = SdhciFields.CLOCK_DIVIDER_LOW.insert32(0, low.extractInt(divider));
    clock = SdhciFields.CLOCK_DIVIDER_HIGH.insert32(clock, high.extractInt(divider));
    clock = SdhciFields.CLOCK_INTERNAL_ENABLE.set32(clock);
    registers.write(SdhciRegister.CLOCK_CONTROL, clock);
    wait.until(
        () -> SdhciFields.CLOCK_STABLE.isSet(registers.read(SdhciRegister.CLOCK_CONTROL)),
        CLOCK_LIMIT_NANOS);
    registers.write(SdhciRegister.CLOCK_CONTROL, SdhciFields.CLOCK_CARD_ENABLE.set32(clock));
  }

  private void setInterrupts(int mask) {
    registers.writePair(SdhciRegister.NORMAL_STATUS_ENABLE, mask);
    int signal = queueMode || mask == 0 ? mask : CARD_EVENTS;
    registers.writePair(SdhciRegister.NORMAL_SIGNAL_ENABLE, signal);
  }

  @Override
  public MmcError executeTuning() {
    int control = registers.read(SdhciRegister.HOST_CONTROL_2);
    registers.write(
        SdhciRegister.HOST_CONTROL_2, SdhciFields.CONTROL2_EXECUTE_TUNING.set32(control));
    for (int i = 0; i < TUNING_LOOPS_MAX; i++) {
      sendTuningBlock();
      control = registers.read(SdhciRegister.HOST_CONTROL_2);
      if (!SdhciFields.CONTROL2_EXECUTE_TUNING.isSet(control)) {
        return SdhciFields.CONTROL2_TUNED.isSet(control) ? MmcError.NONE : MmcError.CRC;
      }
    }
    return MmcError.TIMEOUT;
  }

  /** The controller looks at the data itself and signals only that it came. */
  private void sendTuningBlock() {
    boolean wide = SdhciFields.CONTROL1_WIDTH_8.isSet(registers.read(SdhciRegister.HOST_CONTROL_1));
    registers.writePair(
        SdhciRegister.NORMAL_INTERRUPT_STATUS, SdhciInterruptFields.CARD_EVENTS.clear32(-1));
    registers.write(SdhciRegister.BLOCK_SIZE, wide ? 128 : 64);
    registers.write(SdhciRegister.BLOCK_COUNT, 1);
    registers.write(SdhciRegister.TRANSFER_MODE, SdhciFields.MODE_READ.mask32());
    registers.write(SdhciRegister.ARGUMENT, 0);
    int word = SdhciFields.COMMAND_INDEX.insert32(0, EmmcCommand.SEND_TUNING_BLOCK.index());
    word = SdhciFields.COMMAND_RESPONSE.insert32(word, SdhciFields.RESPONSE_48);
    word = SdhciFields.COMMAND_CRC_CHECK.set32(SdhciFields.COMMAND_INDEX_CHECK.set32(word));
    registers.write(SdhciRegister.COMMAND, SdhciFields.COMMAND_DATA.set32(word));
    wait.until(
        () ->
            SdhciInterruptFields.BUFFER_READ_READY.isSet(
                registers.readPair(SdhciRegister.NORMAL_INTERRUPT_STATUS)),
        TUNING_LIMIT_NANOS);
    registers.writePair(
        SdhciRegister.NORMAL_INTERRUPT_STATUS, SdhciInterruptFields.CARD_EVENTS.clear32(-1));
  }

  @Override
  public boolean cardPresent() {
    return SdhciFields.PRESENT_CARD_INSERTED.isSet(
        Integer.toUnsignedLong(registers.read(SdhciRegister.PRESENT_STATE)));
  }

  /** A reset of everything takes the slot's power away; the initial state brings it back. */
  @Override
  public void resetCard() {
    resetAll();
    device.trace().emit(LifecycleStep.CONTROLLER_RESET, device.name());
  }

  @Override
  public void commit() {
    if (queue != null) {
      queue.commit();
    }
  }

  @Override
  public int serviceInterrupt() {
    if (!line.raised() || !serving.tryLock()) {
      return 0;
    }
    try {
      return serve();
    } finally {
      serving.unlock();
    }
  }

  private int serve() {
    int status;
    boolean queued;
    modeLock.lock();
    try {
      queued = queueMode;
      status = registers.readPair(SdhciRegister.NORMAL_INTERRUPT_STATUS);
      // In command mode everything else belongs to the command, which polls.
      int acknowledge =
          queued ? SdhciInterruptFields.CQE_EVENT.clear32(status) : cardEvents(status);
      if (acknowledge != 0) {
        registers.writePair(SdhciRegister.NORMAL_INTERRUPT_STATUS, acknowledge);
      }
    } finally {
      modeLock.unlock();
    }
    if (cardEvents(status) != 0) {
      host.cardEvent(SdhciInterruptFields.CARD_REMOVAL.isSet(status));
    }
    return queued ? queue.interrupt(SdhciErrors.command(status), SdhciErrors.data(status)) : 0;
  }

  private static int cardEvents(int status) {
    BitField events = SdhciInterruptFields.CARD_EVENTS;
    return events.insert32(0, events.extractInt(Integer.toUnsignedLong(status)));
  }

  @Override
  public void cqeEnable() {
    modeLock.lock();
    try {
      int control = registers.read(SdhciRegister.HOST_CONTROL_1);
      registers.write(
          SdhciRegister.HOST_CONTROL_1,
          SdhciFields.CONTROL1_DMA_SELECT.insert32(control, dmaSelect));
      registers.write(
          SdhciRegister.BLOCK_SIZE, SdhciFields.BLOCK_SIZE_BYTES.insert32(0, BLOCK_BYTES));
      registers.write(SdhciRegister.TIMEOUT_CONTROL, TIMEOUT_MAX);
      queueMode = true;
      setInterrupts(QUEUE_MODE);
    } finally {
      modeLock.unlock();
    }
  }

  @Override
  public void cqeDisable(boolean recovery) {
    modeLock.lock();
    try {
      queueMode = false;
      setInterrupts(COMMAND_MODE);
    } finally {
      modeLock.unlock();
    }
    if (recovery) {
      commands.resetLines();
    }
  }

  @Override
  public void suspend() {
    setIos(new Ios(false, 1, Timing.LEGACY, 0, false));
  }

  @Override
  public MmcError resume() {
    return resetAll() ? awakened.get() : MmcError.TIMEOUT;
  }

  /** Interrupts stay as they are: a card that goes must be noticed. */
  @Override
  public void runtimeSuspend() {
    registers.write(SdhciRegister.CLOCK_CONTROL, 0);
  }

  @Override
  public MmcError runtimeResume() {
    setClock(clockHz);
    return awakened.get();
  }

  /** Some interrupt is enabled as long as the card has power; not after a reset. */
  @Override
  public boolean forgot() {
    return settled && registers.readPair(SdhciRegister.NORMAL_STATUS_ENABLE) == 0 && settled;
  }

  private boolean resetAll() {
    settled = false;
    if (nonQueueCrypto != null) {
      nonQueueCrypto.forget();
    }
    return commands.reset(SdhciFields.RESET_ALL);
  }
}
