package dev.keyslot.host.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.device.ProbeException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The device model: order of releases, failing probes, failing releases, owners. */
class DeviceTest {

  private final LifecycleTrace trace = new LifecycleTrace(() -> 0);
  private final List<String> log = new ArrayList<>();

  private Device device(ResourceGrant grant) {
    return new Device("toy", new DeviceWires(null, null, null), null, trace, grant);
  }

  /** A driver whose probe is a script. */
  private interface Probe {
    void run(Device device) throws ProbeException;
  }

  private Driver driver(Probe probe) {
    return new Driver() {
      @Override
      public String name() {
        return "script";
      }

      @Override
      public void probe(Device device) throws ProbeException {
        probe.run(device);
      }

      @Override
      public void remove(Device device) {
        log.add("remove");
      }
    };
  }

  @Test
  void releasesInReverseOrderAfterRemoveReturned() throws ProbeException {
    Device device = device(ResourceGrant.ALWAYS);
    device.bind(
        driver(
            d -> {
              d.manage("a", null, () -> log.add("a"));
              d.manage("b", null, () -> log.add("b"));
              d.manage("c", null, () -> log.add("c"));
            }));
    assertThat(device.unbind()).isEmpty();
    assertThat(log).containsExactly("remove", "c", "b", "a");
    assertThat(device.resourceCount()).isZero();
  }

  @Test
  void releasesWhatAFailedProbeAcquiredAndCanBeProbedAgain() throws ProbeException {
    Device device = device(ResourceGrant.ALWAYS);
    AtomicInteger attempt = new AtomicInteger();
    Driver twice =
        driver(
            d -> {
              d.manage("a", null, () -> log.add("a"));
              if (attempt.getAndIncrement() == 0) {
                throw new ProbeException(Reason.DEFER, "not yet");
              }
            });
    assertThatThrownBy(() -> device.bind(twice)).isInstanceOf(ProbeException.class);
    assertThat(log).containsExactly("a");
    assertThat(device.bound()).isFalse();
    device.bind(twice);
    assertThat(device.bound()).isTrue();
    assertThat(device.resourceCount()).isEqualTo(1);
  }

  @Test
  void goesOnPastAFailingReleaseAndReportsIt() throws ProbeException {
    Device device = device(ResourceGrant.ALWAYS);
    device.bind(
        driver(
            d -> {
              d.manage("a", null, () -> log.add("a"));
              d.manage(
                  "b",
                  null,
                  () -> {
                    throw new IllegalStateException("stuck");
                  });
              d.manage("c", null, () -> log.add("c"));
            }));
    assertThat(device.unbind())
        .singleElement()
        .asString()
        .contains("release of b")
        .contains("stuck");
    assertThat(log).containsExactly("remove", "c", "a");
  }

  @Test
  void runsAnActionAtOnceWhenItCannotBeRegistered() {
    Device device = device(what -> !what.equals("b"));
    assertThatThrownBy(
            () ->
                device.bind(
                    driver(
                        d -> {
                          d.manage("a", null, () -> log.add("a"));
                          d.manageOrReset("b", null, () -> log.add("b"));
                        })))
        .isInstanceOfSatisfying(
            ProbeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_MEMORY));
    assertThat(log).containsExactly("b", "a");
  }

  @Test
  void doesNotRunAPlainActionThatCannotBeRegistered() {
    Device device = device(what -> false);
    assertThatThrownBy(() -> device.bind(driver(d -> d.manage("b", null, () -> log.add("b")))))
        .isInstanceOf(ProbeException.class);
    assertThat(log).isEmpty();
  }

  @Test
  void refusesAReleaseWhoseOwnerIsNotManagedBeforeIt() {
    Device device = device(ResourceGrant.ALWAYS);
    Device elsewhere = device(ResourceGrant.ALWAYS);
    assertThatThrownBy(
            () ->
                device.bind(
                    driver(
                        d -> {
                          Device.Resource[] owner = new Device.Resource[1];
                          elsewhere.bind(driver(o -> owner[0] = o.manage("owner", null, () -> {})));
                          d.manageOrReset("inner", owner[0], () -> log.add("inner"));
                        })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("owner must be managed before what depends on it");
    assertThat(log).containsExactly("inner");
  }

  @Test
  void refusesToReleaseAnOwnerWhileSomethingDependsOnIt() throws ProbeException {
    Device device = device(ResourceGrant.ALWAYS);
    device.bind(
        driver(
            d -> {
              Device.Resource owner = d.manage("owner", null, () -> log.add("owner"));
              d.manage("inner", owner, () -> log.add("inner"));
              assertThatThrownBy(() -> d.releaseEarly(owner))
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContaining("dependent=inner");
            }));
    device.unbind();
    assertThat(log).containsExactly("remove", "inner", "owner");
  }

  @Test
  void leavesATraceOfEachAttempt() throws ProbeException {
    Device device = device(ResourceGrant.ALWAYS);
    device.bind(driver(d -> {}));
    device.unbind();
    assertThat(trace.steps())
        .containsExactly(
            LifecycleStep.PROBE_ENTER,
            LifecycleStep.PROBE_LEAVE,
            LifecycleStep.REMOVE_ENTER,
            LifecycleStep.REMOVE_LEAVE,
            LifecycleStep.RELEASED);
  }
}
