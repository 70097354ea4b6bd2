package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingSlots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvSource;

/** Slots taken, shared, reused, emptied and programmed again. */
class KeyslotManagerTest {

  private final RecordingSlots hardware = new RecordingSlots();
  private final KeyslotManager manager = hardware.manager(2);
  private final CryptoKey a = Bios.key(1, 4096);
  private final CryptoKey b = Bios.key(2, 4096);
  private final CryptoKey c = Bios.key(3, 4096);

  private static String program(int slot, CryptoKey key) {
    return "program " + slot + " " + key.id();
  }

  private static String evict(int slot, CryptoKey key) {
    return "evict " + slot + " " + key.id();
  }

  private static void assertEvictFails(KeyslotManager manager, CryptoKey key, Reason reason) {
    assertThatThrownBy(() -> manager.evict(key))
        .isInstanceOfSatisfying(
            KeyslotException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  @Test
  void theFirstKeyGoesToSlotZeroAndTheNextToSlotOne() throws KeyslotException {
    assertThat(manager.tryAcquire(a)).isZero();
    assertThat(manager.tryAcquire(b)).isEqualTo(1);
    assertThat(hardware.log()).containsExactly(program(0, a), program(1, b));
  }

  @Test
  void requestsWithOneKeyShareASlot() throws KeyslotException {
    assertThat(manager.tryAcquire(a)).isZero();
    assertThat(manager.tryAcquire(a)).isZero();
    manager.retain(0);
    manager.release(0);
    manager.release(0);
    assertThat(manager.tryAcquire(b)).isEqualTo(1);
    assertThat(manager.tryAcquire(c)).isEqualTo(KeyslotManager.NONE_FREE);
    manager.release(0);
    assertThat(manager.tryAcquire(c)).isZero();
    assertThat(hardware.log()).containsExactly(program(0, a), program(1, b), program(0, c));
  }

  @Test
  void aReleasedKeyIsFoundAgainWithoutProgramming() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.release(manager.tryAcquire(a));
    assertThat(hardware.log()).containsExactly(program(0, a));
    assertThat(manager.counters().hits()).isEqualTo(1);
    assertThat(manager.counters().programs()).isEqualTo(1);
  }

  @Test
  void theLeastRecentlyReleasedSlotIsReusedWithoutAnEvictCall() throws KeyslotException {
    int slotOfA = manager.tryAcquire(a);
    int slotOfB = manager.tryAcquire(b);
    manager.release(slotOfB);
    manager.release(slotOfA);
    assertThat(manager.tryAcquire(c)).isEqualTo(slotOfB);
    assertThat(hardware.log()).containsExactly(program(0, a), program(1, b), program(slotOfB, c));
    assertThat(manager.tryAcquire(a)).as("still cached").isEqualTo(slotOfA);
  }

  @Test
  void whenEverySlotIsInUseTheAnswerIsNoneFreeAndNothingIsProgrammed() throws KeyslotException {
    manager.tryAcquire(a);
    manager.tryAcquire(b);
    hardware.log();
    assertThat(manager.tryAcquire(c)).isEqualTo(KeyslotManager.NONE_FREE);
    assertThat(hardware.log()).isEmpty();
  }

  @Test
  void aSlotReleasedMoreOftenThanTakenIsCaught() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    assertThatThrownBy(() -> manager.release(0)).isInstanceOf(IllegalStateException.class);
    assertThat(manager.tryAcquire(a)).as("the mistake changed nothing").isZero();
    assertThat(manager.tryAcquire(b)).isEqualTo(1);
    assertThat(manager.tryAcquire(c)).isEqualTo(KeyslotManager.NONE_FREE);
  }

  @Test
  void aClosedKeyIsInvalidAndCostsNobodyElseASlot() throws KeyslotException {
    manager.release(manager.tryAcquire(b));
    hardware.log();
    a.close();
    assertThatThrownBy(() -> manager.tryAcquire(a))
        .isInstanceOfSatisfying(
            KeyslotException.class,
            failure -> assertThat(failure.reason()).isEqualTo(Reason.INVALID));
    assertThat(manager.tryAcquire(b)).isZero();
    assertThat(hardware.log()).isEmpty();
  }

