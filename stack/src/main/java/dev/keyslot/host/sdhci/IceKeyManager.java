package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.link.ice.IceRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * The key manager beside the Qualcomm engine: its set-up, and what its two versions differ in.
 *
 * <p>Set up in the probe and again whenever the engine may have lost power. Until it is ready no
 * wrapped key can be programmed.
 */
final class IceKeyManager {

  private static final Logger LOG = System.getLogger(IceKeyManager.class.getName());

  /** The second version came with 3.2.1. */
  private static final int MAJOR_OF_SECOND = 4;

  private static final List<IceRegister> ACCESS =
      List.of(
          IceRegister.HWKM_BANK0_ACCESS_0,
          IceRegister.HWKM_BANK0_ACCESS_1,
          IceRegister.HWKM_BANK0_ACCESS_2,
          IceRegister.HWKM_BANK0_ACCESS_3,
          IceRegister.HWKM_BANK0_ACCESS_4);

  /** A self-test of the key manager ends as quickly as that of the engine. */
  private static final long READY_NANOS = 5_000_000;

  private final Mmio window;
  private final HardwareWait wait;
  private final boolean second;

  /** Whether keys can be programmed. Written by whoever sets up; read under the slots' lock. */
  private volatile boolean ready;

  private IceKeyManager(Mmio window, HardwareWait wait, boolean second) {
    this.window = window;
    this.wait = wait;
    this.second = second;
  }

  /** The key manager of the engine; null where its version has none. */
  static IceKeyManager of(Mmio window, HardwareWait wait) {
    long version = Integer.toUnsignedLong(window.read32(IceRegister.VERSION.offset()));
    int major = IceFields.VERSION_MAJOR.extractInt(version);
    int minor = IceFields.VERSION_MINOR.extractInt(version);
    int step = IceFields.VERSION_STEP.extractInt(version);
    if (major < MAJOR_OF_SECOND && minor < 2) {
      return null;
    }
    return new IceKeyManager(window, wait, major >= MAJOR_OF_SECOND || step >= 1);
  }

  /** Bytes of a wrapped key, both forms. */
  int wrappedBytes() {
    return second ? IceFields.WRAPPED_BYTES_2 : IceFields.WRAPPED_BYTES_1;
  }

  /** What the firmware calls a slot. */
  int firmwareSlot(int slot) {
    return second ? slot * 2 : slot;
  }

  boolean ready() {
    return ready;
  }

  /** Takes the key manager out of its legacy mode; it must find itself well. */
  void setUp() {
    ready = false;
    clear(
        second ? IceRegister.CONTROL : IceRegister.HWKM_TZ_KM_CTL,
        second ? IceFields.CONTROL_LEGACY_MODE : IceFields.KM_LEGACY_MODE_1);
    clear(IceRegister.HWKM_TZ_KM_CTL, IceFields.KM_CRC_CHECKS);
    int expected = second ? IceFields.KM_READY_2 : IceFields.KM_READY_1;
    if (!wait.until(() -> shows(expected), READY_NANOS)) {
      LOG.log(Level.WARNING, "key manager must be ready within 5 ms: wrapped keys are refused");
      return;
    }
    window.write32(IceRegister.HWKM_BANK0_IRQ_STATUS.offset(), IceFields.KM_RESPONSE_FIFO.mask32());
    ACCESS.forEach(register -> window.write32(register.offset(), -1));
    ready = true;
  }

  private boolean shows(int bits) {
    return (window.read32(IceRegister.HWKM_TZ_KM_STATUS.offset()) & bits) == bits;
  }

  private void clear(IceRegister register, BitField bits) {
    window.write32(register.offset(), bits.clear32(window.read32(register.offset())));
  }

  /** The engine's own dword of a slot: what of the key in it is to be used, or 0 for nothing. */
  void configure(int slot, int value) {
    long at = IceRegister.CRYPTOCFG.offset() + (long) slot * IceFields.CRYPTOCFG_STRIDE_BYTES;
    window.write32(at, value);
  }
}
