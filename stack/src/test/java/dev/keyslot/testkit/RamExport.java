package dev.keyslot.testkit;

import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.ExtentList;
import dev.keyslot.host.nbd.NbdError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * An export in memory, with holes in steps of 4096 bytes and failures on demand.
 *
 * <p>Safe from any thread as far as {@link Export} asks. Made with {@code with…} methods before it
 * is served.
 */
public final class RamExport implements Export {

  private static final int BLOCK_BYTES = 4096;

  private final String name;
  private final MemorySegment bytes;

  /** 1 where a block was written and not trimmed since. */
  private final AtomicIntegerArray allocated;

  private String description = "";
  private boolean readOnly;
  private int minimumBlockBytes = 1;
  private boolean fastZero = true;
  private int keyGroup;
  private int keyGeneration;
  private Kind absent;
  private NbdError error = NbdError.OK;
  private long errorFromBytes;
  private long errorToBytes;
  private NbdError syncError = NbdError.OK;
  private boolean zeroesSlowly;

  /** Of requests with FUA, and FLUSH. */
  private final Set<Kind> synced = ConcurrentHashMap.newKeySet();

  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile int gated;

  /** All zeros, one hole. */
  public RamExport(String name, long sizeBytes) {
    this.name = name;
    bytes = Arena.ofAuto().allocate(Math.max(1, sizeBytes), BLOCK_BYTES).asSlice(0, sizeBytes);
    allocated = new AtomicIntegerArray((int) ((sizeBytes + BLOCK_BYTES - 1) / BLOCK_BYTES));
  }

  public RamExport withDescription(String text) {
    description = text;
    return this;
  }

  public RamExport withReadOnly() {
    readOnly = true;
    return this;
  }

  public RamExport withMinimumBlock(int blockBytes) {
    minimumBlockBytes = blockBytes;
    return this;
  }

  /** FAST_ZERO is not offered. */
  public RamExport withoutFastZero() {
    fastZero = false;
    return this;
  }

  /** Says that it is encrypted, which it is not. */
  public RamExport withKey(int group, int generation) {
    keyGroup = group;
    keyGeneration = generation;
    return this;
  }

  /** {@code kind} is not offered. */
  public RamExport without(Kind kind) {
    absent = kind;
    return this;
  }

  /** Requests that touch this range fail there, and change nothing. */
  public RamExport withFailure(NbdError failure, long fromBytes, long toBytes) {
    error = failure;
    errorFromBytes = fromBytes;
    errorToBytes = toBytes;
    return this;
  }

  /** FLUSH, and what comes with FUA, fails. */
  public RamExport withSyncFailure(NbdError failure) {
    syncError = failure;
    return this;
  }

  /** FAST_ZERO is offered, and always answered with ENOTSUP. */
  public RamExport withSlowZeroes() {
    zeroesSlowly = true;
    return this;
  }

  /** What was asked to be durable before its reply: FLUSH, and kinds that came with FUA. */
  public Set<Kind> synced() {
    return Set.copyOf(synced);
  }

  /** From now on {@link #run} waits for {@code newGate} first. */
  public void gate(CountDownLatch newGate) {
    gate = newGate;
  }

  /** How many calls of {@link #run} have come to the gate. */
  public int gated() {
    return gated;
  }

  /** The content: to compare, and to fill before it is served. */
  public MemorySegment bytes() {
    return bytes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public long sizeBytes() {
    return bytes.byteSize();
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public int minimumBlockBytes() {
    return minimumBlockBytes;
  }

  @Override
  public int preferredBlockBytes() {
    return BLOCK_BYTES;
  }

  @Override
  public boolean supports(Kind kind) {
    return kind != absent;
  }

  @Override
  public boolean encrypted() {
    return keyGeneration > 0;
  }

  @Override
  public int keyGroup() {
    return keyGroup;
  }

  @Override
  public int keyGeneration() {
    return keyGeneration;
  }

  @Override
  public boolean fastZero() {
    return fastZero;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // a count for tests that use one reader
  public void run(ExportRequest[] requests, int count) {
    gated++;
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (int i = 0; i < count; i++) {
      run(requests[i]);
    }
  }

  private void run(ExportRequest request) {
    long from = request.offsetBytes();
    long length = request.lengthBytes();
    if (error != NbdError.OK && from < errorToBytes && from + length > errorFromBytes) {
      request.failedAt(error, Math.max(from, errorFromBytes));
      return;
    }
    if (request.fastZero() && zeroesSlowly) {
      request.done(NbdError.ENOTSUP);
      return;
    }
    if (request.fua() || request.kind() == Kind.FLUSH) {
      if (syncError != NbdError.OK) {
        request.done(syncError);
        return;
      }
      synced.add(request.kind());
    }
    switch (request.kind()) {
      case READ -> MemorySegment.copy(bytes, from, request.data(), 0, length);
      case WRITE -> {
        MemorySegment.copy(request.data(), 0, bytes, from, length);
        mark(from, from + length, 1);
      }
      case WRITE_ZEROES -> {
        bytes.asSlice(from, length).fill((byte) 0);
        markInner(from, from + length, request.noHole() ? 1 : 0);
      }
      case TRIM -> {
        bytes.asSlice(from, length).fill((byte) 0);
        markInner(from, from + length, 0);
      }
      case BLOCK_STATUS -> extents(request);
      case FLUSH, CACHE -> {}
    }
    request.done(NbdError.OK);
  }

  private void mark(long from, long to, int value) {
    for (long block = from / BLOCK_BYTES; block * BLOCK_BYTES < to; block++) {
      allocated.set((int) block, value);
    }
  }

  private void markInner(long from, long to, int value) {
    long first = (from + BLOCK_BYTES - 1) / BLOCK_BYTES;
    for (long block = first; (block + 1) * BLOCK_BYTES <= to; block++) {
      allocated.set((int) block, value);
    }
  }

  private void extents(ExportRequest request) {
    ExtentList to = request.extents();
    long at = request.offsetBytes();
    long end = at + request.lengthBytes();
    while (at < end) {
      long blockEnd = (at / BLOCK_BYTES + 1) * BLOCK_BYTES;
      if (!to.add(blockEnd - at, allocated.get((int) (at / BLOCK_BYTES)) == 0)) {
        return;
      }
      at = blockEnd;
    }
  }
}
