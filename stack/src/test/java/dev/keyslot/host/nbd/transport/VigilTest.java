package dev.keyslot.host.nbd.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.FakeClock;
import org.junit.jupiter.api.Test;

class VigilTest {

  private final FakeClock clock = new FakeClock();
  private final Vigil vigil = new Vigil(clock, 2);

  private void lookInVain() {
    assertThat(vigil.begins()).isTrue();
    endInVain();
  }

  private void endInVain() {
    clock.advance(Vigil.WINDOW_NANOS);
    assertThat(vigil.goesOn()).isFalse();
  }

  /** Begins the next look. */
  private int waitsWithoutLook() {
    int waits = 0;
    while (!vigil.begins()) {
      waits++;
    }
    return waits;
  }

  @Test
  void itLooksForAsLongAsTheWindow() {
    assertThat(vigil.begins()).isTrue();
    assertThat(vigil.goesOn()).isTrue();
    clock.advance(Vigil.WINDOW_NANOS - 1);
    assertThat(vigil.goesOn()).isTrue();
    clock.advance(1);
    assertThat(vigil.goesOn()).isFalse();
  }

  @Test
  void aClientThatIsQuickIsLookedForEachTime() {
    for (int i = 0; i < 3; i++) {
      assertThat(vigil.begins()).isTrue();
      clock.advance(Vigil.LATE_NANOS - 1);
      vigil.found();
    }
  }

  @Test
  void eachVainLookDoublesTheWaitsWithoutOne() {
    for (int waits = 1; waits < Vigil.WAITS_MAX; waits *= 2) {
      lookInVain();
      for (int i = 0; i < waits; i++) {
        assertThat(vigil.begins()).isFalse();
      }
    }
    for (int i = 0; i < 2; i++) {
      lookInVain();
      assertThat(waitsWithoutLook()).isEqualTo(Vigil.WAITS_MAX);
      endInVain();
      assertThat(waitsWithoutLook()).isEqualTo(Vigil.WAITS_MAX);
    }
  }

  @Test
  void whatComesLateIsNoReasonToLookAgain() {
    assertThat(vigil.begins()).isTrue();
    clock.advance(Vigil.LATE_NANOS);
    vigil.found();
    assertThat(vigil.begins()).isFalse();
  }

  @Test
  void oneQuickAnswerForgivesAllVainLooks() {
    lookInVain();
    waitsWithoutLook();
    endInVain();
    assertThat(waitsWithoutLook()).isEqualTo(2);
    vigil.found();
    lookInVain();
    assertThat(waitsWithoutLook()).isOne();
  }

  @Test
  void withOneProcessorNobodyLooks() {
    assertThat(new Vigil(clock, 1).begins()).isFalse();
  }
}
