package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.link.ice.IceRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** The Qualcomm inline crypto engine: whether it is usable, and how it is switched on. */
final class IceEngine {

  private static final Logger LOG = System.getLogger(IceEngine.class.getName());

  private static final int MAJOR_MIN = 3;
  private static final int MAJOR_MAX = 4;

  /** Self-test of the engine after it got its clocks. */
  static final long SELF_TEST_NANOS = 5_000_000;

  /** Before and after the optimisation bits change. */
  private static final long SETTLE_NANOS = 5_000;

  /** ADVANCED_CONTROL: three low-power bits. */
  private static final BitField LOW_POWER = BitField.of(12, 3);

  /** ADVANCED_CONTROL: what Linux sets for speed. */
  private static final int OPTIMISATION = 0x0D80_7100;

  private final Mmio window;
  private final HardwareWait wait;

  IceEngine(Mmio window, HardwareWait wait) {
    this.window = window;
    this.wait = wait;
  }

  /** Whether version and fuses allow its use; why not is logged. */
  boolean usable() {
    long version = Integer.toUnsignedLong(window.read32(IceRegister.VERSION.offset()));
    int major = IceFields.VERSION_MAJOR.extractInt(version);
    if (major < MAJOR_MIN || major > MAJOR_MAX) {
      LOG.log(Level.WARNING, "inline engine not used: major version must be 3 or 4: {0}", major);
      return false;
    }
    if (IceFields.FUSE_ANY.isSet(window.read32(IceRegister.FUSE_SETTING.offset()))) {
      LOG.log(Level.WARNING, "inline engine not used: fuses are blown");
      return false;
    }
    return true;
  }

  /** Whether the firmware takes the zero rule with a key; ours. */
  boolean firmwareTakesZeroRule() {
    int features = window.read32(IceRegister.FIRMWARE_FEATURES.offset());
    return IceFields.FEATURE_ZERO_RULE.isSet(features);
  }

  /** Each time the command queue is switched on. A self-test that does not end is only logged. */
  void enable() {
    int control = window.read32(IceRegister.ADVANCED_CONTROL.offset());
    window.write32(IceRegister.ADVANCED_CONTROL.offset(), LOW_POWER.set32(control));
    control = window.read32(IceRegister.ADVANCED_CONTROL.offset());
    wait.pause(SETTLE_NANOS);
    window.write32(IceRegister.ADVANCED_CONTROL.offset(), control | OPTIMISATION);
    wait.pause(SETTLE_NANOS);
    awaitSelfTest();
  }

  /** Whether the engine, whose clocks have just started, found itself well in time. */
  boolean awaitSelfTest() {
    boolean done = wait.until(this::selfTestDone, SELF_TEST_NANOS);
    if (!done) {
      LOG.log(Level.WARNING, "inline engine must end its self-test within 5 ms");
    }
    return done;
  }

  private boolean selfTestDone() {
    long status = Integer.toUnsignedLong(window.read32(IceRegister.BIST_STATUS.offset()));
    return !IceFields.BIST_BUSY.isSet(status);
  }
}
