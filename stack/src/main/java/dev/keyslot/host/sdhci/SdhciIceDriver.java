package dev.keyslot.host.sdhci;

import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;

/**
 * A host that encrypts without a command queue: keyslots in the CRYPTOCFG array, slot and data unit
 * number in a pair of registers before each command.
 *
 * <p>The same keyslot manager, the same hooks as with a queue; only how the hardware is told
 * differs.
 */
public final class SdhciIceDriver implements Driver {

  private final CqhciConfig config;
  private final boolean crypto;

  /**
   * @param crypto whether inline encryption is to be used where the hardware has it
   */
  public SdhciIceDriver(CqhciConfig config, boolean crypto) {
    this.config = config;
    this.crypto = crypto;
  }

  @Override
  public String name() {
    return "sdhci-ice";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    SdhciHost sdhci = SdhciHost.begin(device);
    MmcHost host = sdhci.mmcHost();
    int caps2 = MmcHost.CAP2_CRYPTO.insert32(0, crypto ? 1 : 0);
    host.setCaps2(MmcHost.CAP2_HS200.insert32(caps2, sdhci.runsHs200() ? 1 : 0));
    new CqhciHost(device, host, config, sdhci).init(null);
    if (host.has(MmcHost.CAP2_CRYPTO)) {
      sdhci.setNonQueueCrypto(new NonQueueCrypto(device.wires().registers(), config.baseOffset()));
    }
    sdhci.add();
  }

  @Override
  public void remove(Device device) {
    SdhciHost.of(device).remove();
  }
}
