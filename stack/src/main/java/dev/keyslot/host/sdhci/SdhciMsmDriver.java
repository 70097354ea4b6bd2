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
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.SecureMonitor;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The Qualcomm host: CQHCI with an engine beside it, whose keys only the firmware programs.
 *
 * <p>Fills the keyslot manager in itself, before CQHCI init, and sets the crypto flag last. Without
 * an engine region or a secure monitor, or with an engine it does not know, it serves without
 * crypto.
 */
public final class SdhciMsmDriver implements Driver {

  private static final Logger LOG = System.getLogger(SdhciMsmDriver.class.getName());

  private final CqhciConfig config;
  private final Mmio engineWindow;
  private final SecureMonitor monitor;

  /**
   * @param engineWindow the ICE region, or null where the platform has none
   * @param monitor the way into the firmware, or null where there is none
   */
  public SdhciMsmDriver(CqhciConfig config, Mmio engineWindow, SecureMonitor monitor) {
    this.config = config;
    this.engineWindow = engineWindow;
    this.monitor = monitor;
  }

  @Override
  public String name() {
    return "sdhci-msm";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    MmcHost host = MmcHost.alloc(device);
    SdhciHost sdhci = new SdhciHost(device, host);
    sdhci.setUp();
    device.setDriverData(sdhci);
    device.trace().emit(LifecycleStep.CQE_ADD_HOST_ENTER, device.name());
    int caps2 = MmcHost.CAP2_CQE.set32(MmcHost.CAP2_CQE_DCMD.mask32());
    host.setCaps2(MmcHost.CAP2_HS200.insert32(caps2, sdhci.runsHs200() ? 1 : 0));
    Platform platform = new Platform(sdhci);
    CqhciHost queue = new CqhciHost(device, host, config, platform);
    sdhci.setQueue(queue);
    queue.init(initCrypto(device, host, queue, platform));
    host.add();
    device.trace().emit(LifecycleStep.CQE_ADD_HOST_LEAVE, device.name());
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
    SecureKeyslots keyslots = new SecureKeyslots(monitor, device.wires().dma());
    device.manageOrReset("secure call buffer", null, keyslots::close);
    queue.initCustomKeyslots(keyslots);
    platform.engine = engine;
    BitField crypto = MmcHost.CAP2_CRYPTO;
    host.setCaps2(crypto.set32(host.caps2()));
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

    private Platform(SdhciHost sdhci) {
      this.sdhci = sdhci;
    }

    @Override
    public void cqeEnable() {
      if (engine != null) {
        engine.enable();
      }
      sdhci.cqeEnable();
    }

    @Override
    public void cqeDisable(boolean recovery) {
      sdhci.cqeDisable(recovery);
    }
  }
}
