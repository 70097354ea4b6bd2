package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.cqhci.CqhciPlatform;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.ice.QualcommRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The Qualcomm host: CQHCI with an engine beside it, whose keys only the firmware programs.
 *
 * <p>Fills the keyslot manager in itself, before CQHCI init, and sets the crypto flag last. Without
 * an engine region or a secure monitor, or with an engine it does not know, it serves without
 * crypto. A card without command queue is encrypted too, command by command.
 */
public final class SdhciMsmDriver implements Driver {

  private static final Logger LOG = System.getLogger(SdhciMsmDriver.class.getName());

  private final CqhciConfig config;
  private final Mmio engineWindow;
  private final SecureMonitor monitor;
  private final boolean wrappedKeys;

  /** A host for raw keys; see the other constructor. */
  public SdhciMsmDriver(CqhciConfig config, Mmio engineWindow, SecureMonitor monitor) {
    this(config, engineWindow, monitor, false);
  }

  /**
   * @param engineWindow the ICE region, or null where the platform has none
   * @param monitor the way into the firmware, or null where there is none
   * @param wrappedKeys whether the host is to take wrapped keys, and then only those, where its
   *     engine has a key manager and the firmware the calls; decided once, as in Linux
   */
  public SdhciMsmDriver(
      CqhciConfig config, Mmio engineWindow, SecureMonitor monitor, boolean wrappedKeys) {
    this.config = config;
    this.engineWindow = engineWindow;
    this.monitor = monitor;
    this.wrappedKeys = wrappedKeys;
  }

  @Override
  public String name() {
    return "sdhci-msm";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    SdhciHost sdhci = SdhciHost.begin(device);
    MmcHost host = sdhci.mmcHost();
    int caps2 = MmcHost.CAP2_CQE.set32(MmcHost.CAP2_CQE_DCMD.mask32());
    caps2 = MmcHost.CAP2_HS200.insert32(caps2, sdhci.runsHs200() ? 1 : 0);
    host.setCaps2(MmcHost.CAP2_HS400.insert32(caps2, sdhci.runsHs200() && eightBit(host) ? 1 : 0));
    Platform platform = new Platform(sdhci);
    CqhciHost queue = new CqhciHost(device, host, config, platform);
    sdhci.setQueue(queue);
    queue.init(initCrypto(device, host, queue, platform));
    Mmio window = device.wires().registers();
    long vendorConfig = config.baseOffset() + QualcommRegister.QUEUE_VENDOR_CONFIG.offset();
    int reset = window.read32(vendorConfig);
    window.write32(vendorConfig, QualcommRegister.RESET_ON_ENABLE.clear32(reset));
    if (host.has(MmcHost.CAP2_CRYPTO)) {
      sdhci.onAwakening(platform::awakened);
      sdhci.setNonQueueCrypto(NonQueueCrypto.qualcomm(window, config.baseOffset()));
    }
    sdhci.add();
  }

  /** HS400 is for eight lines only; nothing in SDHCI's registers tells of it. */
  private static boolean eightBit(MmcHost host) {
    return host.hasCap(MmcHost.CAP_8_BIT);
  }

  /** The keyslot operations, with manager initialised and flag set; null for "no crypto". */
  private KeyslotOps initCrypto(Device device, MmcHost host, CqhciHost queue, Platform platform)
      throws ProbeException {
    if (!queue.hasEngine()) {
      return null;
    }
    if (engineWindow == null || monitor == null) {
      LOG.log(Level.WARNING, "inline encryption off: no engine region or no secure monitor");
      return null;
    }
    device.acquire("ice region");
    IceEngine engine = new IceEngine(engineWindow, device.hardwareWait());
    if (!engine.usable()) {
      return null;
    }
    device.trace().emit(LifecycleStep.ICE_INITIALISED, device.name());
    IceKeyManager manager =
        wrappedKeys && WrappedSecureKeys.offeredBy(monitor)
            ? IceKeyManager.of(engineWindow, device.hardwareWait())
            : null;
    KeyslotOps keyslots =
        manager == null
            ? initRawKeys(device, queue, engine.firmwareTakesZeroRule())
            : initWrappedKeys(device, queue, manager);
    platform.engine = engine;
    platform.manager = manager;
    BitField crypto = MmcHost.CAP2_CRYPTO;
    host.setCaps2(crypto.set32(host.caps2()));
    return keyslots;
  }

  private KeyslotOps initRawKeys(Device device, CqhciHost queue, boolean zeroRule)
      throws ProbeException {
    SecureKeyslots keyslots = new SecureKeyslots(monitor, device.wires().dma(), zeroRule);
    device.manageOrReset("secure call buffer", null, keyslots::close);
    queue.initCustomKeyslots(keyslots, zeroRule);
    return keyslots;
  }

  private KeyslotOps initWrappedKeys(Device device, CqhciHost queue, IceKeyManager manager)
      throws ProbeException {
    manager.setUp();
    WrappedSecureKeys keyslots = new WrappedSecureKeys(manager, monitor, device.wires().dma());
    device.manageOrReset("secure call buffers", null, keyslots::close);
    queue.initWrappedKeyslots(keyslots, keyslots);
    return keyslots;
  }

  @Override
  public void remove(Device device) {
    SdhciHost.of(device).remove();
  }

  /** Switches the engine on each time the queue starts. */
  private static final class Platform implements CqhciPlatform {
    private final SdhciHost sdhci;

    /** Null without crypto. */
    private IceEngine engine;

    /** Null where keys are raw. */
    private IceKeyManager manager;

    private Platform(SdhciHost sdhci) {
      this.sdhci = sdhci;
    }

    /** Key manager first: keys are programmed again next. */
    private MmcError awakened() {
      if (manager != null) {
        manager.setUp();
      }
      return engine.awaitSelfTest() ? MmcError.NONE : MmcError.TIMEOUT;
    }

    @Override
    public void cqeEnable() {
      if (engine != null) {
        engine.enable();
      }
      if (manager != null) {
        manager.setUp();
      }
      sdhci.cqeEnable();
    }

    @Override
    public void cqeDisable(boolean recovery) {
      sdhci.cqeDisable(recovery);
    }
  }
}
