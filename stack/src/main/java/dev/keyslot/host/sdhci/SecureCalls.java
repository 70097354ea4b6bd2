package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.ice.IceFields;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Calls into the firmware, with a page of memory shared with it that is wiped after every use.
 *
 * <p>Not safe for two threads at once: keyslot calls are serialised by the manager's lock, and
 * wrapped-key calls have a page of their own.
 */
final class SecureCalls implements AutoCloseable {

  private static final int PAGE_BYTES = 4096;

  private final SecureMonitor monitor;
  private final DmaSpace dma;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment page = arena.allocate(PAGE_BYTES, PAGE_BYTES);
  private final long busAddress;

  SecureCalls(SecureMonitor monitor, DmaSpace dma) {
    this.monitor = monitor;
    this.dma = dma;
    busAddress = dma.map(page);
  }

  /** Whether the firmware has call {@code command} of the service that programs keys. */
  static boolean available(SecureMonitor monitor, int command) {
    int asked = BitField.of(0, Byte.SIZE).insert32(IceFields.CALL_ASKED_BASE, command);
    return monitor.call(IceFields.CALL_IS_AVAILABLE, asked) == 1;
  }

  MemorySegment page() {
    return page;
  }

  /** What the firmware calls the byte at {@code offset} of the page. */
  long addressOf(int offset) {
    return busAddress + offset;
  }

  void wipe() {
    page.fill((byte) 0);
  }

  void call(int command, long... arguments) throws KeyslotException {
    int function = BitField.of(0, Byte.SIZE).insert32(IceFields.CALL_BASE, command);
    int result = monitor.call(function, arguments);
    if (result != 0) {
      throw new KeyslotException(
          reason(result), "secure call must succeed: command=" + command + " result=" + result);
    }
  }

  /** The firmware's errors in the kernel's terms. */
  static Reason reason(int result) {
    return switch (result) {
      case -1 -> Reason.IO_ERROR;
      case -4 -> Reason.NOT_SUPPORTED;
      case -5 -> Reason.NO_MEMORY;
      case -12 -> Reason.BUSY;
      default -> Reason.INVALID;
    };
  }

  @Override
  public void close() {
    wipe();
    dma.unmap(busAddress);
    arena.close();
  }
}
