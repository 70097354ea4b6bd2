package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingSlots;
import dev.keyslot.testkit.Turns;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a keyslot manager tells of itself, its device's sleep, and its second life. */
class KeyslotHousekeepingTest {

  private final RecordingSlots hardware = new RecordingSlots();
  private final KeyslotManager manager = hardware.manager(3);
  private final CryptoKey a = Bios.key(1, 4096);
  private final CryptoKey b = Bios.key(2, 4096);

  /** Counts how deep the device is awake, and does something when it is woken. */
  private static final class Sleeper implements KeyslotManager.Power {
    private final List<String> calls = new ArrayList<>();
    private Runnable woken = () -> {};

    @Override
    public void resume() {
      calls.add("resume");
      Runnable once = woken;
      woken = () -> {};
      once.run();
    }

    @Override
    public void release() {
      calls.add("release");
    }
  }

  @Test
  void slotsAreCountedByWhatTheyHoldAndWhoHoldsThem() throws KeyslotException {
    assertThat(manager.slotsProgrammed()).isZero();
    assertThat(manager.slotsInUse()).isZero();
    manager.release(manager.tryAcquire(a));
    assertThat(manager.slotsProgrammed()).isEqualTo(1);
    assertThat(manager.slotsInUse()).isZero();
    assertThat(manager.tryAcquire(b)).isEqualTo(1);
    assertThat(manager.tryAcquire(b)).as("the slot, not the number of its users").isEqualTo(1);
    assertThat(manager.slotsProgrammed()).isEqualTo(2);
    assertThat(manager.slotsInUse()).isEqualTo(1);
    assertThat(manager.tryAcquire(a)).isZero();
    assertThat(manager.slotsInUse()).isEqualTo(2);
    assertThat(manager.counters().hits()).isEqualTo(2);
    assertThat(new KeyslotManager().slotsProgrammed()).isZero();
    assertThat(new KeyslotManager().slotsInUse()).isZero();
  }

  @Test
  void theLongestNumberHasZeroTo32Bytes() {
    assertThatIllegalArgumentException().isThrownBy(() -> manager.setMaxDunBytes(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> manager.setMaxDunBytes(33));
    manager.setMaxDunBytes(0);
    manager.setMaxDunBytes(32);
    assertThat(manager.maxDunBytes()).isEqualTo(32);
  }

  /** Between the look without the write lock and the look with it the device is resumed. */
  @Test
  void aKeyProgrammedBySomebodyElseMeanwhileIsNotProgrammedTwice() throws KeyslotException {
    Sleeper sleeper = new Sleeper();
    manager.release(manager.tryAcquire(b));
    manager.setPower(sleeper);
    sleeper.woken = () -> acquire(a);
    assertThat(manager.tryAcquire(a)).isEqualTo(1);
    assertThat(hardware.log()).containsExactly("program 0 " + b.id(), "program 1 " + a.id());
    assertThat(manager.counters().hits()).isEqualTo(1);
    assertThat(manager.slotsInUse()).isEqualTo(1);
  }

  private void acquire(CryptoKey key) {
    try {
      manager.tryAcquire(key);
    } catch (KeyslotException refused) {
      throw new IllegalStateException(refused);
    }
  }

  @Test
  void aDeviceWithoutSlotsIsAwakeWhileItEvictsAndSleepsAfterwards() throws KeyslotException {
    KeyslotManager passthrough = hardware.manager(0);
    Sleeper sleeper = new Sleeper();
    passthrough.setPower(sleeper);
    passthrough.evict(a);
    assertThat(sleeper.calls).containsExactly("resume", "release");
    passthrough.reprogramAll();
    manager.setPower(sleeper);
    manager.reprogramAll();
    assertThat(sleeper.calls).as("reprogramming is what resuming calls").hasSize(2);
  }

  @Test
  void theDeviceSleepsAgainWhateverBecameOfTheKey() throws KeyslotException {
    Sleeper sleeper = new Sleeper();
    manager.setPower(sleeper);
    hardware.failures.add(KeyslotException.Reason.IO_ERROR);
    assertThatThrownBy(() -> manager.tryAcquire(a)).isInstanceOf(KeyslotException.class);
    assertThat(sleeper.calls).containsExactly("resume", "release");
    manager.tryAcquire(a);
    assertThatThrownBy(() -> manager.evict(a)).isInstanceOf(KeyslotException.class);
    assertThat(sleeper.calls)
        .containsExactly("resume", "release", "resume", "release", "resume", "release");
  }

  @Test
  void everyCallLeavesTheHardwareAndTheSlotsToTheNext() throws Exception {
    Turns.of(
        () -> assertThat(manager.tryAcquire(a)).isZero(),
        () -> assertThat(manager.slotsProgrammed()).isEqualTo(1),
        () -> manager.retain(0),
        () -> manager.release(0),
        () -> manager.release(0),
        () -> manager.evict(a),
        manager::reprogramAll,
        () -> assertThat(manager.tryAcquire(b)).isEqualTo(1),
        () -> assertThat(manager.tryAcquire(b)).isEqualTo(1),
        () -> assertThat(manager.slotsInUse()).isEqualTo(1));
  }

  @Test
  void aSecondLifeKnowsNothingOfTheFirst() throws KeyslotException {
    manager.setPower(new Sleeper());
    manager.release(manager.tryAcquire(a));
    manager.release(manager.tryAcquire(a));
    manager.evict(a);
    manager.counters().waitBegins();
    manager.counters().waitEnds(7);
    manager.destroy();
    assertThat(manager.counters().hits()).isZero();
    assertThat(manager.counters().programs()).isZero();
    assertThat(manager.counters().evictions()).isZero();
    assertThat(manager.counters().waits()).isZero();
    assertThat(manager.counters().waitNanos()).isZero();
    manager.init(1);
    assertThatThrownBy(() -> manager.tryAcquire(a))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("keyslot operations must be set before a key is used: slot=0");
  }
}
