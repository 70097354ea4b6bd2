package dev.keyslot.host.block.crypto;

import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.testkit.Bios;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * The keyslot manager's core as Lincheck drives it: two slots, four keys, of which the hardware
 * refuses one. Its operations are those of {@link KeyslotModel}; what a thread took it keeps in a
 * queue of its own.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:3")
@Param(name = "thread", gen = ThreadIdGen.class)
public class KeyslotSubject {

  static final int SLOTS = 2;
  static final int THREADS = 4;
  static final int REFUSED = 2;

  private static final List<CryptoKey> KEYS =
      List.of(Bios.key(1, 4096), Bios.key(2, 4096), Bios.key(3, 4096), Bios.key(4, 4096));

  /** A slot that a thread holds, and the key for which it took it. */
  private static final class Held {
    private final int slot;
    private final CryptoKey key;

    Held(int slot, CryptoKey key) {
      this.slot = slot;
      this.key = key;
    }
  }

  private final AtomicReferenceArray<CryptoKey> hardware = new AtomicReferenceArray<>(SLOTS);
  private final List<Queue<Held>> held = new ArrayList<>();
  private final KeyslotCore core;

  /** The core, or one with a fault planted in it. */
  interface Maker {
    KeyslotCore make(int slots, KeyslotHardware hardware, KeyslotManager.Counters counters);
  }

  /** The core as shipped. */
  public KeyslotSubject() {
    this(KeyslotCore::new);
  }

  KeyslotSubject(Maker maker) {
    KeyslotHardware wires = new KeyslotHardware();
    wires.setOps(new Registers());
    core = maker.make(SLOTS, wires, new KeyslotManager.Counters());
    for (int i = 0; i < THREADS; i++) {
      held.add(new ArrayDeque<>());
    }
  }

  /** Keys as the hardware has them. */
  private final class Registers implements KeyslotOps {
    @Override
    public void program(int slot, CryptoKey key) throws KeyslotException {
      if (key == KEYS.get(REFUSED)) {
        hardware.set(slot, null);
        throw new KeyslotException(Reason.IO_ERROR, "told to refuse");
      }
      hardware.set(slot, key);
    }

    @Override
    public void evict(int slot, CryptoKey key) {
      hardware.set(slot, null);
    }
  }

  /** The slot, {@link KeyslotManager#NONE_FREE}, or why not. */
  @Operation
  public String take(@Param(name = "key") int key, @Param(name = "thread") int thread) {
    try {
      int slot = core.tryAcquire(KEYS.get(key), null);
      if (slot >= 0) {
        held.get(thread).add(new Held(slot, KEYS.get(key)));
      }
      return Integer.toString(slot);
    } catch (KeyslotException refused) {
      return refused.reason().name();
    }
  }

  /** Gives back the slot that the thread took first, and tells what the hardware had in it. */
  @Operation
  public String give(@Param(name = "thread") int thread) {
    Held first = held.get(thread).poll();
    if (first == null) {
      return "holds nothing";
    }
    boolean right = hardware.get(first.slot) == first.key;
    core.release(first.slot);
    return right ? "held its key" : "HELD ANOTHER KEY";
  }

  @Operation
  public String evict(@Param(name = "key") int key) {
    try {
      core.evict(KEYS.get(key));
      return "evicted";
    } catch (KeyslotException busy) {
      return busy.reason().name();
    }
  }

  @Operation
  public void reprogram() {
    core.reprogramAll();
  }
}
