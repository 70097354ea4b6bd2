package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A key and how it is used; many bios share one.
 *
 * <p>Immutable but for {@link #close}. Its identity is the object: two keys with equal bytes are
 * two keys, and {@code equals} is not overridden. The bytes lie off-heap, out of core dumps, are
 * lent and never returned, and are wiped on close. Close a key only after all its I/O is done and
 * it was evicted from every device it was used on. Safe from any thread.
 */
public final class CryptoKey implements AutoCloseable {

  /** The longest wrapped key. */
  public static final int MAX_WRAPPED_BYTES = 128;

  static final int MIN_DATA_UNIT_BYTES = 512;
  static final int MAX_DATA_UNIT_BYTES = 65536;

  private static final AtomicInteger NEXT_ID = new AtomicInteger(1);

  private final CryptoConfig config;
  private final int group;
  private final int id = NEXT_ID.getAndIncrement();
  private final int dataUnitBits;
  private final int sizeBytes;
  private final MemorySegment cell;
  private final MemorySegment bytes;

  /** Keeps a close from wiping bytes on loan. */
  private final ReentrantLock loan = new ReentrantLock();

  /** Written with {@link #loan} held. */
  private volatile boolean closed;

  private CryptoKey(CryptoConfig config, MemorySegment source, int group) {
    this.config = config;
    this.group = group;
    dataUnitBits = Integer.numberOfTrailingZeros(config.dataUnitBytes());
    sizeBytes = (int) source.byteSize();
    cell = KeyPages.take();
    MemorySegment.copy(source, 0, cell, 0, sizeBytes);
    bytes = cell.asSlice(0, sizeBytes).asReadOnly();
  }

  /** A key of group 0; see {@link #of(CryptoConfig, MemorySegment, int)}. */
  public static CryptoKey of(CryptoConfig config, MemorySegment keyBytes) {
    return of(config, keyBytes, 0);
  }

  /**
   * A key from a copy of {@code keyBytes}; the caller wipes its own.
   *
   * @param group whose share of keyslots the key counts against; at least 0
   * @throws IllegalArgumentException if the configuration or the size is wrong; the first failing
   *     check in the kernel's order is reported
   */
  public static CryptoKey of(CryptoConfig config, MemorySegment keyBytes, int group) {
    checkSize(config, keyBytes.byteSize());
    Checks.argument(
        config.dunBytes() >= 1 && config.dunBytes() <= config.mode().ivBytes(),
        "data unit number size of %s must be in [1, %d]: dunBytes=%d",
        config.mode(),
        config.mode().ivBytes(),
        config.dunBytes());
    Checks.argument(
        Integer.bitCount(config.dataUnitBytes()) == 1
            && config.dataUnitBytes() >= MIN_DATA_UNIT_BYTES
            && config.dataUnitBytes() <= MAX_DATA_UNIT_BYTES,
        "data unit size must be a power of two in [%d, %d]: dataUnitBytes=%d",
        MIN_DATA_UNIT_BYTES,
        MAX_DATA_UNIT_BYTES,
        config.dataUnitBytes());
    Checks.argument(
        config.dunStep() >= 1 && config.dunStep() <= MAX_DATA_UNIT_BYTES,
        "step of the data unit number must be in [1, %d]: dunStep=%d",
        MAX_DATA_UNIT_BYTES,
        config.dunStep());
    Checks.argument(group >= 0, "key group must not be negative: group=%d", group);
    return new CryptoKey(config, keyBytes, group);
  }

  private static void checkSize(CryptoConfig config, long size) {
    switch (config.keyType()) {
      case RAW ->
          Checks.argument(
              size == config.mode().keyBytes(),
              "raw key of %s must have %d bytes: sizeBytes=%d",
              config.mode(),
              config.mode().keyBytes(),
              size);
      case HW_WRAPPED -> {
        Checks.argument(
            size >= config.mode().strengthBytes() && size <= MAX_WRAPPED_BYTES,
            "wrapped key of %s must have %d to %d bytes: sizeBytes=%d",
            config.mode(),
            config.mode().strengthBytes(),
            MAX_WRAPPED_BYTES,
            size);
        Checks.argument(
            config.allowHardware(), "wrapped key must be allowed on hardware: %s", config);
      }
    }
  }

  /** How the key is used. */
  public CryptoConfig config() {
    return config;
  }

  /** Whose share of keyslots the key counts against. */
  public int group() {
    return group;
  }

  /** A number for logs, unique in this process; says nothing of the bytes. */
  public int id() {
    return id;
  }

  /** Size of the key's bytes. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** Base-two logarithm of the data unit size. */
  int dataUnitBits() {
    return dataUnitBits;
  }

  /**
   * Lends the bytes, read-only, for the time of the call; the borrower keeps no reference.
   *
   * @throws IllegalStateException if the key is closed
   */
  public void withBytes(Consumer<MemorySegment> borrower) {
    loan.lock();
    try {
      Checks.that(!closed, "key must not be used after close: %s", this);
      borrower.accept(bytes);
    } finally {
      loan.unlock();
    }
  }

  /** Whether the bytes are gone. */
  boolean isClosed() {
    return closed;
  }

  /** Wipes the bytes. Closing again does nothing. */
  @Override
  public void close() {
    loan.lock();
    try {
      if (!closed) {
        closed = true;
        KeyPages.give(cell);
      }
    } finally {
      loan.unlock();
    }
  }

  /** Mode, unit and number; never the bytes. */
  @Override
  public String toString() {
    return "CryptoKey[" + config.mode() + ", " + config.dataUnitBytes() + " B, id=" + id + "]";
  }
}
