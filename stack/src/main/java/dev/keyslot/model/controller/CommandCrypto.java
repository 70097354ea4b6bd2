package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.SlotKey;
import dev.keyslot.model.engine.Verdict;
import java.lang.foreign.MemorySegment;

/**
 * Encrypts the data of commands outside the queue, as a pair of registers says; fails closed.
 *
 * <p>The registers are looked at when the data phase starts and the slot's key is held until it is
 * over. {@link #begin} and {@link #end} under the controller's lock, the data on the thread that
 * runs the command.
 */
final class CommandCrypto {

  private final HostIdentity identity;
  private final CryptoEngine engine;
  private final RegisterFile registers;
  private final VendorBlock vendor;

  /** Null for plain data. */
  private SlotKey key;

  /** Number of the next data unit. */
  private long dun;

  CommandCrypto(
      HostIdentity identity, CryptoEngine engine, RegisterFile registers, VendorBlock vendor) {
    this.identity = identity;
    this.engine = engine;
    this.registers = registers;
    this.vendor = vendor;
  }

  HostIdentity identity() {
    return identity;
  }

  /**
   * Takes the key for a data phase of {@code bytes}.
   *
   * @param wholeUnits whether data moves in whole data units: elsewhere nothing is encrypted
   * @return false if the engine cannot do what the registers ask for: then no data may move
   */
  boolean begin(boolean wholeUnits, long bytes) {
    if (!identity.commandCrypto()) {
      return true;
    }
    int parameter = registers.get(NonQueueCryptoRegister.PARAMETER);
    if (!NonQueueCryptoRegister.ENABLE.isSet(parameter)) {
      return true;
    }
    boolean enabled =
        CqhciFields.CFG_CRYPTO_ENABLE.isSet(registers.get(CqhciRegister.CFG))
            && !vendor.commandCryptoDisabled();
    int slot = NonQueueCryptoRegister.KEYSLOT.extractInt(parameter);
    dun = Integer.toUnsignedLong(registers.get(NonQueueCryptoRegister.DATA_UNIT_NUMBER));
    if (!wholeUnits || engine.check(enabled, slot, dun, bytes) != Verdict.OK) {
      return false;
    }
    key = engine.claim(slot);
    if (bytes % key.unitBytes() != 0) { // whatever the engine does with such a task of the queue
      end();
      return false;
    }
    return true;
  }

  /** The data phase is over, well or not. */
  void end() {
    if (key != null) {
      engine.release(key);
      key = null;
    }
  }

  /** Whole data units on their way to the card, in place. */
  void encrypt(MemorySegment units) {
    if (key != null) {
      key.encrypt(dun, units, units);
      dun += units.byteSize() / key.unitBytes();
    }
  }

  /** Whole data units on their way from the card, in place. */
  void decrypt(MemorySegment units) {
    if (key != null) {
      key.decrypt(dun, units, units);
      dun += units.byteSize() / key.unitBytes();
    }
  }
}
