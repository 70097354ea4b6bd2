package dev.keyslot.app.stack;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.Xts;

/**
 * What a machine is built of, besides its medium.
 *
 * @param engine computes AES-XTS in the crypto engine
 * @param host what kind of host; where its engine does not encrypt, the block layer does, in
 *     software
 * @param dataPaths tasks, or batches of them, that move data at once
 * @param clock every time limit is measured with it
 * @param parker where threads wait that can do nothing
 * @param probe stands between the driver and the silicon: nothing, or an observer
 */
public record MachineConfig(
    Xts engine, HostChoice host, int dataPaths, Clock clock, Parker parker, SiliconProbe probe) {

  /** A machine that serves: a data path for each processor, real time. */
  public static MachineConfig served(Xts engine, HostChoice host, SiliconProbe probe) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new MachineConfig(
        engine, host, Math.min(processors, 16), Clock.system(), new ThreadParker(), probe);
  }
}
