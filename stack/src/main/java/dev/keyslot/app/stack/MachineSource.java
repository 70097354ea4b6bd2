package dev.keyslot.app.stack;

import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Gauge;
import dev.keyslot.base.metrics.Metrics;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.LifecycleTrace;

/** What a machine's keyslots and recoveries come to, for the metrics. Safe from any thread. */
final class MachineSource implements Metrics.Source {

  private final KeyslotManager keyslots;
  private final LifecycleTrace trace;

  MachineSource(KeyslotManager keyslots, LifecycleTrace trace) {
    this.keyslots = keyslots;
    this.trace = trace;
  }

  @Override
  public long count(Counter counter) {
    KeyslotManager.Counters counts = keyslots.counters();
    if (counter == Counter.HOST_RECOVERIES) {
      return trace.count(LifecycleStep.RECOVERY_STARTED);
    }
    if (counter == Counter.KEYSLOT_HITS) {
      return counts.hits();
    }
    if (counter == Counter.KEYSLOT_PROGRAMS) {
      return counts.programs();
    }
    if (counter == Counter.KEYSLOT_EVICTIONS) {
      return counts.evictions();
    }
    if (counter == Counter.KEYSLOT_WAITS) {
      return counts.waits();
    }
    return counter == Counter.KEYSLOT_WAIT_NANOS ? counts.waitNanos() : 0;
  }

  @Override
  public long level(Gauge gauge) {
    return switch (gauge) {
      case KEYSLOTS -> keyslots.numSlots();
      case KEYSLOTS_PROGRAMMED -> keyslots.slotsProgrammed();
      case KEYSLOTS_IN_USE -> keyslots.slotsInUse();
      case NBD_CONNECTIONS, NBD_EXPORTS, NBD_BUFFER_BYTES, NBD_BUFFER_USED_BYTES -> 0;
    };
  }
}
