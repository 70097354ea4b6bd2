package dev.keyslot.host.block;

import dev.keyslot.base.Clock;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;

/**
 * Makes requests out of bios: gives each a tag and a keyslot, merges neighbours, parks the rest.
 *
 * <p>Everything here runs under the queue's lock. Bios wait in order of arrival, those for a
 * keyslot apart from those for a tag, so that a key without a slot does not hold up plain I/O; an
 * encrypted bio never overtakes one that waits for a keyslot.
 */
final class RequestFactory {

  private final Merge merge;
  private final int parkedMax;
  private final Clock clock;
  private final BlockRequest[] free;
  private int freeCount;
  private final BlockRequest[] formed;
  private int formedCount;
  private final BioList waitingForTag = new BioList();
  private final KeyslotLine line = new KeyslotLine();
  private final BioList done = new BioList();

  /** Requests with tag and slot that the driver has to be offered again, oldest first. */
  private BlockRequest retry;

  RequestFactory(RequestQueue queue, QueueLimits limits, int parkedMax, Clock clock) {
    this.parkedMax = parkedMax;
    this.clock = clock;
    merge = new Merge(limits);
    free = new BlockRequest[limits.queueDepth()];
    formed = new BlockRequest[limits.queueDepth()];
    for (int tag = limits.queueDepth() - 1; tag >= 0; tag--) {
      free[freeCount++] = new BlockRequest(queue, tag, limits);
    }
  }

  /** Lets a checked bio in; one too many is done at once, with DEV_RESOURCE. */
  void park(Bio bio) {
    if (!merge.carriesUnit(bio)) {
      fail(bio, bio.operation().hasData() ? BlockStatus.INVAL : BlockStatus.NOTSUPP);
    } else if (waitingForTag.size() + line.bios().size() >= parkedMax) {
      fail(bio, BlockStatus.DEV_RESOURCE);
    } else {
      waitingForTag.addLast(bio);
    }
  }

  boolean isParked() {
    return retry != null || !waitingForTag.isEmpty() || !line.bios().isEmpty();
  }

  int unfinished() {
    return free.length - freeCount + waitingForTag.size() + line.bios().size();
  }

  /** Bios that are done since the last call, chained. */
  Bio takeDone() {
    return done.takeAll();
  }

  /**
   * Makes as many requests as tags and keyslots allow.
   *
   * @return a chain of what the driver is to be offered, in order; null for nothing
   */
  BlockRequest form(KeyslotManager keyslots) {
    formedCount = 0;
    line.begin();
    BioList waitingForKeyslot = line.bios();
    // Each of those that wait for a slot is looked at once; who goes on waiting keeps its place.
    for (int left = waitingForKeyslot.size(); left > 0; left--) {
      Bio bio = waitingForKeyslot.removeFirst();
      if (form(bio, keyslots) != Formation.DONE) {
        waitingForKeyslot.addLast(bio);
      } else if (keyslots != null) {
        keyslots.counters().waitEnds(clock.nanoTime() - bio.waitingSince);
      }
    }
    while (!waitingForTag.isEmpty()) {
      Bio bio = waitingForTag.first();
      Formation outcome = form(bio, keyslots);
      if (outcome == Formation.NO_TAG) {
        break;
      }
      waitingForTag.removeFirst();
      if (outcome == Formation.NO_KEYSLOT) {
        bio.waitingSince = clock.nanoTime();
        keyslots.counters().waitBegins();
        waitingForKeyslot.addLast(bio);
      }
    }
    return chainOfFormed();
  }

  private enum Formation {
    /** All of the bio is in requests, or the rest of it failed. */
    DONE,
    NO_TAG,
    NO_KEYSLOT
  }

  private Formation form(Bio bio, KeyslotManager keyslots) {
    if (joinFormed(bio)) {
      return Formation.DONE;
    }
    Formation outcome;
    do {
      outcome = formOne(bio, keyslots);
    } while (outcome == Formation.DONE && bio.takenSectors < bio.sectors());
    return outcome;
  }

