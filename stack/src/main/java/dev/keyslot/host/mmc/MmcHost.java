package dev.keyslot.host.mmc;

import dev.keyslot.base.BitField;
import dev.keyslot.base.Checks;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.device.ProbeException.Reason;

/**
 * A host of one card, with the keyslot manager that lives exactly as long.
 *
 * <p>Allocated through its device, so that everything registered later is released before it. Its
 * driver sets operations and capabilities and initialises the keyslots on the probe path; {@link
 * #add} freezes the capabilities and lets cards be found. From then on {@link #CAP2_CRYPTO} means
 * that the keyslot manager is initialised, and stays so until the host is removed. The keyslots are
 * destroyed by the device's release, never here.
 */
public final class MmcHost {

  // Numbers of the kernel's capability words.
  public static final BitField CAP_4_BIT = BitField.bit(0);
  public static final BitField CAP_8_BIT = BitField.bit(6);

  /** Double data rate with lines of 3.3 V. */
  public static final BitField CAP_3V3_DDR = BitField.bit(11);

  /** Double data rate with lines of 1.8 V. */
  public static final BitField CAP_1V8_DDR = BitField.bit(12);

  public static final BitField CAP2_HS200 = BitField.bit(5);
  public static final BitField CAP2_HS400 = BitField.bit(15);

  /** The host has a command queue engine. */
  public static final BitField CAP2_CQE = BitField.bit(23);

  /** The engine takes direct commands. */
  public static final BitField CAP2_CQE_DCMD = BitField.bit(24);

  /** Before crypto init: the platform may encrypt. Afterwards: it does, and keyslots are ready. */
  public static final BitField CAP2_CRYPTO = BitField.bit(27);

  private enum State {
    ALLOCATED,
    ADDED,
    REMOVED,
    FREED
  }

  private final Device device;
  private final Thread probeThread = Thread.currentThread();

  /** Embedded: all zero until a driver initialises it, and again after its release. */
  private final KeyslotManager keyslots = new KeyslotManager();

  private Device.Resource memory;
  private volatile State state = State.ALLOCATED;
  private int caps;
  private volatile int caps2;
  private MmcHostOps ops;
  private CqeOps cqeOps;
  private CardSlot slot;
  private final RuntimePower power;

  private MmcHost(Device device) {
    this.device = device;
    power = new RuntimePower(this, device);
  }

  /** A new host whose memory the device manages. */
  public static MmcHost alloc(Device device) throws ProbeException {
    MmcHost host = new MmcHost(device);
    host.memory = device.manage("mmc host", null, host::free);
    device.trace().emit(LifecycleStep.HOST_ALLOCATED, device.name());
    return host;
  }

  /** The keyslot manager of this host. */
  public KeyslotManager keyslots() {
    return keyslots;
  }

  /**
   * Initialises the keyslots and registers their destruction, or neither.
   *
   * @throws ProbeException NO_MEMORY; the keyslots are all zero then
   */
  public void initKeyslots(int slots) throws ProbeException {
    checkProbing("keyslots are initialised");
    device.acquire("keyslot table");
    keyslots.init(slots);
    keyslots.setPower(power);
    device.trace().emit(LifecycleStep.KEYSLOTS_INITIALISED, device.name());
    device.manageOrReset("keyslot manager", memory, this::destroyKeyslots);
  }

  private void destroyKeyslots() {
    keyslots.destroy();
    device.trace().emit(LifecycleStep.KEYSLOTS_DESTROYED, device.name());
  }

  public void setOps(MmcHostOps newOps) {
    checkProbing("operations are set");
    ops = newOps;
  }

  public void setCqeOps(CqeOps newOps) {
    checkProbing("operations are set");
    cqeOps = newOps;
  }

  public void setCaps(int newCaps) {
    checkProbing("capabilities are set");
    caps = newCaps;
  }

  /** Sets the second word of capabilities; only the probing thread may, and only before add. */
  public void setCaps2(int newCaps2) {
    checkProbing("capabilities are set");
    caps2 = newCaps2;
  }

  public void clearCrypto() {
    setCaps2(CAP2_CRYPTO.clear32(caps2));
    device.trace().emit(LifecycleStep.CRYPTO_FLAG_CLEARED, device.name());
  }

  private void checkProbing(String what) {
    Checks.that(
        state == State.ALLOCATED && Thread.currentThread() == probeThread,
        "%s by the probing thread before the host is added: state=%s thread=%s",
        what,
        state,
        Thread.currentThread().getName());
  }

  public int caps() {
    return caps;
  }

  public int caps2() {
    return caps2;
  }

  public boolean hasCap(BitField cap) {
    return cap.isSet(caps);
  }

  /** Whether {@code cap2} is set in the second word. */
  public boolean has(BitField cap2) {
    return cap2.isSet(Integer.toUnsignedLong(caps2));
  }

  /** Flag set means keyslots initialised: holds at every moment another thread can see. */
  public boolean cryptoInvariantHolds() {
    return !has(CAP2_CRYPTO) || keyslots.initialised();
  }

