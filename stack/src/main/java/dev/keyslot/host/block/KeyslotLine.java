package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.KeyslotManager;
import java.util.Arrays;

/**
 * Bios that wait for a keyslot, in order of arrival, and who of them may try in this pass.
 *
 * <p>When one finds no free slot, nobody behind it may try; when one finds that its group's share
 * is used up, nobody of its group may. So a key never overtakes another, and a noisy group holds up
 * only itself. Under the queue's lock.
 */
final class KeyslotLine {

  private final BioList bios = new BioList();
  private boolean noneFree;
  private int[] usedUp = new int[4];
  private int usedUpCount;

  BioList bios() {
    return bios;
  }

  /** A new pass: everybody may try again. */
  void begin() {
    noneFree = false;
    usedUpCount = 0;
  }

  boolean mayTry(Bio bio) {
    if (noneFree) {
      return false;
    }
    int group = bio.context().key().group();
    for (int i = 0; i < usedUpCount; i++) {
      if (usedUp[i] == group) {
        return false;
      }
    }
    return true;
  }

  /** What the manager answered to {@code bio}: {@code NONE_FREE} or {@code SHARE_USED_UP}. */
  void refused(Bio bio, int answer) {
    if (answer == KeyslotManager.NONE_FREE) {
      noneFree = true;
      return;
    }
    if (usedUpCount == usedUp.length) {
      usedUp = Arrays.copyOf(usedUp, 2 * usedUpCount);
    }
    usedUp[usedUpCount++] = bio.context().key().group();
  }
}
