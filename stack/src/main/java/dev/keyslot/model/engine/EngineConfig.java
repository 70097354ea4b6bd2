package dev.keyslot.model.engine;

import dev.keyslot.base.Checks;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.link.cqhci.CryptoKeySize;
import java.util.List;

/**
 * What an engine can do, as its capability registers tell.
 *
 * @param slots keyslots, 1 to 256
 * @param configPointer offset of the keyslots from the CQHCI base in units of 256 bytes
 * @param capabilities the CRYPTOCAP words
 * @param wrap what follows data unit number FFFFFFFF
 * @param partialUnit what becomes of a task that ends within a data unit
 */
public record EngineConfig(
    int slots,
    int configPointer,
    List<Integer> capabilities,
    DunWrap wrap,
    PartialUnit partialUnit) {

  /** What the public documents leave open: the data unit number after FFFFFFFF. */
  public enum DunWrap {
    /** A 32-bit counter: 0. */
    WRAP_32,
    /** A wider counter: 100000000h. */
    CARRY,
    /** A task that would get there fails with GCE. */
    REFUSE
  }

  /** What the public documents leave open: a task of the queue that ends within a data unit. */
  public enum PartialUnit {
    /** GCE, before any data: nothing is sent to the card. */
    REFUSE,
    /** The whole units, then GCE. */
    WHOLE_UNITS_THEN_FAIL,
    /** The tail is a data unit of its own, shorter than the others. */
    SHORT_UNIT
  }

  /** CFGC is 8 bits, minus one. */
  public static final int SLOTS_MAX = 256;

  /** AES-256-XTS with data units of 512 bytes to 64 KiB. */
  public static final int AES_256_XTS = 0x0003_FF00;

  public static final int AES_128_XTS = 0x0001_FF00;
  public static final int AES_128_ESSIV = 0x0001_FF03;

  public EngineConfig {
    capabilities = List.copyOf(capabilities);
    Checks.argument(slots >= 1 && slots <= SLOTS_MAX, "slots must be in [1, 256]: slots=%d", slots);
    long listEnd = 0x104 + (long) CqhciLayout.CRYPTOCAP_STRIDE_BYTES * capabilities.size();
    Checks.argument(
        configPointer * (long) CqhciLayout.CRYPTOCFG_POINTER_UNIT_BYTES >= listEnd,
        "keyslots must lie behind the capability list: configPointer=%d capabilities=%d",
        configPointer,
        capabilities.size());
    for (int capability : capabilities) {
      Checks.argument(
          possible(capability),
          "zero rule must go with AES-XTS, wrapped keys with AES-256-XTS: capability=0x%08x",
          capability);
    }
  }

  /** An engine that refuses tasks which end within a data unit. */
  public EngineConfig(int slots, int configPointer, List<Integer> capabilities, DunWrap wrap) {
    this(slots, configPointer, capabilities, wrap, PartialUnit.REFUSE);
  }

  /** The same, doing otherwise with a task that ends within a data unit. */
  public EngineConfig with(PartialUnit other) {
    return new EngineConfig(slots, configPointer, capabilities, wrap, other);
  }

  /** 32 slots, AES-256-XTS, zero rule: what serves volumes. */
  public static EngineConfig served() {
    return new EngineConfig(
        32, 0x10, List.of(CqhciFields.CRYPTOCAP_ZERO_RULE.set32(AES_256_XTS)), DunWrap.WRAP_32);
  }

  /** 32 slots and the algorithms of a richer part, without anything of ours. */
  public static EngineConfig faithful() {
    return new EngineConfig(
        32, 0x10, List.of(AES_256_XTS, AES_128_XTS, AES_128_ESSIV), DunWrap.WRAP_32);
  }

  /** One capability, AES-256-XTS, that takes keys raw or wrapped (ours). */
  public static EngineConfig wrapping() {
    return new EngineConfig(
        32, 0x10, List.of(CqhciFields.CRYPTOCAP_WRAPPED.set32(AES_256_XTS)), DunWrap.WRAP_32);
  }

  /** Whether any capability announces wrapped keys. */
  boolean takesWrappedKeys() {
    return capabilities.stream().anyMatch(CqhciFields.CRYPTOCAP_WRAPPED::isSet);
  }

  /** What we added to the standard is there for AES-XTS only, wrapped keys for its 256-bit form. */
  private static boolean possible(int capability) {
    boolean xts =
        CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(capability) == CryptoAlgorithm.AES_XTS.code();
    boolean long256 =
        CqhciFields.CRYPTOCAP_KEY_SIZE.extractInt(capability) == CryptoKeySize.BITS_256.code();
    return (xts || !CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(capability))
        && ((xts && long256) || !CqhciFields.CRYPTOCAP_WRAPPED.isSet(capability));
  }

  /** The CCAP register. */
  public int ccap() {
    int word = CqhciFields.CCAP_CAPABILITIES.insert32(0, capabilities.size());
    word = CqhciFields.CCAP_SLOTS_LESS_ONE.insert32(word, slots - 1);
    return CqhciFields.CCAP_CONFIG_POINTER.insert32(word, configPointer);
  }

  /** Offset of keyslot 0 from the CQHCI base. */
  public int configOffset() {
    return configPointer * CqhciLayout.CRYPTOCFG_POINTER_UNIT_BYTES;
  }
}
