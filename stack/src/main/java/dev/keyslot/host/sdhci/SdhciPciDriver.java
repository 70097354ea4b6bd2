package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;

/**
 * The generic PCI host: SDHCI and CQHCI in one window, keys in the standard CRYPTOCFG array.
 *
 * <p>Setting the crypto flag here is our own doing: no PCI driver in Linux does. CQHCI init clears
 * it again where the hardware has no engine. Stateless: all state hangs on the device.
 */
public final class SdhciPciDriver implements Driver {

  private final CqhciConfig config;
  private final boolean crypto;

  /**
   * @param crypto whether inline encryption is to be used where the hardware has it
   */
  public SdhciPciDriver(CqhciConfig config, boolean crypto) {
    this.config = config;
    this.crypto = crypto;
  }

  @Override
  public String name() {
    return crypto ? "sdhci-pci" : "sdhci-plain";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    SdhciHost sdhci = SdhciHost.begin(device);
    MmcHost host = sdhci.mmcHost();
    host.setCaps2(caps2(sdhci));
    CqhciHost queue = new CqhciHost(device, host, config, sdhci);
    sdhci.setQueue(queue);
    queue.init(null);
    sdhci.add();
  }

  private int caps2(SdhciHost sdhci) {
    int caps2 = MmcHost.CAP2_CQE.set32(MmcHost.CAP2_CQE_DCMD.mask32());
    BitField hs200 = MmcHost.CAP2_HS200;
    caps2 = hs200.insert32(caps2, sdhci.runsHs200() ? 1 : 0);
    return MmcHost.CAP2_CRYPTO.insert32(caps2, crypto ? 1 : 0);
  }

  @Override
  public void remove(Device device) {
    SdhciHost.of(device).remove();
  }

  /** The host that a device bound to this or another driver of this room has. */
  public static MmcHost hostOf(Device device) {
    return SdhciHost.of(device).mmcHost();
  }
}
