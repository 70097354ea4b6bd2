package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import java.lang.foreign.MemorySegment;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which keys lie in which of a device's keyslots, what the device can encrypt, and who waits.
 *
 * <p>Embedded in its host. All zero until {@link #init}: no slots, no modes, every operation
 * harmless; the same again after {@link #destroy}. Capabilities are set after {@link #init}, which
 * wipes them, and before anybody else sees the host. Several requests with one key share a slot; a
 * released slot keeps its key until another needs the place, least recently released first.
 *
 * <p>Safe from any thread, but for setting up and destroying.
 */
public final class KeyslotManager {

  /** The answer of a device without keyslots: go on, no slot is needed. */
  public static final int NO_SLOTS = -1;

  /** The answer when every slot that the key might take is in use now. */
  public static final int NONE_FREE = -2;

  /** The answer when slots may be free, but the key's group holds its share and uses all of it. */
  public static final int SHARE_USED_UP = -3;

  /** The largest slot count: a slot number is a byte in a task descriptor. */
  public static final int MAX_SLOTS = 256;

  /** Keeps the device awake while keys are programmed or evicted. */
  public interface Power {
    /** Wakes the device, or keeps it awake; calls nest. */
    void resume();

    /** Undoes one {@link #resume}. */
    void release();
  }

  /** What happened in a keyslot manager since it was initialised. Safe from any thread. */
  public static final class Counters {

    final AtomicLong hits = new AtomicLong();
    final AtomicLong programs = new AtomicLong();
    final AtomicLong evictions = new AtomicLong();
    final AtomicLong waits = new AtomicLong();
    final AtomicLong waitNanos = new AtomicLong();

    Counters() {}

    /** A request or a thread begins to wait for a slot. */
    public void waitBegins() {
      waits.getAndIncrement();
    }

    /** It waits no longer, after {@code nanos}. */
    public void waitEnds(long nanos) {
      waitNanos.getAndAdd(nanos);
    }

    /** Slots taken whose key was there already. */
    public long hits() {
      return hits.get();
    }

    /** Keys programmed because a request needed them. */
    public long programs() {
      return programs.get();
    }

    /** Keys evicted on demand; making room is not counted. */
    public long evictions() {
      return evictions.get();
    }

    /** Requests and threads that had to wait for a slot. */
    public long waits() {
      return waits.get();
    }

    /** How long they waited, together; who waits now is not in it yet. */
    public long waitNanos() {
      return waitNanos.get();
    }

    void clear() {
      hits.set(0);
      programs.set(0);
      evictions.set(0);
      waits.set(0);
      waitNanos.set(0);
    }
  }

  private final CryptoCapabilities capabilities = new CryptoCapabilities();
  private final KeyslotHardware hardware = new KeyslotHardware();
  private final WrappedKeys wrappedKeys = new WrappedKeys(hardware);
  private final Counters counters = new Counters();
  private boolean initialised;

  /** The slots; null while there are none. */
  private volatile KeyslotCore core;

  /**
   * Makes an all-zero manager ready; all slots empty, slot 0 the first to be used. Wipes
   * capabilities set before.
   *
   * @param slots 0 for a device that needs none: it takes keys with each request, or passes them on
   */
  public void init(int slots) {
    Checks.argument(
        slots >= 0 && slots <= MAX_SLOTS,
        "keyslots must be in [0, %d]: slots=%d",
        MAX_SLOTS,
        slots);
    Checks.that(!initialised, "keyslot manager must be destroyed before it is initialised again");
    clear();
    initialised = true;
    core = slots == 0 ? null : new KeyslotCore(slots, hardware, counters);
  }

  /** Whether {@link #init} ran and {@link #destroy} did not. */
  public boolean initialised() {
    return initialised;
  }

  /** Slots in all; 0 for none. */
  public int numSlots() {
    KeyslotCore present = core;
    return present == null ? 0 : present.table().count();
  }

  /** Slots that hold a key now. */
  public int slotsProgrammed() {
    KeyslotCore present = core;
    return present == null ? 0 : present.programmed();
  }

  /** Slots that requests use now. */
  public int slotsInUse() {
    KeyslotCore present = core;
    return present == null ? 0 : present.inUse();
  }

  /** Who programs the hardware. */
  public void setOps(KeyslotOps ops) {
    hardware.setOps(ops);
  }

  /** What the hardware can do with wrapped keys; null for nothing. */
  public void setWrappedKeyOps(KeyslotOps.Wrapped ops) {
    hardware.setWrapped(ops);
  }

  /** Who keeps the device awake; null when it never sleeps. */
  public void setPower(Power power) {
    hardware.setPower(power);
  }

  /** The longest data unit number that the hardware takes, in bytes. */
  public void setMaxDunBytes(int bytes) {
    Checks.argument(bytes >= 0 && bytes <= 32, "max DUN bytes must be in [0, 32]: bytes=%d", bytes);
    capabilities.setMaxDunBytes(bytes);
  }

  /** The longest data unit number in bytes. */
  public int maxDunBytes() {
    return capabilities.maxDunBytes();
  }

  /**
   * Which data unit sizes the hardware takes in {@code mode}.
   *
   * @param mask the sizes added up: 0x1200 for 512 and 4096; 0 for "not this mode"
   */
  public void setDataUnitMask(CryptoMode mode, int mask) {
    capabilities.setDataUnitMask(mode, mask);
  }

  /** The data unit sizes of {@code mode}, added up. */
  public int dataUnitMask(CryptoMode mode) {
    return capabilities.dataUnitMask(mode);
  }

  /** The hardware takes keys of {@code type}. */
  public void addKeyType(KeyType type) {
    capabilities.addKeyType(type);
  }

  /** Whether the hardware takes keys of {@code type}. */
  public boolean supports(KeyType type) {
    return capabilities.supports(type);
  }

  /**
   * With which data unit sizes the hardware can read sectors of zero ciphertext as zeros.
   *
   * @param mask the sizes of {@code mode} added up; 0 for "not in this mode"
   */
  public void setZeroRuleMask(CryptoMode mode, int mask) {
    capabilities.setZeroRuleMask(mode, mask);
  }

  /** Whether the hardware itself can do what {@code config} asks. */
  public boolean supports(CryptoConfig config) {
    return capabilities.supports(config);
  }

  /**
   * At most {@code slots} slots hold keys of any one group, so that no tenant evicts all others.
   */
  public void setGroupShare(int slots) {
    Checks.argument(slots >= 1, "a group's share must be at least one slot: slots=%d", slots);
    KeyslotCore present = core;
    if (present != null) {
      present.setGroupShare(slots);
    }
  }

  /**
   * Takes a slot that holds {@code key}, programming one if need be; never waits for another
   * request.
   *
   * @return a slot index, to be given back with {@link #release}; {@link #NO_SLOTS}; {@link
   *     #NONE_FREE}; or {@link #SHARE_USED_UP}
   * @throws KeyslotException if the hardware refused the key; the slot tried is left empty
   */
  public int tryAcquire(CryptoKey key) throws KeyslotException {
    KeyslotCore present = core;
    return present == null ? NO_SLOTS : present.tryAcquire(key, null);
  }

  /**
   * {@link #tryAcquire(CryptoKey)}, waiting for a slot if need be, in order of arrival. A caller
   * must not hold a slot already, or it may wait for itself.
   *
   * @return a slot index or {@link #NO_SLOTS}
   */
  public int acquire(CryptoKey key, Parker parker, Clock clock) throws KeyslotException {
    KeyslotCore present = core;
    return present == null ? NO_SLOTS : present.acquire(key, parker, clock);
  }

  /** One more reference to a slot already held: another request with the same key. */
  public void retain(int slot) {
    if (slot >= 0) {
      core.retain(slot);
    }
  }

  /**
   * Gives back one reference. The key stays in the slot and is found again. {@link #NO_SLOTS} is
   * accepted and ignored.
   */
  public void release(int slot) {
    KeyslotCore present = core;
    if (slot >= 0 && present != null) {
      present.release(slot);
    }
  }

  /**
   * Makes the manager forget {@code key} and the hardware lose it. In every case, failure included,
   * the key is afterwards in no slot and may be closed.
   *
   * @throws KeyslotException with reason BUSY if I/O still uses the key: a mistake of the caller;
   *     or why the hardware could not
   */
  public void evict(CryptoKey key) throws KeyslotException {
    KeyslotCore present = core;
    if (present != null) {
      present.evict(key);
    } else if (hardware.hasOps()) {
      hardware.resume();
      try {
        hardware.evict(NO_SLOTS, key);
      } finally {
        hardware.allowSleep();
      }
    }
  }

  /**
   * Programs every key again, in ascending slot order, after the device lost them in a reset. A
   * failure is logged and the next slot tried; nobody finds the key in a slot that failed any more,
   * not even while requests still use it. The device is not resumed: this is what resuming calls.
   */
  public void reprogramAll() {
    KeyslotCore present = core;
    if (present != null) {
      present.reprogramAll();
    }
  }

  /**
   * Wipes everything; the manager is all zero again. Nobody may use it any more. Keys in the
   * hardware stay there. Destroying twice, or a manager never initialised, does nothing.
   */
  public void destroy() {
    KeyslotCore present = core;
    core = null;
    if (present != null) {
      present.wipe();
    }
    clear();
  }

  /** The slots, to be looked at after {@link #destroy}. */
  KeyslotTable tableForTest() {
    return core.table();
  }

  private void clear() {
    initialised = false;
    capabilities.clear();
    counters.clear();
    hardware.clear();
  }

  /**
   * Makes a new key, long-term wrapped. This and the next three fail with NOT_SUPPORTED where the
   * hardware does not take wrapped keys.
   *
   * @return its size in bytes
   */
  public int generateKey(MemorySegment longTerm) throws KeyslotException {
    return wrappedKeys.generate(supports(KeyType.HW_WRAPPED), longTerm);
  }

  /** Wraps a raw key of 16 to 64 bytes for the long term; its size in bytes. */
  public int importKey(MemorySegment raw, MemorySegment longTerm) throws KeyslotException {
    return wrappedKeys.importRaw(supports(KeyType.HW_WRAPPED), raw, longTerm);
  }

  /** Wraps a long-term wrapped key until the device reboots; its size in bytes. */
  public int prepareKey(MemorySegment longTerm, MemorySegment ephemeral) throws KeyslotException {
    return wrappedKeys.prepare(supports(KeyType.HW_WRAPPED), longTerm, ephemeral);
  }

  /** The 32-byte secret of an ephemerally wrapped key. */
  public void deriveSoftwareSecret(MemorySegment ephemeral, MemorySegment secret)
      throws KeyslotException {
    wrappedKeys.secret(supports(KeyType.HW_WRAPPED), ephemeral, secret);
  }

  /**
   * The files of {@code queue/crypto/} and their content, with the kernel's names: {@code
   * max_dun_bits}, {@code num_keyslots}, {@code modes/AES-256-XTS} and the like, {@code raw_keys},
   * {@code hw_wrapped_keys}; what is not supported has no file.
   */
  public SortedMap<String, String> attributes() {
    SortedMap<String, String> files = new TreeMap<>();
    files.put("max_dun_bits", 8 * maxDunBytes() + "\n");
    files.put("num_keyslots", numSlots() + "\n");
    for (CryptoMode mode : CryptoMode.values()) {
      if (dataUnitMask(mode) != 0) {
        files.put(
            "modes/" + mode.kernelName(), "0x" + Integer.toHexString(dataUnitMask(mode)) + "\n");
      }
    }
    if (supports(KeyType.RAW)) {
      files.put("raw_keys", "supported\n");
    }
    if (supports(KeyType.HW_WRAPPED)) {
      files.put("hw_wrapped_keys", "supported\n");
    }
    return files;
  }

  /** Keeps only the capabilities that {@code child} has too; null has none. */
  public void intersectCapabilities(KeyslotManager child) {
    capabilities.intersect(child == null ? null : child.capabilities);
  }

  /** Whether this can do everything that {@code reference} can; null can nothing. */
  public boolean hasCapabilitiesOf(KeyslotManager reference) {
    return reference == null || capabilities.covers(reference.capabilities);
  }

  /** Takes over the capabilities of {@code source}; they may only grow while I/O is in flight. */
  public void updateCapabilities(KeyslotManager source) {
    capabilities.copyFrom(source.capabilities);
  }

  /** What happened since {@link #init}. */
  public Counters counters() {
    return counters;
  }
}
