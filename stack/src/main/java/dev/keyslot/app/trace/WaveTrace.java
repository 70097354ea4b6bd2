package dev.keyslot.app.trace;

import dev.keyslot.base.Agent;
import dev.keyslot.base.BitField;
import dev.keyslot.base.Clock;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.cqhci.CqhciLayout;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes register, doorbell and interrupt activity of a controller as a wave file.
 *
 * <p>Every access of the driver is an event with offset, width and value; after each access and
 * each step every register is looked at, and changes are written. Only values of registers that the
 * datasheets name are told, keys and data of the PIO port never. Safe from any thread; its lock is
 * taken before the controller's. A file that cannot be written any more ends the trace, with a line
 * in the log, and nothing else.
 */
public final class WaveTrace implements SiliconProbe, AutoCloseable {

  /** A wave file beyond this is no use to anybody, and a forgotten one must not fill a disk. */
  public static final long FILE_BYTES_MAX = 64L << 20;

  private static final BitField LOW_WORD = BitField.of(0, Integer.SIZE);
  private static final BitField HIGH_WORD = BitField.of(Integer.SIZE, Integer.SIZE);

  private final ReentrantLock lock = new ReentrantLock();
  private final Path path;
  private final long limitBytes;
  private final VcdFile file;
  private final Clock clock;
  private final long startNanos;
  private final Logger log;

  /** With the queue at its usual place until {@link #registers}; names are the same elsewhere. */
  private RegisterWindow window = RegisterWindow.standard(CqhciLayout.DEFAULT_BASE);

  private final List<VcdFile.Signal> registerSignals = new ArrayList<>();
  private AccessSignals writes;
  private AccessSignals reads;
  private VcdFile.Signal irq;

  /** Null until {@link #registers}. */
  private Mmio silicon;

  /** Null until {@link #registers}. */
  private InterruptLine interrupt;

  /** False once the file is full, failed, or closed. */
  private volatile boolean live = true;

  private record AccessSignals(
      VcdFile.Signal event, VcdFile.Signal offset, VcdFile.Signal bytes, VcdFile.Signal value) {}

  private WaveTrace(Path path, long limitBytes, Clock clock, Logger log) throws IOException {
    this.path = path;
    this.limitBytes = limitBytes;
    file = VcdFile.create(path, limitBytes);
    this.clock = clock;
    this.log = log;
    startNanos = clock.nanoTime();
    declare();
  }

  /** A trace into a new file, with {@link #FILE_BYTES_MAX}, of a window with CQHCI at its place. */
  public static WaveTrace create(Path path, Clock clock) throws IOException {
    return create(path, clock, FILE_BYTES_MAX);
  }

  /** A trace into a new file of at most {@code limitBytes}. */
  static WaveTrace create(Path path, Clock clock, long limitBytes) throws IOException {
    return new WaveTrace(path, limitBytes, clock, System.getLogger(WaveTrace.class.getName()));
  }

  private void declare() throws IOException {
    file.beginScope("keyslot");
    irq = file.declare("irq", 1);
    file.beginScope("bus");
    writes = declareAccess("write");
    reads = declareAccess("read");
    file.endScope();
    for (var block : window.blocks()) {
      file.beginScope(block.name());
      for (var register : block.registers()) {
        registerSignals.add(file.declare(register.name(), register.widthBytes() * Byte.SIZE));
      }
      file.endScope();
    }
    file.endScope();
    file.endDeclarations();
  }

  private AccessSignals declareAccess(String name) throws IOException {
    return new AccessSignals(
        file.declareEvent(name),
        file.declare(name + "_offset", Short.SIZE),
        file.declare(name + "_bytes", 4),
        file.declare(name + "_value", Integer.SIZE));
  }

  @Override
  public Mmio registers(Mmio registers, InterruptLine line, int queueBase) {
    window = RegisterWindow.standard(queueBase);
    silicon = registers;
    interrupt = line;
    look();
    return new TracedMmio(registers, this);
  }

  @Override
  public Agent agent(Agent controller) {
    return new TracedAgent(controller, this);
  }

  /** The driver has written. */
  void wrote(long offset, int bytes, long value) {
    record(writes, offset, bytes, value);
  }

  /** The driver has read. */
  void read(long offset, int bytes, long value) {
    record(reads, offset, bytes, value);
  }

  private void record(AccessSignals signals, long offset, int bytes, long value) {
    if (!live) {
      return;
    }
    lock.lock();
    try {
      if (!live) {
        return;
      }
      if (bytes == Long.BYTES) { // two accesses, as the window takes it
        access(signals, offset, Integer.BYTES, LOW_WORD.extract(value));
        access(signals, offset + Integer.BYTES, Integer.BYTES, HIGH_WORD.extract(value));
      } else {
        access(signals, offset, bytes, BitField.of(0, bytes * Byte.SIZE).extract(value));
      }
      sample();
    } catch (IOException e) {
      give(e);
    } finally {
      lock.unlock();
    }
  }

  private void access(AccessSignals signals, long offset, int bytes, long value)
      throws IOException {
    file.at(Math.max(clock.nanoTime() - startNanos, file.time() + 1));
    file.happen(signals.event());
    file.change(signals.offset(), BitField.of(0, Short.SIZE).extract(offset));
    file.change(signals.bytes(), bytes);
    if (window.tells(offset, bytes)) {
      file.change(signals.value(), value);
    } else {
      file.conceal(signals.value());
    }
  }

  /** Something may have changed by itself. */
  void look() {
    if (!live) {
      return;
    }
    lock.lock();
    try {
      if (live) {
        file.at(Math.max(clock.nanoTime() - startNanos, file.time() + 1));
        sample();
      }
    } catch (IOException e) {
      give(e);
    } finally {
      lock.unlock();
    }
  }

  private void sample() throws IOException {
    int index = 0;
    for (var block : window.blocks()) {
      for (var register : block.registers()) {
        long at = (long) block.base() + register.offset();
        long value =
            switch (register.widthBytes()) {
              case Byte.BYTES -> Byte.toUnsignedLong(silicon.read8(at));
              case Short.BYTES -> Short.toUnsignedLong(silicon.read16(at));
              default -> Integer.toUnsignedLong(silicon.read32(at));
            };
        file.change(registerSignals.get(index++), value);
      }
    }
    file.change(irq, interrupt.raised() ? 1 : 0);
    if (file.full()) {
      live = false;
      log.log(Level.INFO, "trace ends at its limit: bytes=%d file=%s".formatted(limitBytes, path));
    }
  }

  private void give(IOException e) {
    live = false;
    log.log(
        Level.WARNING,
        "trace ends: its file must be writable: file=%s reason=%s".formatted(path, e.getMessage()));
  }

  /** Ends the trace; the machine may go on. */
  @Override
  public void close() {
    lock.lock();
    try {
      live = false;
      file.close();
    } catch (IOException e) {
      give(e);
    } finally {
      lock.unlock();
    }
  }
}
