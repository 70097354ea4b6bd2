package dev.keyslot.host.block.crypto;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * What a keyslot manager does when only one thread uses it, written down once more from the rules:
 * lists, loops, no hash, no locks. For Lincheck to compare with; see {@link KeyslotSubject}.
 */
public final class KeyslotModel {

  /** A slot: its key or -1, and how often it was taken. */
  private static final class Slot {
    private final int index;
    private int key = -1;
    private int users;

    Slot(int index) {
      this.index = index;
    }
  }

  private final List<Slot> slots = new ArrayList<>();

  /** Slots nobody uses, least recently given back first. */
  private final Queue<Slot> idle = new ArrayDeque<>();

  private final List<Queue<Slot>> held = new ArrayList<>();

  /** Two empty slots, slot 0 the first to be taken. */
  public KeyslotModel() {
    for (int i = 0; i < KeyslotSubject.SLOTS; i++) {
      slots.add(new Slot(i));
    }
    idle.addAll(slots);
    for (int i = 0; i < KeyslotSubject.THREADS; i++) {
      held.add(new ArrayDeque<>());
    }
  }

  private Slot find(int key) {
    return slots.stream().filter(slot -> slot.key == key).findFirst().orElse(null);
  }

  public String take(int key, int thread) {
    Slot slot = find(key);
    if (slot == null) {
      slot = idle.peek();
      if (slot == null) {
        return "-2";
      }
      slot.key = -1;
      if (key == KeyslotSubject.REFUSED) {
        return "IO_ERROR";
      }
      slot.key = key;
    }
    idle.remove(slot);
    slot.users++;
    held.get(thread).add(slot);
    return Integer.toString(slot.index);
  }

  public String give(int thread) {
    Slot slot = held.get(thread).poll();
    if (slot == null) {
      return "holds nothing";
    }
    slot.users--;
    if (slot.users == 0) {
      idle.add(slot);
    }
    return "held its key";
  }

  public String evict(int key) {
    Slot slot = find(key);
    if (slot == null) {
      return "evicted";
    }
    slot.key = -1;
    return slot.users == 0 ? "evicted" : "BUSY";
  }

  /** The refused key is in no slot, so every key goes where it was. */
  public void reprogram() {}
}
