package dev.keyslot.testkit;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Keyslot hardware that remembers its content and what it was told, and fails when told to. */
public final class RecordingSlots implements KeyslotOps {

  private final Map<Integer, CryptoKey> content = new TreeMap<>();
  private final List<String> log = new ArrayList<>();

  /** How the next calls fail; empty for success. */
  public final Deque<KeyslotException.Reason> failures = new ArrayDeque<>();

  /** A manager over this hardware that takes AES-256-XTS with 512 and 4096 bytes, 4-byte DUNs. */
  public KeyslotManager manager(int slots) {
    KeyslotManager manager = new KeyslotManager();
    manager.init(slots);
    manager.setOps(this);
    manager.setMaxDunBytes(4);
    manager.setDataUnitMask(CryptoMode.AES_256_XTS, 512 + 4096);
    manager.addKeyType(KeyType.RAW);
    return manager;
  }

  /** Calls since the last look, such as {@code program 0 7}: the slot, then the key's number. */
  public List<String> log() {
    List<String> copy = List.copyOf(log);
    log.clear();
    return copy;
  }

  /** The key that the hardware has in {@code slot}, or null. */
  public CryptoKey content(int slot) {
    return content.get(slot);
  }

  /** A reset: all keys are gone. */
  public void loseKeys() {
    content.clear();
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    log.add("program " + slot + " " + key.id());
    content.remove(slot);
    failIfTold();
    content.put(slot, key);
  }

  @Override
  public void evict(int slot, CryptoKey key) throws KeyslotException {
    log.add("evict " + slot + " " + key.id());
    failIfTold();
    content.remove(slot);
  }

  private void failIfTold() throws KeyslotException {
    if (!failures.isEmpty()) {
      throw new KeyslotException(failures.removeFirst(), "told to fail");
    }
  }
}
