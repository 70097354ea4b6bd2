package dev.keyslot.testkit;

import dev.keyslot.link.bus.Mmio;
import java.util.List;

/**
 * Replays a script of register accesses; its head says what the lines mean. The first line that
 * does not come out as written fails, with its number.
 */
public final class RegisterScript {

  private static final int STEPS_MAX = 10_000;

  private final Mmio registers;
  private final Runnable step;
  private final byte[] block = new byte[512];

  public RegisterScript(Mmio registers, Runnable step) {
    this.registers = registers;
    this.step = step;
  }

  /** Runs all lines; returns how many did something. */
  public int run(List<String> lines) {
    int count = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        try {
          run(line.split(" +"));
        } catch (AssertionError e) {
          throw new AssertionError("line " + (i + 1) + ": " + line + ": " + e.getMessage(), e);
        }
        count++;
      }
    }
    return count;
  }

  private void run(String[] words) {
    switch (words[0]) {
      case "w" -> write(Integer.parseInt(words[1]), hex(words[2]), (int) hex(words[3]));
      case "r" -> compare(hex(words[3]), read(Integer.parseInt(words[1]), hex(words[2])));
      case "p" -> poll(Integer.parseInt(words[1]), hex(words[2]), hex(words[3]), hex(words[4]));
      case "c" -> command(words);
      case "port" -> port();
      case "x" -> compare(hex(words[2]), Byte.toUnsignedLong(block[Integer.parseInt(words[1])]));
      default -> throw new AssertionError("no such line");
    }
  }

  private void command(String[] words) {
    int flags = (int) hex(words[3]);
    String response = words.length > 4 ? words[4] : "";
    write(32, 0x08, (int) hex(words[2]));
    write(16, 0x0E, Integer.parseInt(words[1]) << 8 | flags);
    if (response.equals("timeout")) {
      poll(32, 0x30, 0x00018000, 0xFFFFFFFFL);
    } else {
      poll(32, 0x30, 0x00000001, 0xFFFF8001L);
      if ((flags & 0x23) == 0x03) { // busy, without data
        poll(32, 0x30, 0x00000002, 0xFFFF8002L);
      }
      if (!response.isEmpty()) {
        compare(hex(response), read(32, 0x10));
      }
    }
    write(32, 0x30, 0xFFFF_FFDF); // not buffer read ready
  }

  private void port() {
    poll(32, 0x30, 0x00000020, 0x00000020);
    for (int i = 0; i < block.length; i += 4) {
      int word = (int) read(32, 0x20);
      for (int b = 0; b < 4; b++) {
        block[i + b] = (byte) (word >>> (8 * b));
      }
    }
    poll(32, 0x30, 0x00000002, 0xFFFF0002L);
    write(32, 0x30, -1);
  }

  private void poll(int width, long offset, long value, long mask) {
    for (int i = 0; i < STEPS_MAX; i++) {
      if ((read(width, offset) & mask) == value) {
        return;
      }
      step.run();
    }
    throw new AssertionError(
        "never came: %x, last %x".formatted(value, read(width, offset) & mask));
  }

  private static void compare(long expected, long actual) {
    if (expected != actual) {
      throw new AssertionError("expected %x, was %x".formatted(expected, actual));
    }
  }

  private long read(int width, long offset) {
    return switch (width) {
      case 8 -> Byte.toUnsignedLong(registers.read8(offset));
      case 16 -> Short.toUnsignedLong(registers.read16(offset));
      case 32 -> Integer.toUnsignedLong(registers.read32(offset));
      default -> throw new AssertionError("no such width: " + width);
    };
  }

  private void write(int width, long offset, int value) {
    switch (width) {
      case 8 -> registers.write8(offset, (byte) value);
      case 16 -> registers.write16(offset, (short) value);
      case 32 -> registers.write32(offset, value);
      default -> throw new AssertionError("no such width: " + width);
    }
  }

  private static long hex(String text) {
    return Long.parseLong(text, 16);
  }
}
