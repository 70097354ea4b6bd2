package dev.keyslot.app.trace;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A wave file being written: IEEE 1364 value change dump, one nanosecond a tick.
 *
 * <p>Signals are declared first, then change. Written at most to its limit, where it says so and
 * ends. Owned by one thread at a time.
 */
final class VcdFile implements AutoCloseable {

  /** The lowest printable character; identifiers are numbers in base 94 above it. */
  private static final int IDENTIFIER_FIRST = '!';

  private static final int IDENTIFIER_BASE = 94;

  /** Room for the note at the end, and for the longest change. */
  private static final int RESERVE_BYTES = 256;

  /** Something that changes. */
  static final class Signal {

    private final String identifier;
    private final int bits;
    private long value;
    private boolean known;

    private Signal(String identifier, int bits) {
      this.identifier = identifier;
      this.bits = bits;
    }
  }

  private final OutputStream out;
  private final long limitBytes;
  private final List<Signal> signals = new ArrayList<>();
  private long writtenBytes;
  private long time = -1;
  private boolean full;

  private VcdFile(OutputStream out, long limitBytes) {
    this.out = out;
    this.limitBytes = limitBytes;
  }

  /** A new file; one that exists is refused. */
  static VcdFile create(Path file, long limitBytes) throws IOException {
    var out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    VcdFile vcd = new VcdFile(new BufferedOutputStream(out, 1 << 16), limitBytes);
    vcd.write("$version keyslot $end\n$timescale 1 ns $end\n");
    return vcd;
  }

  void beginScope(String name) throws IOException {
    write("$scope module " + name + " $end\n");
  }

  void endScope() throws IOException {
    write("$upscope $end\n");
  }

  /** A wire or register of 1 to 32 bits. */
  Signal declare(String name, int bits) throws IOException {
    return declare(bits == 1 ? "wire" : "reg", name, bits);
  }

  /** Something that happens and has no value. */
  Signal declareEvent(String name) throws IOException {
    return declare("event", name, 1);
  }

  private Signal declare(String type, String name, int bits) throws IOException {
    StringBuilder identifier = new StringBuilder();
    int number = signals.size();
    do {
      identifier.append((char) (IDENTIFIER_FIRST + number % IDENTIFIER_BASE));
      number /= IDENTIFIER_BASE;
    } while (number > 0);
    Signal signal = new Signal(identifier.toString(), bits);
    signals.add(signal);
    String range = bits == 1 ? "" : " [" + (bits - 1) + ":0]";
    write("$var " + type + " " + bits + " " + signal.identifier + " " + name + range + " $end\n");
    return signal;
  }

  void endDeclarations() throws IOException {
    write("$enddefinitions $end\n");
  }

  /** What follows happens {@code nanos} after the start; time that would go back stands still. */
  void at(long nanos) throws IOException {
    if (nanos > time) {
      time = nanos;
      write("#" + nanos + "\n");
    }
  }

  /** The time of the last change. */
  long time() {
    return time;
  }

  /** Writes a value that is not the one before. */
  void change(Signal signal, long value) throws IOException {
    if (!signal.known || signal.value != value) {
      signal.known = true;
      signal.value = value;
      String digits = Long.toBinaryString(value);
      write(signal.bits == 1 ? digits + signal.identifier : 'b' + digits + ' ' + signal.identifier);
      write("\n");
    }
  }

  /** Writes that a value is not told. */
  void conceal(Signal signal) throws IOException {
    signal.known = false;
    write("bx " + signal.identifier + "\n");
  }

  void happen(Signal event) throws IOException {
    write("1" + event.identifier + "\n");
  }

  /** Whether the limit was reached: nothing more is written. */
  boolean full() {
    return full;
  }

  private void write(String text) throws IOException {
    if (full) {
      return;
    }
    if (writtenBytes + text.length() + RESERVE_BYTES > limitBytes) {
      full = true;
      put("$comment trace ends at its limit of " + limitBytes + " bytes $end\n");
      out.flush();
      return;
    }
    put(text);
  }

  private void put(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    out.write(bytes);
    writtenBytes += bytes.length;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
