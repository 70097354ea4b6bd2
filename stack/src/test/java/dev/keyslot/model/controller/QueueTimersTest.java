package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Interrupt coalescing and queue status polling by the timer clock, in virtual time. CAP says 192
 * MHz: IC's unit of 1024 clocks is 5,334 ns, SSC1's reset value of 1000h clocks 21,334 ns.
 */
class QueueTimersTest {

  private static final int Q = BareDriver.Q;
  private static final int TCC = 2;

  private final FakeClock clock = new FakeClock();
  private final HeapMedia media = new HeapMedia(8 << 20);
  private Silicon silicon;
  private BareDriver driver;
  private CqhciController registers;

  private void bringUp(CardProfile card) {
    silicon =
        new Silicon(
            ControllerConfig.faithful(HostIdentity.PLATFORM_64).timedBy(clock),
            EngineConfig.served(),
            new EmmcCard(card, media));
    driver = silicon.driver();
    registers = silicon.controller();
    driver.enumerate();
    driver.enableQueue();
  }

  @AfterEach
  void close() {
    silicon.close();
    media.close();
  }

  /** A read whose INT bit is off, so that its completion may be held back. */
  private void ringQuietly(int slot) {
    driver.chain(slot, 0, 512);
    driver.task(slot, true, slot, 1, 0, 0);
    long word = driver.list().get(ValueLayout.JAVA_LONG_UNALIGNED, slot * 32L);
    driver.describe(slot, word & ~4L, 0);
    driver.ring(1 << slot);
  }

  private void rest() {
    while (registers.doWork() != 0) {
      // until only time can help
    }
  }

  private void pass(long nanos) {
    clock.advance(nanos);
    rest();
  }

  @Test
  void tellsOfHeldBackCompletionsWhenTheTimerEnds() {
    bringUp(CardProfile.served(16384));
    registers.write32(Q + 0x40, 0x10000); // the card is asked at each step
    registers.write32(Q + 0x1C, 0x80008A83); // enable, threshold 10, timeout 3
    ringQuietly(0);
    rest();
    assertThat(registers.read32(Q + 0x2C)).isEqualTo(1);
    pass(10_000);
    ringQuietly(1); // does not start the timer anew
    rest();
    pass(5_999);
    assertThat(registers.read32(Q + 0x10)).isZero();
    assertThat(registers.read32(Q + 0x1C) & 0x00100000).as("pending").isNotZero();
    pass(1);
    assertThat(registers.read32(Q + 0x10)).isEqualTo(TCC);
    assertThat(registers.read32(Q + 0x1C)).isEqualTo(0x80000A03);
    assertThat(registers.read32(Q + 0x2C)).isEqualTo(3);
  }

  @Test
  void startsTheTimerAnewAfterAReset() {
    bringUp(CardProfile.served(16384));
    registers.write32(Q + 0x40, 0x10000);
    registers.write32(Q + 0x1C, 0x80008A83);
    ringQuietly(0);
    rest();
    registers.write32(Q + 0x1C, 0x80010000); // counter and timer reset
    pass(20_000);
    assertThat(registers.read32(Q + 0x10)).isZero();
    ringQuietly(1);
    rest();
    pass(15_999);
    assertThat(registers.read32(Q + 0x10)).isZero();
    pass(1);
    assertThat(registers.read32(Q + 0x10)).isEqualTo(TCC);
  }

  @Test
  void waitsForEverWhereNeitherThresholdNorTimeoutIsSet() {
    bringUp(CardProfile.served(16384));
    registers.write32(Q + 0x1C, 0x80008080);
    ringQuietly(0);
    rest();
    pass(10_000_000_000L);
    assertThat(registers.read32(Q + 0x10)).isZero();
  }

  /** The card makes one more task ready at each look; looks are CIT clocks apart. */
  @Test
  void asksAnIdleCardEveryIdleTimerPeriod() {
    bringUp(CardProfile.faithful(16384, 1));
    for (int slot = 0; slot < 3; slot++) {
      driver.chain(slot, 0, 512);
      driver.task(slot, true, slot, 1, 0, 0);
    }
    clock.advance(1_000_000);
    driver.ring(7);
    rest();
    assertThat(completed()).as("the first look is due at once").isEqualTo(1);
    pass(21_333);
    assertThat(completed()).isEqualTo(1);
    pass(1);
    assertThat(completed()).isEqualTo(2);
    registers.write32(Q + 0x40, 0x10060); // 60h clocks are 500 ns
    pass(500);
    assertThat(completed()).isEqualTo(3);
  }

  private int completed() {
    return Integer.bitCount(registers.read32(Q + 0x2C));
  }
}
