package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Taking, giving back, evicting and programming again, by threads in every order that Lincheck
 * comes by: each outcome is one that {@link KeyslotModel} gives for some order of the same calls.
 *
 * <p>Schedules of scenarios chosen by hand, where threads want one slot, and of random ones; more
 * and longer ones with {@code -Dkeyslot.long}.
 */
class KeyslotLincheckTest {

  private static final boolean LONG = System.getProperty("keyslot.long") != null;

  /** Fills both slots and leaves them idle, slot 0 the next to be taken from key 0. */
  private static final List<Actor> BOTH_CACHED = List.of(take(0, 0), take(1, 0), give(0), give(0));

  private static Actor actor(String name, Object... arguments) {
    Method method =
        Stream.of(KeyslotSubject.class.getMethods())
            .filter(candidate -> candidate.getName().equals(name))
            .findFirst()
            .orElseThrow();
    return new Actor(method, List.of(arguments));
  }

  private static Actor take(int key, int thread) {
    return actor("take", key, thread);
  }

  private static Actor give(int thread) {
    return actor("give", thread);
  }

  private static ExecutionScenario scenario(
      List<Actor> before, List<Actor> one, List<Actor> other) {
    List<Actor> after = List.of(take(0, 0), take(1, 0), take(3, 0), give(0), give(0));
    return new ExecutionScenario(before, List.of(one, other), after, null);
  }

  /** A hit on the slot that another thread is about to program. */
  private static ExecutionScenario hitWhileTaken() {
    return scenario(BOTH_CACHED, List.of(take(0, 1), give(1)), List.of(take(3, 2), give(2)));
  }

  /** The last user goes while another comes. */
  private static ExecutionScenario lastReleaseMeetsHit() {
    return scenario(
        List.of(take(0, 1)), List.of(give(1), take(3, 1)), List.of(take(0, 2), give(2)));
  }

  private static ExecutionScenario evictMeetsHit() {
    return scenario(
        BOTH_CACHED, List.of(actor("evict", 0), take(0, 1)), List.of(take(0, 2), give(2)));
  }

  private static ExecutionScenario reprogramMeetsEvictAndFailure() {
    return scenario(
        BOTH_CACHED,
        List.of(actor("reprogram"), take(0, 1)),
        List.of(take(KeyslotSubject.REFUSED, 2), actor("evict", 1)));
  }

  private static ModelCheckingOptions schedules(int perScenario) {
    return new ModelCheckingOptions()
        .iterations(LONG ? 10 : 0)
        .threads(2)
        .actorsBefore(3)
        .actorsPerThread(3)
        .actorsAfter(3)
        .invocationsPerIteration(perScenario)
        .sequentialSpecification(KeyslotModel.class);
  }

  @Test
  void everyScheduleIsOneThatTheModelAllows() {
    schedules(LONG ? 1_000 : 80)
        .addCustomScenario(hitWhileTaken())
        .addCustomScenario(lastReleaseMeetsHit())
        .addCustomScenario(evictMeetsHit())
        .addCustomScenario(reprogramMeetsEvictAndFailure())
        .check(KeyslotSubject.class);
  }

  @Test
  void threadsThatReallyRunDoNothingElse() {
    new StressOptions()
        .iterations(LONG ? 100 : 12)
        .threads(3)
        .actorsBefore(3)
        .actorsPerThread(3)
        .actorsAfter(3)
        .invocationsPerIteration(LONG ? 10_000 : 500)
        .sequentialSpecification(KeyslotModel.class)
        .check(KeyslotSubject.class);
  }

  /**
   * Looks for the key without the read lock: the slot found may change its key before it is held.
   */
  private static final class Hasty extends KeyslotCore {
    Hasty(int slots, KeyslotHardware hardware, KeyslotManager.Counters counters) {
      super(slots, hardware, counters);
    }

    @Override
    int hit(CryptoKey key) {
      return grabIfThere(key);
    }
  }

  /** A core with a race planted in it. */
  public static final class Planted extends KeyslotSubject {
    public Planted() {
      super(Hasty::new);
    }
  }

  @Test
  void aPlantedRaceIsFound() {
    assertThatThrownBy(
            () -> schedules(1_500).addCustomScenario(hitWhileTaken()).check(Planted.class))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("HELD ANOTHER KEY");
  }
}
