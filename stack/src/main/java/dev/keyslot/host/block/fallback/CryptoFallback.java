package dev.keyslot.host.block.fallback;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A device that encrypts in software what the device underneath cannot encrypt in hardware.
 *
 * <p>What needs no encryption, or can have it from the hardware, passes through untouched. The
 * bytes on the medium are the same either way. The owner's plaintext is never changed by a write:
 * ciphertext goes through bounce buffers, of which there are so many and no more; a bio that finds
 * none waits, not its thread. Safe from any thread.
 */
public final class CryptoFallback implements BlockDevice, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(CryptoFallback.class.getName());

  /**
   * How much the fallback may hold.
   *
   * @param keyslots keys that stay set up; the kernel's default is 100
   * @param bounceBuffers writes in flight at most
   * @param bounceBytes size of each: a multiple of the largest data unit
   * @param transfers encrypted bios under way at most
   * @param parkedBios bios that may wait for one of the above; more are refused for now
   */
  public record Settings(
      int keyslots, int bounceBuffers, int bounceBytes, int transfers, int parkedBios) {

    /** For a server: 16 MiB of bounce buffers. */
    public static Settings defaults() {
      return new Settings(100, 64, 256 << 10, 128, 8192);
    }

    public Settings {
      Checks.argument(
          bounceBytes > 0 && bounceBytes % 65536 == 0,
          "bounce buffers must hold whole data units of any size: bounceBytes=%d",
          bounceBytes);
      Checks.argument(
          keyslots >= 1 && bounceBuffers >= 1 && transfers >= 1 && parkedBios >= 1,
          "fallback needs at least one of everything: keyslots=%d buffers=%d transfers=%d"
              + " parked=%d",
          keyslots,
          bounceBuffers,
          transfers,
          parkedBios);
    }
  }

  private final BlockDevice base;
  private final FallbackSlots slots;
  private final FallbackPools pools;
  private final AtomicBoolean goingOn = new AtomicBoolean();

  public CryptoFallback(
      BlockDevice base, Xts engine, Settings settings, Parker parker, Clock clock) {
    this.base = base;
    slots = new FallbackSlots(settings.keyslots(), engine, parker, clock);
    pools = new FallbackPools(this, settings);
  }

  /** All bounce buffers, one contiguous region: what the assembly maps for DMA. */
  public MemorySegment bounceRegion() {
    return pools.region();
  }

  /** The fallback's own slots, to be looked at. */
  public KeyslotManager slotCache() {
    return slots.manager();
  }

  /** Whether {@code config} can be done at all: by the hardware or here. */
  public boolean configSupported(CryptoConfig config) {
    return base.cryptoSupported(config)
        || (config.keyType() == KeyType.RAW && slots.supports(config.mode()));
  }

  @Override
  public BlockStatus startUsingKey(CryptoKey key) {
    if (base.cryptoSupported(key.config())) {
      // Ready here too: integrity may take the hardware away later.
      if (key.config().keyType() == KeyType.RAW && slots.supports(key.config().mode())) {
        slots.start(key.config().mode());
      }
      return base.startUsingKey(key);
    }
    if (!configSupported(key.config())) {
      LOG.log(Level.WARNING, "key cannot be used: {0}: {1}", key, whyNot(key.config()));
      return BlockStatus.NOTSUPP;
    }
    slots.start(key.config().mode());
    return BlockStatus.OK;
  }

  private static String whyNot(CryptoConfig config) {
    String missing = FallbackSlots.missing(config.mode());
    return missing != null ? missing : "only hardware takes wrapped keys, and this one does not";
  }

  @Override
  public void evictKey(CryptoKey key) {
    try {
      slots.evict(key);
    } catch (KeyslotException failure) {
      LOG.log(Level.WARNING, "key not evicted from the fallback: " + key, failure);
    }
    base.evictKey(key);
  }

  @Override
  public void submit(Bio bio) {
    submit(null, bio);
  }

  @Override
  public void submit(Plug plug, Bio bio) {
    CryptoContext context = bio.crypto();
    if (context == null
        || !bio.operation().hasData()
        || base.cryptoSupported(context.key().config())) {
      pass(plug, bio);
      return;
    }
    bio.take();
    BlockStatus verdict = check(bio, context.key().config());
    if (!verdict.ok()) {
      bio.complete(verdict);
      return;
    }
    Transfer transfer = pools.enter(bio);
    if (transfer != null) {
      begin(plug, transfer);
      goOn();
    }
  }

  private BlockStatus check(Bio bio, CryptoConfig config) {
    if (!configSupported(config)) {
      return BlockStatus.NOTSUPP;
    }
    if (!slots.isStarted(config.mode())) {
      LOG.log(Level.WARNING, "key must be announced before its first use: mode={0}", config.mode());
      return BlockStatus.IOERR;
    }
    if (bio.sectors() > limits().capacitySectors() - bio.sector()) {
      return BlockStatus.IOERR;
    }
    return bio.isAligned() && bio.numbersFit() ? BlockStatus.OK : BlockStatus.INVAL;
  }

  private void pass(Plug plug, Bio bio) {
    if (plug == null) {
      base.submit(bio);
    } else {
      base.submit(plug, bio);
    }
  }

  private void begin(Plug plug, Transfer transfer) {
    if (transfer.bio().operation() == BlockOperation.READ) {
      pass(plug, transfer.read());
    } else {
      write(plug, transfer);
    }
  }

  /** Encrypts and submits buffer after buffer; parks the transfer when there is none. */
  private void write(Plug plug, Transfer transfer) {
    while (transfer.leftBytes() > 0 && transfer.status().ok()) {
      Bounce bounce = pools.takeBounceOrPark(transfer);
      if (bounce == null) {
        return;
      }
      long sector = transfer.sector();
      long bytes;
      try {
        bytes = encrypt(transfer, bounce.buffer());
      } catch (KeyslotException failure) {
        pools.give(bounce);
        transfer.partBegins();
        transfer.partEnds(BlockStatus.of(failure.reason()));
        break;
      }
      transfer.partBegins();
      pass(plug, bounce.write(transfer, sector, bytes));
    }
    end(transfer, BlockStatus.OK);
  }

  /** Fills the buffer with ciphertext of what comes next. Returns how much. */
  private long encrypt(Transfer transfer, MemorySegment buffer) throws KeyslotException {
    int slot = slots.acquire(transfer.bio().crypto().key());
    try {
      long filled = 0;
      while (filled < buffer.byteSize() && transfer.leftBytes() > 0) {
        MemorySegment segment = transfer.bio().segment(transfer.segment());
        long bytes =
            Math.min(segment.byteSize() - transfer.segmentOffset(), buffer.byteSize() - filled);
        slots
            .cipher(slot)
            .encrypt(
                transfer.position(),
                segment.asSlice(transfer.segmentOffset(), bytes),
                buffer.asSlice(filled, bytes));
        transfer.advance(bytes);
        filled += bytes;
      }
      return filled;
    } finally {
      slots.release(slot);
    }
  }

  void written(Bounce bounce, Transfer transfer, BlockStatus status) {
    pools.give(bounce);
    end(transfer, status);
    goOn();
  }

  void wasRead(Transfer transfer, BlockStatus status) {
    BlockStatus outcome = status;
    if (status.ok()) {
      try {
        decrypt(transfer);
      } catch (KeyslotException failure) {
        outcome = BlockStatus.of(failure.reason());
      }
    }
    end(transfer, outcome);
    goOn();
  }

  private void decrypt(Transfer transfer) throws KeyslotException {
    int slot = slots.acquire(transfer.bio().crypto().key());
    try {
      while (transfer.leftBytes() > 0) {
        MemorySegment segment = transfer.bio().segment(transfer.segment());
        slots.cipher(slot).decrypt(transfer.position(), segment, segment);
        transfer.advance(segment.byteSize());
      }
    } finally {
      slots.release(slot);
    }
  }

  /** A part of the transfer is over; with the last one the owner gets its bio back. */
  private void end(Transfer transfer, BlockStatus status) {
    if (transfer.partEnds(status)) {
      Bio bio = transfer.bio();
      BlockStatus outcome = transfer.status();
      pools.give(transfer);
      bio.complete(outcome);
    }
  }

  /**
   * Lets those go on that waited for what has become free. One thread does so at a time, and never
   * inside itself: whoever comes meanwhile leaves it to that one, which looks again before it ends.
   */
  private void goOn() {
    while (pools.canGoOn() && goingOn.compareAndSet(false, true)) {
      try {
        for (Transfer next = pools.nextToGoOn(); next != null; next = pools.nextToGoOn()) {
          begin(null, next);
        }
      } finally {
        goingOn.set(false);
      }
    }
  }

  /** Encrypted bios inside: 0 when all were completed. */
  public int unfinished() {
    return pools.unfinished();
  }

  @Override
  public QueueLimits limits() {
    return base.limits();
  }

  @Override
  public void finish(Plug plug) {
    base.finish(plug);
  }

  @Override
  public int poll() {
    return base.poll();
  }

  @Override
  public long extent(long sector) {
    return base.extent(sector);
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return base.supports(operation);
  }

  @Override
  public boolean cryptoSupported(CryptoConfig config) {
    return base.cryptoSupported(config);
  }

  /** Wipes keys and buffers. Nothing may be under way any more. */
  @Override
  public void close() {
    pools.close();
    slots.close();
  }
}
