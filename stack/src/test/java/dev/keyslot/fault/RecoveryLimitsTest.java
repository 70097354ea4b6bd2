package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.LifecycleTrace.Event;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.SteppedStack;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How long recoveries take by the stack's own clock, against the limits of the kernel's drivers.
 * {@code -Dkeyslot.long=true}: a thousand resets of each host.
 */
class RecoveryLimitsTest {

  private static final int OPERATIONS = Boolean.getBoolean("keyslot.long") ? 10_000 : 400;

  /**
   * Halt 500 ms; CMD12 twice at most and CMD48, a second each; twice halt and clear, 20 ms each.
   */
  private static final long RECOVERY_MILLIS_MAX = 500 + 3 * 1_000 + 4 * 20;

  /** Reset 100 ms, power-up 1 s, CMD6 500 ms, and the cache's 1,600 ms; none is waited out here. */
  private static final long RESET_MILLIS_MAX = 100 + 1_000 + 500 + 1_600;

  private static final long NOTICED_MILLIS_MAX = 1_000;

  /** Runs a stack whose silicon misbehaves; its life-cycle events. */
  private static List<Event> events(HostKind kind, String plan, int resetEvery) throws Exception {
    long seed = Seeds.next(RecoveryLimitsTest.class);
    try (HeapMedia media = new HeapMedia(1 << 20);
        SteppedStack stack =
            SteppedStack.disturbed(
                media,
                4096,
                HostChoice.of(kind),
                config -> config,
                Disturbance.of(plan, resetEvery, seed, line -> {}))) {
      for (int i = 0; i < OPERATIONS; i++) {
        Kind what = i % 8 == 0 ? Kind.FLUSH : i % 2 == 0 ? Kind.READ : Kind.WRITE;
        var request = new ExportRequest().start(what, what == Kind.FLUSH ? 0 : 4096L * (i % 64), 0);
        if (what != Kind.FLUSH) {
          request =
              new ExportRequest()
                  .start(what, 4096L * (i % 64), 4096)
                  .data(stack.buffer(0).asSlice(0, 4096));
        }
        stack.runOne(request);
      }
      return stack.machine().trace().events();
    }
  }

  /** From each {@code first} to the next {@code last}, in milliseconds. */
  private static List<Long> spans(List<Event> events, LifecycleStep first, LifecycleStep last) {
    List<Long> spans = new ArrayList<>();
    long start = -1;
    for (Event event : events) {
      if (event.step() == first) {
        start = event.nanos();
      } else if (event.step() == last && start >= 0) {
        spans.add(TimeUnit.NANOSECONDS.toMillis(event.nanos() - start));
        start = -1;
      }
    }
    return spans;
  }

  @ParameterizedTest
  @EnumSource
  void everyResetEndsWithinTheLimits(HostKind kind) throws Exception {
    List<Long> resets =
        spans(events(kind, "", 10), LifecycleStep.CARD_RESET, LifecycleStep.CARD_FOUND);
    assertThat(resets).as("resets of %s", kind).hasSizeGreaterThan(10);
    assertThat(resets).allMatch(millis -> millis <= RESET_MILLIS_MAX);
    report(kind, "resets", resets);
  }

  /**
   * From the fault, not only from its discovery: a queue is asked once a second, a command that
   * waits ten times.
   */
  @ParameterizedTest
  @EnumSource
  void noRequestWaitsLongForAControllerThatForgot(HostKind kind) throws Exception {
    int command = kind == HostKind.SDHCI_ICE ? 23 : 45; // not those of bring-up
    String plan = "controller-reset index " + command + " every 20";
    long seed = Seeds.next(RecoveryLimitsTest.class);
    List<Long> waits = new ArrayList<>();
    try (HeapMedia media = new HeapMedia(1 << 20);
        SteppedStack stack =
            SteppedStack.disturbed(
                media,
                4096,
                HostChoice.of(kind),
                config -> config,
                Disturbance.of(plan, 0, seed, line -> {}))) {
      for (int i = 0; i < OPERATIONS; i++) {
        long start = stack.clock().nanoTime();
        var write =
            new ExportRequest()
                .start(Kind.WRITE, 4096L * (i % 64), 4096)
                .data(stack.buffer(0).asSlice(0, 4096));
        assertThat(stack.runOne(write)).isEqualTo(NbdError.OK);
        waits.add(TimeUnit.NANOSECONDS.toMillis(stack.clock().nanoTime() - start));
      }
      assertThat(stack.machine().trace().count(LifecycleStep.CARD_RESET)).isGreaterThan(3);
    }
    assertThat(waits).allMatch(millis -> millis <= NOTICED_MILLIS_MAX + RESET_MILLIS_MAX);
    report(kind, "writes", waits);
  }

  private static void report(HostKind kind, String what, List<Long> millis) {
    System.out.printf(
        "%s: %d %s, the longest %d ms of virtual time%n",
        kind, millis.size(), what, millis.stream().mapToLong(m -> m).max().orElse(0));
  }

  /** What goes wrong beside the task that fails, and the least that recovering from it takes. */
  @ParameterizedTest
  @CsvSource({"'', 0", "halt-stuck every 2, 500", "clear-stuck every 2, 0"})
  void everyRecoveryOfTheQueueEndsWithinTheLimits(String more, long leastMillis) throws Exception {
    String plan = "read-crc probability 0.1\nwrite-crc probability 0.1\n" + more;
    for (HostKind kind : List.of(HostKind.SDHCI_PCI, HostKind.SDHCI_MSM, HostKind.INLINE_KEYS)) {
      List<Long> recoveries =
          spans(
              events(kind, plan, 0),
              LifecycleStep.RECOVERY_STARTED,
              LifecycleStep.RECOVERY_FINISHED);
      assertThat(recoveries).as("recoveries of %s", kind).hasSizeGreaterThan(5);
      assertThat(recoveries).allMatch(millis -> millis <= RECOVERY_MILLIS_MAX);
      assertThat(recoveries).as("the clock is seen").anyMatch(millis -> millis >= leastMillis);
      report(kind, "recoveries", recoveries);
    }
  }
}
