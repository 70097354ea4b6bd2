package dev.keyslot.app.stack;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.link.bus.Mmio;
import java.util.function.UnaryOperator;

/**
 * What a machine is built of, besides its medium.
 *
 * @param engine computes AES-XTS in the crypto engine
 * @param keyslots of the crypto engine, 1 to 256; 0 builds a machine without inline encryption,
 *     whose block layer encrypts in software
 * @param dataPaths tasks, or batches of them, that move data at once
 * @param clock every time limit is measured with it
 * @param parker where threads wait that can do nothing
 * @param probe stands between the driver and the registers: the identity, or an observer
 */
public record MachineConfig(
    Xts engine,
    int keyslots,
    int dataPaths,
    Clock clock,
    Parker parker,
    UnaryOperator<Mmio> probe) {

  public MachineConfig {
    Checks.argument(
        keyslots >= 0 && keyslots <= StackConfig.KEYSLOTS_MAX,
        "keyslots must be in [0, %d]: keyslots=%d",
        StackConfig.KEYSLOTS_MAX,
        keyslots);
  }

  /** A machine that serves: a data path for each processor, real time. */
  public static MachineConfig served(Xts engine, int keyslots) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new MachineConfig(
        engine,
        keyslots,
        Math.min(processors, 16),
        Clock.system(),
        new ThreadParker(),
        UnaryOperator.identity());
  }
}
