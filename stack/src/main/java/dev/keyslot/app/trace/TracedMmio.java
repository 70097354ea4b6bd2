package dev.keyslot.app.trace;

import dev.keyslot.link.bus.Mmio;

/** A register window whose accesses are written down, each after it was made. */
record TracedMmio(Mmio silicon, WaveTrace trace) implements Mmio {

  @Override
  public byte read8(long offset) {
    byte value = silicon.read8(offset);
    trace.read(offset, Byte.BYTES, value);
    return value;
  }

  @Override
  public short read16(long offset) {
    short value = silicon.read16(offset);
    trace.read(offset, Short.BYTES, value);
    return value;
  }

  @Override
  public int read32(long offset) {
    int value = silicon.read32(offset);
    trace.read(offset, Integer.BYTES, value);
    return value;
  }

  @Override
  public long read64(long offset) {
    long value = silicon.read64(offset);
    trace.read(offset, Long.BYTES, value);
    return value;
  }

  @Override
  public void write8(long offset, byte value) {
    silicon.write8(offset, value);
    trace.wrote(offset, Byte.BYTES, value);
  }

  @Override
  public void write16(long offset, short value) {
    silicon.write16(offset, value);
    trace.wrote(offset, Short.BYTES, value);
  }

  @Override
  public void write32(long offset, int value) {
    silicon.write32(offset, value);
    trace.wrote(offset, Integer.BYTES, value);
  }

  @Override
  public void write64(long offset, long value) {
    silicon.write64(offset, value);
    trace.wrote(offset, Long.BYTES, value);
  }
}
