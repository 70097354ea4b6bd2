package dev.keyslot.host.block.crypto;

/**
 * What a bio or a request is encrypted with: a key and the data unit number of its first byte.
 *
 * <p>A value holder that its bio or request owns and reuses; a request copies the context of its
 * first bio. The direction comes from the operation: a write encrypts, a read decrypts. Not safe
 * for use by two threads at once.
 */
public final class CryptoContext {

  /** Null when there is no context. */
  private CryptoKey key;

  private final DataUnitNumber dun = new DataUnitNumber();

  /** The key, by reference; null when this is not set. */
  public CryptoKey key() {
    return key;
  }

  /** Whether there is a context at all. */
  public boolean isSet() {
    return key != null;
  }

  /** Limb {@code index} (0 to 3) of the data unit number, least significant first. */
  public long dun(int index) {
    return dun.limb(index);
  }

  /** The low 64 bits of the data unit number. */
  public long dunLow() {
    return dun.limb(0);
  }

  /** Sets key and data unit number, limbs from the least significant. */
  public void set(CryptoKey newKey, long low, long second, long third, long high) {
    key = newKey;
    dun.set(low, second, third, high);
  }

  /** Takes the other's key reference and data unit number; the kernel's clone. */
  public void copyFrom(CryptoContext other) {
    key = other.key;
    dun.copyFrom(other.dun);
  }

  /** Forgets key and number. */
  public void clear() {
    key = null;
    dun.set(0, 0, 0, 0);
  }

  /** Moves on by {@code bytes}; a part of a data unit does not count. */
  public void advance(long bytes) {
    dun.add(steps(bytes));
  }

  /** Whether {@code next} starts where this context is after {@code bytes}. */
  public boolean contiguous(long bytes, CryptoContext next) {
    return dun.contiguous(steps(bytes), next.dun);
  }

  /**
   * Whether every data unit of {@code bytes} from here has a number below 2^(8 * dunBytes).
   *
   * @param bytes at least one data unit
   */
  public boolean fits(long bytes, int dunBytes) {
    return dun.fits(steps(bytes - key.config().dataUnitBytes()), dunBytes);
  }

  /** Whether the two may be in one request: both without a key, or with the same key object. */
  public static boolean compatible(CryptoContext one, CryptoContext other) {
    return one.key == other.key;
  }

  /** Whether {@code next} may follow {@code bytes} of {@code first} in one request. */
  public static boolean mergeable(CryptoContext first, long bytes, CryptoContext next) {
    return compatible(first, next) && (first.key == null || first.contiguous(bytes, next));
  }

  private long steps(long bytes) {
    return (bytes >> key.dataUnitBits()) * key.config().dunStep();
  }
}
