package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.host.DriverBench;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;

/** What the tests of the keyslot manager's life share: a bench, its trace, and how probes fail. */
abstract class InlineCryptoRules {

  final DriverBench bench = new DriverBench();

  int indexOf(LifecycleStep step) {
    return bench.trace.steps().indexOf(step);
  }

  long count(LifecycleStep step) {
    return bench.trace.steps().stream().filter(s -> s == step).count();
  }

  void assertOrder(LifecycleStep... steps) {
    for (int i = 1; i < steps.length; i++) {
      assertThat(indexOf(steps[i - 1])).as("%s happened", steps[i - 1]).isNotNegative();
      assertThat(indexOf(steps[i]))
          .as("%s after %s", steps[i], steps[i - 1])
          .isGreaterThan(indexOf(steps[i - 1]));
    }
  }

  static void assertAllZero(KeyslotManager keyslots) {
    assertThat(keyslots.initialised()).isFalse();
    assertThat(keyslots.numSlots()).isZero();
    assertThat(keyslots.maxDunBytes()).isZero();
    for (CryptoMode mode : CryptoMode.values()) {
      assertThat(keyslots.dataUnitMask(mode)).as("%s", mode).isZero();
    }
  }

  static List<String> methodNames(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
        .map(Method::getName)
        .sorted()
        .toList();
  }

  void pull(MmcHost host) {
    bench.window.set(0x24, 0x00F0_0000);
    bench.card.present(false);
    host.detect();
  }

  void plug(MmcHost host, String cid) {
    bench.window.set(0x24, 0x01FF_00F0);
    bench.card.present(true).cid(cid);
    host.detect();
  }

  static int acquisitionsOfAProbe() throws ProbeException {
    DriverBench counting = new DriverBench();
    counting.bind();
    return counting.acquisitions();
  }

  /** Probes with acquisition {@code index} refused; hosts that were allocated. */
  static List<MmcHost> failAt(DriverBench failing, int index) {
    failing.refuseAcquisition(index);
    try {
      return List.of(failing.bind());
    } catch (ProbeException expected) {
      assertThat(failing.device.bound()).isFalse();
      assertThat(failing.device.resourceCount()).isZero();
      assertThat(failing.device.releaseFailures()).isEmpty();
      return List.of();
    }
  }
}
