package dev.keyslot.host.block.fallback;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockStatus;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the fallback has only so much of, and who waits for it, in order.
 *
 * <p>Safe from any thread; the lock is a leaf and nothing is called with it held.
 */
final class FallbackPools implements AutoCloseable {

  private final CryptoFallback.Settings settings;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment region;
  private final ReentrantLock lock = new ReentrantLock();
  private Transfer freeTransfers;
  private int transfersInUse;
  private Bounce freeBounces;
  private int bouncesInUse;

  /** Bios that have no transfer yet. */
  private final ArrayDeque<Bio> waitingBios = new ArrayDeque<>();

  /** Transfers that wait for a bounce buffer; ahead of any bio. */
  private final ArrayDeque<Transfer> waitingTransfers = new ArrayDeque<>();

  FallbackPools(CryptoFallback owner, CryptoFallback.Settings settings) {
    this.settings = settings;
    region = arena.allocate((long) settings.bounceBuffers() * settings.bounceBytes(), 65536);
    for (int i = settings.bounceBuffers() - 1; i >= 0; i--) {
      Bounce bounce =
          new Bounce(
              owner,
              region.asSlice((long) i * settings.bounceBytes(), settings.bounceBytes(), 65536));
      bounce.next = freeBounces;
      freeBounces = bounce;
    }
    for (int i = 0; i < settings.transfers(); i++) {
      Transfer transfer = new Transfer(owner);
      transfer.next = freeTransfers;
      freeTransfers = transfer;
    }
  }

  MemorySegment region() {
    return region;
  }

  /** A transfer for the bio; null if the bio waits now, or was refused because too many do. */
  Transfer enter(Bio bio) {
    lock.lock();
    try {
      if (freeTransfers != null && waitingBios.isEmpty() && waitingTransfers.isEmpty()) {
        return takeTransfer(bio);
      }
      if (waitingBios.size() < settings.parkedBios()) {
        waitingBios.addLast(bio);
        return null;
      }
    } finally {
      lock.unlock();
    }
    bio.complete(BlockStatus.DEV_RESOURCE);
    return null;
  }

  private Transfer takeTransfer(Bio bio) {
    Transfer transfer = freeTransfers;
    freeTransfers = transfer.next;
    transfer.next = null;
    transfersInUse++;
    transfer.begin(bio);
    return transfer;
  }

  void give(Transfer transfer) {
    lock.lock();
    try {
      transfer.next = freeTransfers;
      freeTransfers = transfer;
      transfersInUse--;
    } finally {
      lock.unlock();
    }
  }

  /** A bounce buffer; null if there is none, and the transfer waits now. */
  Bounce takeBounceOrPark(Transfer transfer) {
    lock.lock();
    try {
      if (freeBounces == null) {
        waitingTransfers.addLast(transfer);
        return null;
      }
      Bounce bounce = freeBounces;
      freeBounces = bounce.next;
      bounce.next = null;
      bouncesInUse++;
      return bounce;
    } finally {
      lock.unlock();
    }
  }

  void give(Bounce bounce) {
    lock.lock();
    try {
      bounce.next = freeBounces;
      freeBounces = bounce;
      bouncesInUse--;
    } finally {
      lock.unlock();
    }
  }

  /** Whether {@link #nextToGoOn} would find somebody. */
  boolean canGoOn() {
    lock.lock();
    try {
      return waitingTransfers.isEmpty()
          ? !waitingBios.isEmpty() && freeTransfers != null
          : freeBounces != null;
    } finally {
      lock.unlock();
    }
  }

  /** Who can go on now; null for nobody. */
  Transfer nextToGoOn() {
    lock.lock();
    try {
      if (!waitingTransfers.isEmpty()) {
        return freeBounces == null ? null : waitingTransfers.removeFirst();
      }
      if (!waitingBios.isEmpty() && freeTransfers != null) {
        return takeTransfer(waitingBios.removeFirst());
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Bios under way or waiting. */
  int unfinished() {
    lock.lock();
    try {
      return transfersInUse + waitingBios.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      Checks.that(
          transfersInUse == 0 && bouncesInUse == 0 && waitingBios.isEmpty(),
          "fallback closed with bios under way: transfers=%d buffers=%d waiting=%d",
          transfersInUse,
          bouncesInUse,
          waitingBios.size());
    } finally {
      lock.unlock();
    }
    region.fill((byte) 0);
    arena.close();
  }
}
