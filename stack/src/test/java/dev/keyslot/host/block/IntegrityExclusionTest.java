package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.integrity.T10Dif;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Race;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.RecordingSlots;
import org.junit.jupiter.api.Test;

/** Integrity and hardware encryption exclude each other, whichever comes first. */
class IntegrityExclusionTest {

  private final Bios bios = new Bios();
  private final RecordingDriver driver =
      new RecordingDriver(new QueueLimits(10_000, 8, 64, 4, 65536, 1000));
  private final RequestQueue queue = new RequestQueue(driver);
  private final RecordingSlots slots = new RecordingSlots();
  private final KeyslotManager manager = slots.manager(2);
  private final CryptoKey key = Bios.key(1, 4096);

  @Test
  void integrityFirstRefusesTheKeyslotManagerAndPlainDataStillFlows() {
    queue.registerIntegrity(new T10Dif());
    assertThat(queue.cryptoExcluded()).isNull();
    assertThat(queue.setKeyslotManager(manager)).isFalse();
    assertThat(queue.keyslotManager()).isNull();
    assertThat(queue.cryptoExcluded()).contains("not supported together");
    assertThat(queue.cryptoSupported(key.config())).isFalse();
    queue.submit(bios.write(0, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+8 [4096]", "commit");
  }

  @Test
  void integrityLaterTakesTheKeyslotManagerAwayAndRequestsUnderWayReleaseTheirSlots() {
    queue.setKeyslotManager(manager);
    queue.submit(bios.write(0, 8).crypto(key, 0));
    queue.registerIntegrity(new T10Dif());
    assertThat(queue.keyslotManager()).isNull();
    assertThat(queue.integrity()).isNotNull();
    queue.submit(bios.write(8, 8).crypto(key, 1));
    assertThat(bios.outcomes()).containsExactly("WRITE 8+8 NOTSUPP");
    driver.finishAll();
    queue.poll();
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 OK");
    queue.evictKey(key);
    assertThat(slots.log()).as("the slot was released").endsWith("evict 0 " + key.id());
  }

  @Test
  void aBioThatWaitsForASlotFailsWhenTheManagerGoesAway() {
    queue.setKeyslotManager(manager);
    queue.submit(bios.write(0, 8).crypto(key, 0));
    queue.submit(bios.write(100, 8).crypto(Bios.key(2, 4096), 0));
    queue.submit(bios.write(200, 8).crypto(Bios.key(3, 4096), 0));
    queue.registerIntegrity(new T10Dif());
    driver.finishAll();
    queue.poll();
    assertThat(bios.outcomes()).contains("WRITE 200+8 NOTSUPP");
    assertThat(queue.unfinished()).isZero();
  }

  /** Two threads, one order or the other; never both on one queue. */
  @Test
  void registeredAtTheSameTimeOnlyOneOfThemStays() throws Exception {
    for (int round = 0; round < 100; round++) {
      RequestQueue raced = new RequestQueue(driver);
      Race.of(() -> raced.setKeyslotManager(manager), () -> raced.registerIntegrity(new T10Dif()));
      assertThat(raced.keyslotManager()).as("round %d", round).isNull();
      assertThat(raced.cryptoExcluded()).isNotNull();
    }
  }

  @Test
  void theAttributeTreeSaysWhatThereIsAndWhy() {
    assertThat(queue.attributes()).isEmpty();
    manager.addKeyType(KeyType.HW_WRAPPED);
    manager.setDataUnitMask(CryptoMode.ADIANTUM, 4096);
    queue.setKeyslotManager(manager);
    assertThat(queue.attributes())
        .containsExactly(
            entry("crypto/hw_wrapped_keys", "supported\n"),
            entry("crypto/max_dun_bits", "32\n"),
            entry("crypto/modes/AES-256-XTS", "0x1200\n"),
            entry("crypto/modes/Adiantum", "0x1000\n"),
            entry("crypto/num_keyslots", "2\n"),
            entry("crypto/raw_keys", "supported\n"));
    queue.registerIntegrity(new T10Dif());
    assertThat(queue.attributes()).containsOnlyKeys("crypto_excluded");
    assertThat(new KeyslotManager().attributes())
        .containsExactly(entry("max_dun_bits", "0\n"), entry("num_keyslots", "0\n"));
  }
}
