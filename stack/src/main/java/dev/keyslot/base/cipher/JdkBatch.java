package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The heap arrays in which the JDK engine turns over a run, a batch of blocks at a time.
 *
 * <p>A batch is copied in, gets its tweaks added, goes through one AES/ECB call into another array
 * (in place, the JDK copies and takes twice as long), gets its tweaks added again, and is copied
 * out. Owned by one thread at a time; plaintext of the last call stays in it until {@link #close}.
 */
final class JdkBatch implements AutoCloseable {

  /** Bytes turned over at once: three arrays of it stay in a first-level cache of 32 KiB. */
  static final int BATCH_BYTES = 8_192;

  private static final int BLOCK_BYTES = DataUnits.BLOCK_BYTES;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);

  private final byte[] tweaks = new byte[BATCH_BYTES];
  private final byte[] in = new byte[BATCH_BYTES];
  private final byte[] out = new byte[BATCH_BYTES];

  private final ZeroSectors zeroSectors = new ZeroSectors();

  /** What the call under way asks for. */
  private JdkCiphers ciphers;

  private boolean encrypt;
  private boolean zeroRule;
  private int unitBytes;
  private MemorySegment from;
  private MemorySegment to;

  /** The next data unit's number. */
  private long dunLow;

  private long dunHigh;

  /** Stands behind the last block expanded, for a data unit larger than a batch. */
  private final TweakChain chain = new TweakChain();

  /** Takes on a call, checked before. */
  void begin(
      JdkCiphers callCiphers, int callUnitBytes, MemorySegment callFrom, MemorySegment callTo) {
    ciphers = callCiphers;
    unitBytes = callUnitBytes;
    from = callFrom;
    to = callTo;
  }

  void encrypt(long firstLow, long firstHigh) {
    encrypt = true;
    zeroRule = false;
    run(firstLow, firstHigh);
  }

  void decrypt(long firstLow, long firstHigh, boolean underZeroRule) {
    encrypt = false;
    zeroRule = underZeroRule;
    run(firstLow, firstHigh);
  }

  /** Lets go of the call's key and memory. */
  void end() {
    ciphers = null;
    from = null;
    to = null;
  }

  private void run(long firstLow, long firstHigh) {
    dunLow = firstLow;
    dunHigh = firstHigh;
    long length = from.byteSize();
    if (unitBytes <= BATCH_BYTES) {
      int unitsPerBatch = BATCH_BYTES / unitBytes;
      for (long at = 0; at < length; at += (long) unitsPerBatch * unitBytes) {
        int units = (int) Math.min(unitsPerBatch, (length - at) / unitBytes);
        firstTweaks(units);
        expandUnits(units);
        turnOver(at, units * unitBytes);
      }
    } else {
      for (long at = 0; at < length; at += unitBytes) {
        largeUnit(at);
      }
    }
  }

  private void largeUnit(long at) {
    firstTweaks(1);
    chain.begin(out, 0);
    for (int done = 0; done < unitBytes; done += BATCH_BYTES) {
      int bytes = Math.min(BATCH_BYTES, unitBytes - done);
      chain.expand(tweaks, 0, bytes);
      turnOver(at + done, bytes);
    }
  }

  /** Encrypts the next data unit numbers into {@link #out}, 16 bytes each. */
  private void firstTweaks(int units) {
    for (int i = 0; i < units * BLOCK_BYTES; i += BLOCK_BYTES) {
      LONG.set(in, i, dunLow);
      LONG.set(in, i + Long.BYTES, dunHigh);
      dunLow++;
      if (dunLow == 0) {
        dunHigh++;
      }
    }
    ciphers.tweaks(in, out, units * BLOCK_BYTES);
  }

  private void expandUnits(int units) {
    for (int unit = 0; unit < units; unit++) {
      chain.begin(out, unit * BLOCK_BYTES);
      chain.expand(tweaks, unit * unitBytes, unitBytes);
    }
  }

  private void turnOver(long at, int bytes) {
    int zeros = zeroRule ? zeroSectors.find(from, at, bytes) : 0;
    if (zeros * XtsKey.SECTOR_BYTES == bytes) {
      zeroSectors.clear(to, at, bytes);
      return;
    }
    MemorySegment.copy(from, JAVA_BYTE, at, in, 0, bytes);
    TweakChain.add(tweaks, in, bytes);
    ciphers.data(encrypt, in, out, bytes);
    TweakChain.add(tweaks, out, bytes);
    MemorySegment.copy(out, 0, to, JAVA_BYTE, at, bytes);
    if (zeros > 0) {
      zeroSectors.clear(to, at, bytes);
    }
  }

  /** Wipes plaintext and tweaks of the last call. */
  @Override
  public void close() {
    Arrays.fill(tweaks, (byte) 0);
    Arrays.fill(in, (byte) 0);
    Arrays.fill(out, (byte) 0);
  }
}
