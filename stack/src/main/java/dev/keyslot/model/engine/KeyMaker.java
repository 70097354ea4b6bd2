package dev.keyslot.model.engine;

import dev.keyslot.base.cipher.EssivKey;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.cqhci.CryptoKeySize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * Turns the words of a keyslot into a key, or into null if the engine cannot: then no task may use
 * the slot. Guarded by the controller's lock.
 */
final class KeyMaker {

  private final EngineConfig config;
  private final Xts xts;

  /** Null where no capability announces wrapped keys. */
  private final KeyWrapper wrapper;

  /** Where the halves of a key meet; zero but meanwhile. */
  private final MemorySegment joined;

  KeyMaker(EngineConfig config, Xts xts, KeyWrapper wrapper, Arena arena) {
    joined = arena.allocate(CryptoConfigFields.KEY_BYTES);
    this.config = config;
    this.xts = xts;
    this.wrapper = wrapper;
  }

  SlotKey make(MemorySegment keyWords, int word16, int word17) {
    List<Integer> capabilities = config.capabilities();
    int index = CryptoConfigFields.CAPABILITY.extractInt(word16);
    int unit = CryptoConfigFields.DATA_UNIT.extractInt(word16);
    if (index >= capabilities.size()) {
      return null;
    }
    int capability = capabilities.get(index);
    boolean zeroRule = CryptoConfigFields.ZERO_RULE.isSet(word17);
    boolean wrapped = CryptoConfigFields.WRAPPED.isSet(word17);
    boolean unitKnown = (CqhciFields.CRYPTOCAP_UNIT_MASK.extractInt(capability) & unit) != 0;
    boolean zeroKnown = !zeroRule || CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(capability);
    boolean wrapKnown = !wrapped || CqhciFields.CRYPTOCAP_WRAPPED.isSet(capability);
    if (Integer.bitCount(unit) != 1 || !unitKnown || !zeroKnown || !wrapKnown) {
      return null;
    }
    DataKey key = wrapped ? unwrapped(keyWords) : plain(keyWords, capability);
    int unitBytes = unit * CqhciLayout.BLOCK_BYTES;
    return key == null ? null : new SlotKey(key, unitBytes, zeroRule, config.wrap());
  }

  private DataKey plain(MemorySegment words, int capability) {
    int algorithm = CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(capability);
    int size = keyBytes(CqhciFields.CRYPTOCAP_KEY_SIZE.extractInt(capability));
    if (algorithm == CryptoAlgorithm.AES_XTS.code()) {
      boolean known =
          size == CryptoKeySize.BITS_128.bytes() || size == CryptoKeySize.BITS_256.bytes();
      return known ? xtsOfHalves(words, size) : null;
    }
    boolean essiv = algorithm == CryptoAlgorithm.ESSIV_AES_CBC.code();
    return essiv && size == CryptoKeySize.BITS_128.bytes()
        ? new DataKey.Essiv(new EssivKey(words.asSlice(0, size)))
        : null;
  }

  private static int keyBytes(int code) {
    for (CryptoKeySize size : CryptoKeySize.values()) {
      if (size.code() == code) {
        return size.bytes();
      }
    }
    return 0;
  }

  private DataKey xtsOfHalves(MemorySegment words, int half) {
    MemorySegment.copy(words, 0, joined, 0, half);
    MemorySegment.copy(words, CryptoConfigFields.XTS_SECOND_HALF_BYTE, joined, half, half);
    long bytes = 2L * half;
    return xtsOf(bytes == joined.byteSize() ? joined : joined.asSlice(0, bytes));
  }

  /** The bytes behind the sealed form must be zero. */
  private DataKey unwrapped(MemorySegment words) {
    byte[] all = words.toArray(ValueLayout.JAVA_BYTE);
    for (int i = KeyWrapper.SEALED_BYTES; i < all.length; i++) {
      if (all[i] != 0) {
        return null;
      }
    }
    byte[] inline = wrapper.inlineKey(Arrays.copyOf(all, KeyWrapper.SEALED_BYTES));
    if (inline.length == 0) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(inline.length);
      bytes.copyFrom(MemorySegment.ofArray(inline));
      return xtsOf(bytes);
    } finally {
      Arrays.fill(inline, (byte) 0);
    }
  }

  private DataKey xtsOf(MemorySegment bytes) {
    try {
      return new DataKey.Xts(xts.newKeyAllowingEqualHalves(bytes));
    } finally {
      bytes.fill((byte) 0);
    }
  }
}