  /** One more request with as much of the bio as it can carry. */
  private Formation formOne(Bio bio, KeyslotManager keyslots) {
    if (freeCount == 0) {
      return Formation.NO_TAG;
    }
    int slot = KeyslotManager.NO_SLOTS;
    if (bio.crypto() != null) {
      if (!line.mayTry(bio)) {
        return Formation.NO_KEYSLOT;
      }
      try {
        slot = acquire(bio.crypto(), keyslots);
      } catch (KeyslotException failure) {
        fail(bio, BlockStatus.of(failure.reason()));
        return Formation.DONE;
      }
      if (slot < KeyslotManager.NO_SLOTS) {
        line.refused(bio, slot);
        return Formation.NO_KEYSLOT;
      }
    }
    BlockRequest request = free[--freeCount];
    request.keyslot = slot;
    request.keyslotOwner = slot >= 0 ? keyslots : null;
    merge.begin(request, bio);
    formed[formedCount++] = request;
    return Formation.DONE;
  }

  /** A slot that a request of this pass has already is shared; the manager is asked otherwise. */
  private int acquire(CryptoContext context, KeyslotManager keyslots) throws KeyslotException {
    if (keyslots == null) {
      throw new KeyslotException(
          KeyslotException.Reason.NOT_SUPPORTED, "queue has no keyslot manager any more");
    }
    for (int i = formedCount - 1; i >= 0; i--) {
      BlockRequest other = formed[i];
      if (other.context.key() == context.key() && other.keyslotOwner == keyslots) {
        keyslots.retain(other.keyslot);
        return other.keyslot;
      }
    }
    return keyslots.tryAcquire(context.key());
  }

  /** Merges the bio, and then its request with a neighbour; newest requests first. */
  private boolean joinFormed(Bio bio) {
    for (int i = formedCount - 1; i >= 0; i--) {
      if (merge.join(formed[i], bio)) {
        joinNeighbour(i);
        return true;
      }
    }
    return false;
  }

  private void joinNeighbour(int index) {
    BlockRequest grown = formed[index];
    for (int i = 0; i < formedCount; i++) {
      BlockRequest other = formed[i];
      if (other != grown && merge.join(grown, other)) {
        dropFormed(i);
        return;
      }
      if (other != grown && merge.join(other, grown)) {
        dropFormed(index);
        return;
      }
    }
  }

  /** The request's content moved into another one. */
  private void dropFormed(int index) {
    BlockRequest emptied = formed[index];
    formedCount--;
    System.arraycopy(formed, index + 1, formed, index, formedCount - index);
    recycle(emptied);
  }

  private BlockRequest chainOfFormed() {
    BlockRequest chain = null;
    for (int i = formedCount - 1; i >= 0; i--) {
      formed[i].next = chain;
      formed[i].handOver();
      chain = formed[i];
    }
    formedCount = 0;
    BlockRequest again = retry;
    if (again == null) {
      return chain;
    }
    retry = null;
    BlockRequest last = again;
    for (BlockRequest request = again; request != null; request = request.next) {
      renumber(request);
      request.handOver();
      last = request;
    }
    last.next = chain;
    return again;
  }

  /** The data unit number anew from the first bio, wherever the request has been meanwhile. */
  private static void renumber(BlockRequest request) {
    if (request.crypto() != null) {
      Bio first = request.parts.bio(0);
      request.context.copyFrom(first.context());
      request.context.advance((request.startSector - first.sector()) * QueueLimits.SECTOR_BYTES);
    }
  }

  /** Requests that the driver does not have after all; before those put back earlier. */
  void putBack(BlockRequest chain) {
    BlockRequest last = chain;
    while (last.next != null) {
      last = last.next;
    }
    last.next = retry;
    retry = chain;
  }

  /** The driver is done with the request: its slot and tag are free, its bios advance. */
  void retire(BlockRequest request) {
    RequestParts parts = request.parts;
    for (int i = 0; i < parts.bioCount(); i++) {
      Bio bio = parts.bio(i);
      if (bio.finish(parts.bioSectors(i), request.outcome)) {
        done.addLast(bio);
      }
    }
    recycle(request);
  }

  private void recycle(BlockRequest request) {
    if (request.keyslotOwner != null) {
      request.keyslotOwner.release(request.keyslot);
      request.keyslotOwner = null;
    }
    request.keyslot = KeyslotManager.NO_SLOTS;
    request.parts.clear();
    request.context.clear();
    free[freeCount++] = request;
  }

  /** What is not in requests yet fails; done once the rest has come back. */
  private void fail(Bio bio, BlockStatus status) {
    long rest = bio.sectors() - bio.takenSectors;
    bio.takenSectors = bio.sectors();
    if (bio.finish(rest, status)) {
      done.addLast(bio);
    }
  }
}
