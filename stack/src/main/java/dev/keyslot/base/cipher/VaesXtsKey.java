package dev.keyslot.base.cipher;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * An XTS key of our machine code: one expanded key off the heap, which all threads only read.
 *
 * <p>Memory on the heap is staged whole: nobody in a hurry has any.
 */
final class VaesXtsKey implements XtsKey {

  private static final SecretCells SCHEDULES = new SecretCells(VaesCode.SCHEDULE_BYTES);

  private static final ContextPool<ZeroSectors> ZERO_SECTORS = new ContextPool<>(ZeroSectors::new);

  /** No call may begin any more. */
  private static final int CLOSED = Integer.MIN_VALUE;

  /** Closed, and the schedule is gone. */
  private static final int WIPED = CLOSED | 1 << 30;

  private final MemorySegment schedule = SCHEDULES.take();

  /** Calls under way, and the marks above. */
  private final AtomicInteger calls = new AtomicInteger();

  VaesXtsKey(MemorySegment key) {
    VaesCode.expand(schedule, key);
  }

  @Override
  public void encrypt(
      long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
    DataUnits.check(unitBytes, from, to, false);
    if (!from.isNative() || !to.isNative()) {
      staged(from, to, stage -> encrypt(dunLow, dunHigh, unitBytes, stage, stage));
      return;
    }
    begin();
    try {
      long shape = VaesCode.shape(unitBytes, from.byteSize());
      VaesCode.encrypt(schedule, from.address(), to.address(), shape, dunLow, dunHigh);
    } finally {
      end(from, to);
    }
  }

  @Override
  public void decrypt(
      long dunLow,
      long dunHigh,
      int unitBytes,
      MemorySegment from,
      MemorySegment to,
      boolean zeroRule) {
    DataUnits.check(unitBytes, from, to, zeroRule);
    if (!from.isNative() || !to.isNative()) {
      staged(from, to, stage -> decrypt(dunLow, dunHigh, unitBytes, stage, stage, zeroRule));
      return;
    }
    begin();
    try {
      if (zeroRule) {
        decryptButZeros(dunLow, dunHigh, unitBytes, from, to);
      } else {
        long shape = VaesCode.shape(unitBytes, from.byteSize());
        VaesCode.decrypt(schedule, from.address(), to.address(), shape, dunLow, dunHigh);
      }
    } finally {
      end(from, to);
    }
  }

  private void decryptButZeros(
      long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
    ZeroSectors zeroSectors = ZERO_SECTORS.take();
    try {
      int most = UNIT_BYTES_MAX / unitBytes * unitBytes;
      for (long at = 0; at < from.byteSize(); at += most) {
        int bytes = (int) Math.min(most, from.byteSize() - at);
        int zeros = zeroSectors.find(from, at, bytes);
        if (zeros * SECTOR_BYTES < bytes) {
          long low = dunLow + at / unitBytes;
          VaesCode.decrypt(
              schedule,
              from.address() + at,
              to.address() + at,
              VaesCode.shape(unitBytes, bytes),
              low,
              highWord(dunLow, low, dunHigh));
        }
        if (zeros > 0) {
          zeroSectors.clear(to, at, bytes);
        }
      }
    } finally {
      ZERO_SECTORS.give(zeroSectors);
    }
  }

  /** The high word of a number whose low word went from {@code first} to {@code low}. */
  private static long highWord(long first, long low, long high) {
    return Long.compareUnsigned(low, first) < 0 ? high + 1 : high;
  }

  private static void staged(MemorySegment from, MemorySegment to, Consumer<MemorySegment> work) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stage = arena.allocate(from.byteSize());
      stage.copyFrom(from);
      work.accept(stage);
      to.copyFrom(stage);
      stage.fill((byte) 0);
    }
  }

  private void begin() {
    if (calls.incrementAndGet() < 0) {
      leave();
      throw new IllegalStateException("key must be open: closed=true");
    }
  }

  /** Memory went to the code by address, so it is kept reachable until here. */
  private void end(MemorySegment from, MemorySegment to) {
    try {
      leave();
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
    }
  }

  private void leave() {
    if (calls.decrementAndGet() == CLOSED) {
      wipe();
    }
  }

  @Override
  public void close() {
    if (calls.getAndUpdate(n -> n | CLOSED) == 0) {
      wipe();
    }
  }

  /** One of those who find nobody inside wins. */
  private void wipe() {
    if (calls.compareAndSet(CLOSED, WIPED)) {
      SCHEDULES.give(schedule);
    }
  }
}