  /** A mistake of its owner, which must not cost the other keys their slots after a reset. */
  @Test
  void aKeyClosedWithoutEvictionIsForgottenByTheNextReprogramming() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.release(manager.tryAcquire(b));
    hardware.loseKeys();
    hardware.log();
    a.close();
    manager.reprogramAll();
    assertThat(hardware.log()).containsExactly(program(1, b));
    assertThat(manager.slotsProgrammed()).isEqualTo(1);
  }

  /** Safer than the kernel, which goes on believing that the old key is in the slot. */
  @Test
  void aSlotWhoseProgrammingFailedHoldsNoKeyAnyMore() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.tryAcquire(b);
    hardware.failures.add(Reason.TIMED_OUT);
    assertThatThrownBy(() -> manager.tryAcquire(c))
        .isInstanceOfSatisfying(
            KeyslotException.class,
            failure -> assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT));
    hardware.log();
    assertThat(manager.tryAcquire(a)).as("the slot is idle, its old key unknown").isZero();
    assertThat(hardware.log()).containsExactly(program(0, a));
  }

  @Test
  void evictRemovesAnIdleKeyFromHardwareAndSoftware() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.evict(a);
    assertThat(hardware.log()).containsExactly(program(0, a), evict(0, a));
    assertThat(manager.counters().evictions()).isEqualTo(1);
    manager.evict(a);
    assertThat(hardware.log()).as("in no slot any more").isEmpty();
  }

  @Test
  void evictOfAKeyInUseSaysBusyAndForgetsItAllTheSame() throws KeyslotException {
    int slot = manager.tryAcquire(a);
    assertEvictFails(manager, a, Reason.BUSY);
    assertThat(hardware.log()).as("hardware is left alone").containsExactly(program(0, a));
    assertThat(manager.tryAcquire(a)).as("forgotten: it gets another slot").isEqualTo(1);
    manager.release(slot);
    assertThat(manager.tryAcquire(b)).as("the slot itself is not lost").isEqualTo(slot);
  }

  @Test
  void evictThatTheHardwareRefusesForgetsTheKeyAllTheSame() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    hardware.failures.add(Reason.IO_ERROR);
    assertEvictFails(manager, a, Reason.IO_ERROR);
    hardware.log();
    manager.tryAcquire(a);
    assertThat(hardware.log()).containsExactly(program(1, a));
  }

  @Test
  void evictLeavesTheSlotWhereItIsInTheOrderOfReuse() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.release(manager.tryAcquire(b));
    manager.evict(b);
    assertThat(manager.tryAcquire(c)).as("the slot of a is older").isZero();
  }

  @Test
  void afterAResetAllKeysAreProgrammedAgainInAscendingOrderUsedOrNot() throws KeyslotException {
    manager.tryAcquire(a);
    manager.release(manager.tryAcquire(b));
    hardware.log();
    hardware.loseKeys();
    manager.reprogramAll();
    assertThat(hardware.log()).containsExactly(program(0, a), program(1, b));
    assertThat(hardware.content(0)).isSameAs(a);
    assertThat(hardware.content(1)).isSameAs(b);
  }

  @Test
  void aFailureWhileReprogrammingDoesNotStopTheRestAndAnIdleSlotIsThenEmpty()
      throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    manager.release(manager.tryAcquire(b));
    hardware.loseKeys();
    hardware.failures.add(Reason.IO_ERROR);
    hardware.log();
    manager.reprogramAll();
    assertThat(hardware.log()).containsExactly(program(0, a), program(1, b));
    manager.tryAcquire(a);
    assertThat(hardware.log()).containsExactly(program(0, a));
  }

  /** Or every later request of that key would meet a slot that the hardware has nothing in. */
  @Test
  void aKeyInUseThatCouldNotBeReprogrammedGetsAnotherSlot() throws KeyslotException {
    int broken = manager.tryAcquire(a);
    hardware.loseKeys();
    hardware.failures.add(Reason.IO_ERROR);
    manager.reprogramAll();
    int whole = manager.tryAcquire(a);
    assertThat(whole).isNotEqualTo(broken);
    assertThat(hardware.content(whole)).isSameAs(a);
    assertThat(manager.tryAcquire(b)).as("still in use").isEqualTo(KeyslotManager.NONE_FREE);
    manager.release(broken);
    assertThat(manager.tryAcquire(b)).as("and not lost").isEqualTo(broken);
  }

  @Test
  void anAllZeroManagerDoesNothingAndSupportsNothing() throws KeyslotException {
    KeyslotManager zero = new KeyslotManager();
    assertThat(zero.initialised()).isFalse();
    assertThat(zero.numSlots()).isZero();
    assertThat(zero.tryAcquire(a)).isEqualTo(KeyslotManager.NO_SLOTS);
    zero.release(KeyslotManager.NO_SLOTS);
    zero.retain(KeyslotManager.NO_SLOTS);
    zero.evict(a);
    zero.reprogramAll();
    zero.setGroupShare(1);
    assertThat(zero.supports(a.config())).isFalse();
    assertThatCode(zero::destroy).doesNotThrowAnyException();
    assertThatCode(zero::destroy).doesNotThrowAnyException();
  }

  @Test
  void withoutSlotsEvictReachesTheHardwareWithSlotMinusOne() throws KeyslotException {
    KeyslotManager passthrough = hardware.manager(0);
    assertThat(passthrough.initialised()).isTrue();
    assertThat(passthrough.supports(a.config())).isTrue();
    assertThat(passthrough.tryAcquire(a)).isEqualTo(KeyslotManager.NO_SLOTS);
    passthrough.evict(a);
    passthrough.reprogramAll();
    assertThat(hardware.log()).containsExactly(evict(-1, a));
  }

  @Test
  void capabilitiesSetBeforeInitAreLost() {
    KeyslotManager early = new KeyslotManager();
    early.setMaxDunBytes(4);
    early.setDataUnitMask(CryptoMode.AES_256_XTS, 4096);
    early.addKeyType(KeyType.RAW);
    assertThat(early.supports(a.config())).isTrue();
    early.init(2);
    assertThat(early.supports(a.config())).isFalse();
  }

  @Test
  void aManagerIsInitialisedOnceUntilItIsDestroyed() {
    assertThatThrownBy(() -> manager.init(2)).isInstanceOf(IllegalStateException.class);
    manager.destroy();
    manager.init(3);
    assertThat(manager.numSlots()).isEqualTo(3);
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyslotManager().init(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyslotManager().init(257));
    new KeyslotManager().init(256);
  }

  @Test
  void destroyWipesEverythingAndCallsNoHardware() throws KeyslotException {
    manager.release(manager.tryAcquire(a));
    KeyslotTable table = manager.tableForTest();
    hardware.log();
    manager.destroy();
    assertThat(hardware.log()).isEmpty();
    assertThat(table.key(0)).isNull();
    assertThat(table.referencesTotal()).isZero();
    assertThat(manager.initialised()).isFalse();
    assertThat(manager.numSlots()).isZero();
    assertThat(manager.maxDunBytes()).isZero();
    assertThat(manager.dataUnitMask(CryptoMode.AES_256_XTS)).isZero();
    assertThat(manager.supports(KeyType.RAW)).isFalse();
    assertThat(manager.counters().programs()).isZero();
    assertThat(manager.tryAcquire(a)).isEqualTo(KeyslotManager.NO_SLOTS);
  }

  @Test
  void theDeviceIsAwakeWhileItsHardwareIsTouchedAndNotForAHit() throws KeyslotException {
    int[] awake = {0};
    int[] resumes = {0};
    manager.setPower(
        new KeyslotManager.Power() {
          @Override
          public void resume() {
            awake[0]++;
            resumes[0]++;
            manager.reprogramAll();
          }

          @Override
          public void release() {
            awake[0]--;
          }
        });
    manager.setOps(
        new KeyslotOps() {
          @Override
          public void program(int slot, CryptoKey key) {
            assertThat(awake[0]).isPositive();
          }

          @Override
          public void evict(int slot, CryptoKey key) {
            assertThat(awake[0]).isPositive();
          }
        });
    manager.release(manager.tryAcquire(a));
    assertThat(resumes[0]).isEqualTo(1);
    manager.release(manager.tryAcquire(a));
    assertThat(resumes[0]).as("a hit wakes nobody").isEqualTo(1);
    manager.evict(a);
    assertThat(resumes[0]).isEqualTo(2);
    assertThat(awake[0]).isZero();
  }

  /**
   * Mode, unit, longest number, key type, zero rule, step, hardware allowed: each must be there.
   */
  @ParameterizedTest
  @CsvSource({
    "AES_256_XTS, 4096, 4, RAW, false, 1, true, true",
    "AES_256_XTS, 512, 1, RAW, false, 1, true, true",
    "AES_256_XTS, 1024, 4, RAW, false, 1, true, false",
    "AES_256_XTS, 4096, 5, RAW, false, 1, true, false",
    "AES_256_XTS, 4096, 4, HW_WRAPPED, false, 1, true, false",
    "AES_256_XTS, 4096, 4, RAW, true, 1, true, false",
    "AES_256_XTS, 4096, 4, RAW, false, 8, true, false",
    "AES_256_XTS, 4096, 4, RAW, false, 1, false, false",
    "ADIANTUM, 4096, 4, RAW, false, 1, true, false"
  })
  void supportsExactlyWhatTheHardwareHas(ArgumentsAccessor row) {
    CryptoConfig config =
        new CryptoConfig(
            row.get(0, CryptoMode.class),
            row.getInteger(1),
            row.getInteger(2),
            row.get(3, KeyType.class),
            row.getBoolean(4),
            row.getInteger(5),
            row.getBoolean(6));
    assertThat(manager.supports(config)).isEqualTo(row.getBoolean(7));
  }

  @Test
  void theZeroRuleIsACapability() {
    CryptoConfig zeros = new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, true);
    assertThat(manager.supports(zeros)).isFalse();
    manager.setZeroRuleMask(CryptoMode.AES_256_XTS, 512);
    manager.setZeroRuleMask(CryptoMode.ADIANTUM, 4096);
    assertThat(manager.supports(zeros)).as("for this mode and unit").isFalse();
    manager.setZeroRuleMask(CryptoMode.AES_256_XTS, 4096);
    assertThat(manager.supports(zeros)).isTrue();
    assertThat(manager.supports(a.config())).as("and can be left off").isTrue();
  }

  @Test
  void intersectionKeepsWhatBothHaveAndNullHasNothing() {
    KeyslotManager child = hardware.manager(1);
    child.setDataUnitMask(CryptoMode.AES_256_XTS, 4096 + 1024);
    child.setMaxDunBytes(8);
    CryptoConfig zeros = new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, true);
    child.setZeroRuleMask(CryptoMode.AES_256_XTS, 4096);
    child.intersectCapabilities(manager);
    assertThat(child.supports(zeros)).as("the other lacks the zero rule").isFalse();
    child.setZeroRuleMask(CryptoMode.AES_256_XTS, 4096);
    manager.setZeroRuleMask(CryptoMode.AES_256_XTS, 512 + 4096);
    child.setDataUnitMask(CryptoMode.AES_256_XTS, 4096 + 1024);
    child.setMaxDunBytes(8);
    child.addKeyType(KeyType.HW_WRAPPED);
    manager.intersectCapabilities(child);
    assertThat(manager.supports(KeyType.HW_WRAPPED)).as("the child alone has it").isFalse();
    child.intersectCapabilities(manager);
    assertThat(child.supports(KeyType.HW_WRAPPED)).isFalse();
    assertThat(manager.supports(zeros)).isTrue();
    assertThat(manager.dataUnitMask(CryptoMode.AES_256_XTS)).isEqualTo(4096);
    assertThat(manager.maxDunBytes()).isEqualTo(4);
    assertThat(manager.supports(KeyType.RAW)).isTrue();
    manager.intersectCapabilities(null);
    assertThat(manager.dataUnitMask(CryptoMode.AES_256_XTS)).isZero();
    assertThat(manager.maxDunBytes()).isZero();
    assertThat(manager.supports(KeyType.RAW)).isFalse();
    manager.setDataUnitMask(CryptoMode.AES_256_XTS, 4096);
    manager.setMaxDunBytes(4);
    manager.addKeyType(KeyType.RAW);
    assertThat(manager.supports(zeros)).as("the zero rule went too").isFalse();
  }

  @Test
  void oneManagerHasTheCapabilitiesOfAnotherWhenItLacksNone() {
    KeyslotManager other = hardware.manager(1);
    assertThat(manager.hasCapabilitiesOf(null)).isTrue();
    assertThat(manager.hasCapabilitiesOf(other)).isTrue();
    other.addKeyType(KeyType.HW_WRAPPED);
    assertThat(manager.hasCapabilitiesOf(other)).isFalse();
    manager.updateCapabilities(other);
    assertThat(manager.hasCapabilitiesOf(other)).isTrue();
    other.setMaxDunBytes(8);
    assertThat(manager.hasCapabilitiesOf(other)).isFalse();
    manager.updateCapabilities(other);
    other.setZeroRuleMask(CryptoMode.AES_256_XTS, 4096);
    assertThat(manager.hasCapabilitiesOf(other)).isFalse();
    manager.updateCapabilities(other);
    other.setDataUnitMask(CryptoMode.ADIANTUM, 4096);
    assertThat(manager.hasCapabilitiesOf(other)).isFalse();
    manager.updateCapabilities(other);
    assertThat(manager.hasCapabilitiesOf(other)).isTrue();
    assertThat(other.hasCapabilitiesOf(manager)).isTrue();
  }

  @Test
  void aGroupGetsNoMoreThanItsShareAndReusesItsOwnSlots() throws KeyslotException {
    KeyslotManager four = hardware.manager(4);
    four.setGroupShare(2);
    CryptoKey[] noisy = new CryptoKey[3];
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = Bios.key(10 + i, a.config(), 1);
    }
    CryptoKey quiet = Bios.key(20, a.config(), 2);
    four.release(four.tryAcquire(quiet));
    int first = four.tryAcquire(noisy[0]);
    int second = four.tryAcquire(noisy[1]);
    assertThat(four.tryAcquire(noisy[2])).isEqualTo(KeyslotManager.SHARE_USED_UP);
    four.release(second);
    four.release(first);
    assertThat(four.tryAcquire(noisy[2])).as("the group's own oldest").isEqualTo(second);
    hardware.log();
    assertThat(four.tryAcquire(quiet)).isZero();
    assertThat(hardware.log()).as("the quiet tenant kept its slot").isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> four.setGroupShare(0));
  }
}
