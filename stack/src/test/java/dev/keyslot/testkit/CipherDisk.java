package dev.keyslot.testkit;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.host.block.BlockDriver;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A disk in memory with inline encryption: keys sit in slots, and a request is encrypted with what
 * its slot holds at that moment, so that a wrong or reused slot shows as wrong bytes.
 *
 * <p>Requests are executed by {@link #poll}, by any thread.
 */
public final class CipherDisk implements BlockDriver, KeyslotOps {

  private static final int SECTOR = 512;

  private final QueueLimits limits;
  private final Xts engine;
  private final MemorySegment medium;
  private final AtomicReferenceArray<XtsKey> slots = new AtomicReferenceArray<>(256);
  private final ConcurrentLinkedQueue<BlockRequest> taken = new ConcurrentLinkedQueue<>();

  public CipherDisk(QueueLimits limits, Xts engine) {
    this.limits = limits;
    this.engine = engine;
    medium = Arena.ofAuto().allocate(limits.capacitySectors() * SECTOR, 4096);
  }

  /** What lies on the medium. */
  public MemorySegment medium() {
    return medium;
  }

  /** A manager of {@code count} slots of this disk: AES-256-XTS, every unit size, zero rule. */
  public KeyslotManager manager(int count) {
    KeyslotManager manager = new KeyslotManager();
    manager.init(count);
    manager.setOps(this);
    manager.setMaxDunBytes(4);
    manager.setZeroRuleMask(CryptoMode.AES_256_XTS, -1);
    manager.setDataUnitMask(CryptoMode.AES_256_XTS, -1);
    manager.addKeyType(KeyType.RAW);
    return manager;
  }

  @Override
  public void program(int slot, CryptoKey key) {
    key.withBytes(bytes -> slots.set(slot, engine.newKey(bytes)));
  }

  @Override
  public void evict(int slot, CryptoKey key) {
    slots.set(slot, null);
  }

  /** A reset: all keys are gone. */
  public void loseKeys() {
    for (int slot = 0; slot < slots.length(); slot++) {
      slots.set(slot, null);
    }
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public Disposition queue(BlockRequest request) {
    taken.add(request);
    return Disposition.TAKEN;
  }

  @Override
  public void commit() {}

  @Override
  public int poll() {
    int done = 0;
    for (BlockRequest next = taken.poll(); next != null; next = taken.poll()) {
      next.complete(execute(next));
      done++;
    }
    return done;
  }

  private BlockStatus execute(BlockRequest request) {
    long offset = request.startSector() * SECTOR;
    switch (request.operation()) {
      case FLUSH -> {}
      case DISCARD, WRITE_ZEROES ->
          medium.asSlice(offset, (long) request.sectors() * SECTOR).fill((byte) 0);
      case READ, WRITE -> {
        CryptoContext at = new CryptoContext();
        if (request.crypto() != null) {
          at.copyFrom(request.crypto());
        }
        for (int i = 0; i < request.segmentCount(); i++) {
          MemorySegment memory = request.segment(i);
          if (!transfer(request, at, memory, medium.asSlice(offset, memory.byteSize()))) {
            return BlockStatus.IOERR;
          }
          offset += memory.byteSize();
        }
      }
    }
    return BlockStatus.OK;
  }

  /** False if the slot holds no key. */
  private boolean transfer(
      BlockRequest request, CryptoContext at, MemorySegment memory, MemorySegment place) {
    boolean write = request.operation() == BlockOperation.WRITE;
    if (!at.isSet()) {
      MemorySegment from = write ? memory : place;
      (write ? place : memory).copyFrom(from);
      return true;
    }
    XtsKey key = slots.get(request.keyslot());
    if (key == null) {
      return false;
    }
    int unit = at.key().config().dataUnitBytes();
    if (write) {
      key.encrypt(at.dun(0), at.dun(1), unit, memory, place);
    } else {
      boolean zeroRule = at.key().config().zeroRule();
      key.decrypt(at.dun(0), at.dun(1), unit, place, memory, zeroRule);
    }
    at.advance(memory.byteSize());
    return true;
  }

  @Override
  public long extent(long sector) {
    return limits.capacitySectors() - sector;
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return true;
  }
}
