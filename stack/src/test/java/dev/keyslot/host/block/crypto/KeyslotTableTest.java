package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Turns;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Slots, their keys, who uses them and which are idle: the states and nothing between them. */
class KeyslotTableTest {

  private final KeyslotTable table = new KeyslotTable(4);

  /** Keys whose numbers fall into one bucket of a table of four slots. */
  private static List<CryptoKey> colliding(int count) {
    List<CryptoKey> keys = new ArrayList<>();
    while (keys.size() < count) {
      CryptoKey key = Bios.key(1, 4096);
      if (key.id() % 4 == 1) {
        keys.add(key);
      }
    }
    return keys;
  }

  @Test
  void keysOfOneBucketAreFoundWhicheverOfThemGoes() {
    for (int gone = 0; gone < 3; gone++) {
      KeyslotTable three = new KeyslotTable(4);
      List<CryptoKey> keys = colliding(3);
      for (int slot = 0; slot < 3; slot++) {
        three.link(slot, keys.get(slot));
      }
      three.unlink(gone);
      three.unlink(gone);
      for (int slot = 0; slot < 3; slot++) {
        assertThat(three.find(keys.get(slot))).isEqualTo(slot == gone ? KeyslotTable.NONE : slot);
      }
      three.link(gone, keys.get(gone));
      assertThat(three.find(keys.get(gone))).isEqualTo(gone);
    }
  }

  @Test
  void aSlotTakesOneKey() {
    table.link(2, Bios.key(1, 4096));
    assertThatThrownBy(() -> table.link(2, Bios.key(2, 4096)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("keyslot must be empty to take a key: slot=2");
  }

  @Test
  void theLastOfSeveralUsersMakesASlotIdle() {
    table.grab(0);
    table.grab(0);
    table.grab(1);
    assertThat(table.referencesTotal()).isEqualTo(3);
    assertThat(table.oldestIdle()).isEqualTo(2);
    assertThat(table.put(0)).as("somebody is left").isFalse();
    assertThat(table.put(0)).as("nobody is").isTrue();
    assertThat(table.put(1)).isTrue();
    assertThat(table.referencesTotal()).isZero();
    table.grab(2);
    table.grab(3);
    assertThat(table.oldestIdle()).as("the one that became idle first").isZero();
  }

  /** Lists and hash in every array, and nothing but zeros and nulls afterwards. */
  @Test
  void aWipedTableIsAllZero() throws Exception {
    table.link(1, Bios.key(1, 4096));
    table.link(2, Bios.key(2, 4096));
    table.grab(1);
    table.grab(2);
    table.put(2);
    table.wipe();
    for (Field field : KeyslotTable.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      switch (field.get(table)) {
        case CryptoKey[] keys -> assertThat(keys).containsOnlyNulls();
        case int[] links -> assertThat(links).as(field.getName()).containsOnly(0);
        case AtomicIntegerArray users -> assertThat(users).hasToString("[0, 0, 0, 0]");
        default -> assertThat(field.getName()).isIn("count", "idleLock");
      }
    }
  }

  @Test
  void everyOperationLeavesTheIdleListToTheNext() throws Exception {
    CryptoKey key = Bios.key(1, 4096);
    table.link(0, key);
    Turns.of(
        () -> table.grab(0),
        () -> assertThat(table.oldestIdle()).isEqualTo(1),
        () -> assertThat(table.oldestIdle(key.group())).isEqualTo(KeyslotTable.NONE),
        () -> assertThat(table.put(0)).isTrue(),
        () -> assertThat(table.oldestIdle(key.group())).isZero(),
        () -> assertThatThrownBy(() -> table.put(0)).isInstanceOf(IllegalStateException.class),
        () -> table.grab(1));
  }
}
