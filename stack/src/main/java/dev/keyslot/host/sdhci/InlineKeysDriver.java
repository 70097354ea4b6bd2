package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;

/**
 * A host without keyslots: each task takes its key along.
 *
 * <p>The keyslot manager is initialised with no slots, and passes every key on; capabilities and
 * hooks are those of every other host. A vendor bit of the queue's capabilities announces it.
 */
public final class InlineKeysDriver implements Driver {

  private final CqhciConfig config;

  public InlineKeysDriver(CqhciConfig config) {
    this.config = config;
  }

  @Override
  public String name() {
    return "inline-keys";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    SdhciHost sdhci = SdhciHost.begin(device);
    MmcHost host = sdhci.mmcHost();
    int caps2 = MmcHost.CAP2_CQE.set32(MmcHost.CAP2_CQE_DCMD.mask32());
    host.setCaps2(MmcHost.CAP2_HS200.insert32(caps2, sdhci.runsHs200() ? 1 : 0));
    CqhciHost queue = new CqhciHost(device, host, config, sdhci);
    sdhci.setQueue(queue);
    queue.init(initCrypto(host, queue));
    sdhci.add();
  }

  /** The manager first, the flag last; null where the hardware has no such engine. */
  private static KeyslotOps initCrypto(MmcHost host, CqhciHost queue) throws ProbeException {
    KeyslotOps keys = queue.initInlineKeys();
    if (keys != null) {
      BitField crypto = MmcHost.CAP2_CRYPTO;
      host.setCaps2(crypto.set32(host.caps2()));
    }
    return keys;
  }

  @Override
  public void remove(Device device) {
    SdhciHost.of(device).remove();
  }
}