  /**
   * Makes the host known: capabilities are final, the card in the slot is brought up.
   *
   * <p>A card that cannot be brought up does not fail this: {@link #cardProblem} tells.
   *
   * @throws ProbeException if a resource is missing, or the crypto flag promises keyslots that do
   *     not exist
   */
  public void add() throws ProbeException {
    checkProbing("a host is added");
    Checks.that(ops != null, "host must have operations before it is added: %s", device.name());
    if (!cryptoInvariantHolds()) {
      throw new ProbeException(
          Reason.INVALID, "crypto flag must be clear while keyslots are not initialised");
    }
    DmaBuffer buffer = new DmaBuffer(device.wires().dma());
    device.manageOrReset("mmc buffer", null, buffer::close);
    slot = new CardSlot(this, device, buffer.memory(), power);
    device.acquire("mmc class device");
    device.trace().emit(LifecycleStep.CRYPTO_FLAG_FINAL, device.name());
    state = State.ADDED;
    device.trace().emit(LifecycleStep.HOST_ADDED, device.name());
    slot.powerUp();
    slot.detect();
  }

  /** Takes the host out of service: its card's queue ends, the card loses power. */
  public void remove() {
    Checks.that(state == State.ADDED, "host must be added before it is removed: state=%s", state);
    slot.remove();
    state = State.REMOVED;
    device.trace().emit(LifecycleStep.HOST_REMOVED, device.name());
  }

  /** The device's release; whatever lives in this memory must be gone by now. */
  private void free() {
    Checks.that(
        !keyslots.initialised(),
        "keyslots must be destroyed before the host that holds them is freed: device=%s",
        device.name());
    state = State.FREED;
    device.trace().emit(LifecycleStep.HOST_FREED, device.name());
  }

  /** The request queue of the card in the slot; null without one. */
  public RequestQueue queue() {
    return slot == null ? null : slot.queue();
  }

  /** The card in service under {@link #queue}; null without one. */
  public MmcCard card() {
    CardDriver driver = driver();
    return driver == null ? null : driver.card();
  }

  /** Whoever carries out what {@link #queue} holds; null without a card. */
  CardDriver driver() {
    return slot == null ? null : slot.driver();
  }

  /** Why the card in the slot is not in service; null if it is, or if the slot is empty. */
  public String cardProblem() {
    return slot == null ? null : slot.problem();
  }

  /** Looks whether the card is still, or again, in the slot, and acts on it. */
  public void detect() {
    slot.detect();
  }

  /** Resets controller and card; keys are programmed again, requests in flight done again. */
  public void reset() {
    slot.reset();
  }

  /** Waits for requests in flight, flushes the card and takes power away. */
  public void suspend() {
    slot.sleep().suspend();
  }

  /** Brings controller and card back; requests that waited go on. */
  public void resume() {
    slot.sleep().resume();
  }

  /**
   * Saves power while nothing is to be done: if nothing is in flight, the clock stops until the
   * next request or key. Card, keys and controller keep their state.
   *
   * @return whether the host sleeps now
   */
  public boolean runtimeSuspend() {
    return slot.sleep().runtimeSuspend();
  }

  /** The engine met an error: whoever polls next runs the recovery. Safe from any thread. */
  public void requestRecovery() {
    slot.events().requestRecovery();
  }

  /** The controller was reset behind our back: whoever polls next resets it properly. */
  void requestReset() {
    slot.events().requestReset();
  }

  /** A task failed for its key: the next recovery programs all keys again. */
  void keysSuspect() {
    slot.events().suspectKeys();
  }

  /** Data or a response failed its CRC: the next recovery tunes the bus again. */
  void tuningSuspect() {
    slot.events().suspectTuning();
  }

  /** Tunes the bus again if that is due; with the host claimed and nothing in flight. */
  void retune() {
    slot.retune();
  }

  /**
   * A card came, or {@code went}, whatever is in the slot by now: whoever polls next looks. Safe
   * from any thread.
   */
  public void cardEvent(boolean went) {
    slot.events().cardMoved(went);
  }

  /** A request is held back: whoever polls next wakes the host if it dozes. */
  void wanted() {
    slot.sleep().wanted();
  }

  /** Takes the host for commands; waits for whoever has it. */
  void claim() {
    slot.claim();
  }

  boolean tryClaim() {
    return slot.tryClaim();
  }

  void unclaim() {
    slot.unclaim();
  }

  /** Runs what was asked for, unless another thread is at it. */
  int handleEvents() {
    return slot.handleEvents();
  }

  /** Serves the host's interrupt line; returns how many requests ended. */
  public int serviceInterrupt() {
    return ops.serviceInterrupt();
  }

  MmcHostOps ops() {
    return ops;
  }

  CqeOps cqeOps() {
    return cqeOps;
  }

  HardwareWait hardwareWait() {
    return device.hardwareWait();
  }

  long nanoTime() {
    return device.hardwareWait().clock().nanoTime();
  }
}
