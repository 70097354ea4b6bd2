package dev.keyslot.host.cqhci;

import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Crypto init of a CQHCI host, on the probe path: discovers, initialises the keyslots, decides the
 * flag.
 *
 * <p>Six exits. In all but the last the flag is clear and the keyslots are all zero: flag not set
 * before, no crypto in the hardware, no memory for capabilities, keyslots not initialised, their
 * release not registered, success. There is one place that clears, after any failure.
 */
final class CqhciCrypto {

  private static final Logger LOG = System.getLogger(CqhciCrypto.class.getName());

  /** A task descriptor has a 32-bit data unit number. */
  static final int MAX_DUN_BYTES = 4;

  private final Device device;
  private final MmcHost host;
  private final CqhciRegisters registers;

  CqhciCrypto(Device device, MmcHost host, CqhciRegisters registers) {
    this.device = device;
    this.host = host;
    this.registers = registers;
  }

  /**
   * Leaves the flag set only if the keyslots are initialised.
   *
   * @param custom who programs keys if the platform has initialised the keyslots itself, or null
   */
  void init(KeyslotOps custom) throws ProbeException {
    device.trace().emit(LifecycleStep.CRYPTO_INIT_ENTER, device.name());
    boolean ready = false;
    try {
      ready = supported() && (custom == null ? initKeyslots() : clear(custom));
    } finally {
      if (!ready) {
        host.clearCrypto();
      }
    }
    device.trace().emit(LifecycleStep.CRYPTO_INIT_LEAVE, device.name());
  }

  private boolean supported() {
    return host.has(MmcHost.CAP2_CRYPTO)
        && (registers.isSet(CqhciRegister.CAP, CqhciFields.CAP_CRYPTO) || takesInlineKeys());
  }

  private boolean takesInlineKeys() {
    return registers.isSet(CqhciRegister.CAP, CqhciFields.CAP_INLINE_KEYS);
  }

  private boolean initKeyslots() throws ProbeException {
    long ccap = capabilityRegister();
    long array =
        CqhciFields.CCAP_CONFIG_POINTER.extract(ccap) * CqhciLayout.CRYPTOCFG_POINTER_UNIT_BYTES;
    device.acquire("cqhci crypto capabilities");
    int[] capabilities = new int[CqhciFields.CCAP_CAPABILITIES.extractInt(ccap)];
    int slots = CqhciFields.CCAP_SLOTS_LESS_ONE.extractInt(ccap) + 1;
    host.initKeyslots(slots);
    readCapabilities(capabilities);
    CqhciKeyslots ops = new CqhciKeyslots(registers, capabilities, array);
    fillIn(host.keyslots(), capabilities, ops, KeyType.RAW);
    device.trace().emit(LifecycleStep.CAPABILITIES_FILLED, device.name());
    for (int slot = 0; slot < slots; slot++) {
      ops.clear(slot);
    }
    return true;
  }

  private long capabilityRegister() {
    return Integer.toUnsignedLong(registers.read(CqhciRegister.CCAP));
  }

  private void readCapabilities(int[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] =
          registers.readAt(
              CqhciRegister.CRYPTOCAP.offset() + (long) i * CqhciLayout.CRYPTOCAP_STRIDE_BYTES);
    }
  }

  /**
   * Keyslots whose keys {@code ops} programs, with the zero rule only if that way carries it.
   * Firmware takes AES-256-XTS alone, whatever the engine announces.
   */
  void initCustom(KeyslotOps ops, boolean zeroRule) throws ProbeException {
    initCustom(ops, KeyType.RAW);
    if (!zeroRule) {
      host.keyslots().setZeroRuleMask(CryptoMode.AES_256_XTS, 0);
    }
    device.trace().emit(LifecycleStep.CAPABILITIES_FILLED, device.name());
  }

  /** Keyslots that take wrapped keys only; the zero rule does not go with them. */
  void initWrapped(KeyslotOps ops, KeyslotOps.Wrapped wrapped) throws ProbeException {
    initCustom(ops, KeyType.HW_WRAPPED);
    host.keyslots().setWrappedKeyOps(wrapped);
    host.keyslots().setZeroRuleMask(CryptoMode.AES_256_XTS, 0);
    device.trace().emit(LifecycleStep.CAPABILITIES_FILLED, device.name());
  }

  private void initCustom(KeyslotOps ops, KeyType keys) throws ProbeException {
    long ccap = capabilityRegister();
    int[] capabilities = new int[CqhciFields.CCAP_CAPABILITIES.extractInt(ccap)];
    host.initKeyslots(CqhciFields.CCAP_SLOTS_LESS_ONE.extractInt(ccap) + 1);
    readCapabilities(capabilities);
    fillIn(host.keyslots(), capabilities, ops, keys);
    for (CryptoMode mode : CryptoMode.values()) {
      if (mode != CryptoMode.AES_256_XTS) {
        host.keyslots().setDataUnitMask(mode, 0);
      }
    }
  }

  /**
   * A manager without slots for hardware that takes the key with each task.
   *
   * @return null if this hardware does not; the manager is all zero then
   */
  InlineKeys initInline() throws ProbeException {
    if (!takesInlineKeys()) {
      return null;
    }
    device.acquire("cqhci crypto capabilities");
    int count = CqhciFields.CCAP_CAPABILITIES.extractInt(capabilityRegister());
    int[] capabilities = new int[count];
    host.initKeyslots(0);
    readCapabilities(capabilities);
    InlineKeys keys = new InlineKeys(capabilities);
    fillIn(host.keyslots(), capabilities, keys, KeyType.RAW);
    device.trace().emit(LifecycleStep.CAPABILITIES_FILLED, device.name());
    return keys;
  }

  private static void fillIn(
      KeyslotManager keyslots, int[] capabilities, KeyslotOps ops, KeyType keys) {
    keyslots.setOps(ops);
    keyslots.setMaxDunBytes(MAX_DUN_BYTES);
    keyslots.addKeyType(keys);
    int[] zeroRuleMasks = new int[CryptoMode.values().length + 1];
    for (int capability : capabilities) {
      CryptoMode mode = CqhciKeyslots.mode(capability);
      if (mode != null) {
        int units = CqhciKeyslots.dataUnitMask(capability);
        keyslots.setDataUnitMask(mode, keyslots.dataUnitMask(mode) | units);
        if (CqhciKeyslots.knowsZeroRule(capability)) {
          zeroRuleMasks[mode.number()] |= units;
          keyslots.setZeroRuleMask(mode, zeroRuleMasks[mode.number()]);
        }
      }
    }
  }

  /** The platform's keyslots, brought to a known state through its own evict. */
  private boolean clear(KeyslotOps custom) {
    KeyslotManager keyslots = host.keyslots();
    if (!keyslots.initialised()) {
      return false;
    }
    for (int slot = 0; slot < keyslots.numSlots(); slot++) {
      try {
        custom.evict(slot, null);
      } catch (KeyslotException ignored) {
        LOG.log(Level.WARNING, "keyslot not cleared: slot={0}", slot);
      }
    }
    return true;
  }
}
