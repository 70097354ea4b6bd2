package dev.keyslot.host.sdhci;

import dev.keyslot.host.mmc.MmcCommand;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.link.ice.QualcommRegister;

/**
 * Tells the engine which slot and data unit number the next command outside the queue has.
 *
 * <p>Before every data command, so that nothing of the last one's survives. Used with the host
 * claimed.
 */
final class NonQueueCrypto {

  /** The number register has 32 bits. */
  private static final int MAX_DUN_BYTES = 4;

  private final Mmio window;
  private final long base;

  /** A vendor bit disables it after a reset. */
  private final boolean locked;

  /** The general enable has been set. */
  private boolean enabled;

  /** A part with nothing to unlock. */
  NonQueueCrypto(Mmio window, long base) {
    this(window, base, false);
  }

  private NonQueueCrypto(Mmio window, long base, boolean locked) {
    this.window = window;
    this.base = base;
    this.locked = locked;
  }

  /** A Qualcomm part, which has a vendor bit against it. */
  static NonQueueCrypto qualcomm(Mmio window, long base) {
    return new NonQueueCrypto(window, base, true);
  }

  /** Whether the command can be sent; a plain one always can. */
  boolean apply(MmcCommand command) {
    if (command.crypto() == null) {
      write(NonQueueCryptoRegister.PARAMETER, 0);
      return true;
    }
    long bytes = (long) command.blocks() * command.blockBytes();
    if (command.keyslot() < 0 || !command.crypto().fits(bytes, MAX_DUN_BYTES)) {
      return false;
    }
    enableOnce();
    int parameter = NonQueueCryptoRegister.KEYSLOT.insert32(0, command.keyslot());
    write(NonQueueCryptoRegister.DATA_UNIT_NUMBER, (int) command.crypto().dunLow());
    write(NonQueueCryptoRegister.PARAMETER, NonQueueCryptoRegister.ENABLE.set32(parameter));
    return true;
  }

  /** After a reset of the controller the general enable is gone. */
  void forget() {
    enabled = false;
  }

  private void enableOnce() {
    if (!enabled) {
      if (locked) {
        long vendor = QualcommRegister.VENDOR_FUNCTION_4.offset();
        int word = window.read32(vendor);
        window.write32(vendor, QualcommRegister.DISABLE_CRYPTO.clear32(word));
      }
      long at = base + CqhciRegister.CFG.offset();
      window.write32(at, CqhciFields.CFG_CRYPTO_ENABLE.set32(window.read32(at)));
      enabled = true;
    }
  }

  private void write(NonQueueCryptoRegister register, int value) {
    window.write32(base + register.offset(), value);
  }
}
