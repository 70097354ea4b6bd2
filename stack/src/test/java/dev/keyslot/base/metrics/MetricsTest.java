package dev.keyslot.base.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is added and what is pulled come together in a snapshot. */
class MetricsTest {

  private static final class Machine implements Metrics.Source {

    private final long hits;

    Machine(long hits) {
      this.hits = hits;
    }

    @Override
    public long count(Counter counter) {
      return counter == Counter.KEYSLOT_HITS ? hits : 0;
    }

    @Override
    public long level(Gauge gauge) {
      return gauge == Gauge.KEYSLOTS ? 32 : 0;
    }
  }

  @Test
  void sumsWhatIsAddedAndWhatSourcesKnow() {
    Metrics metrics = Metrics.withoutLatencies();
    metrics.pull(new Machine(5));
    metrics.pull(new Machine(7));
    metrics.add(Counter.KEYSLOT_HITS, 100);
    metrics.count(Counter.NBD_TURNS);
    Snapshot now = metrics.snapshot();
    assertThat(now.get(Counter.KEYSLOT_HITS)).isEqualTo(112);
    assertThat(now.get(Counter.NBD_TURNS)).isEqualTo(1);
    assertThat(now.get(Gauge.KEYSLOTS)).isEqualTo(64);
    assertThat(now.get(Counter.NBD_READS)).isZero();
  }

  @Test
  void aForgottenSourceLeavesItsCountsAndTakesItsLevels() {
    Metrics metrics = Metrics.withoutLatencies();
    Machine machine = new Machine(5);
    metrics.pull(machine);
    metrics.forget(machine);
    metrics.forget(machine); // twice counts once
    assertThat(metrics.snapshot().get(Counter.KEYSLOT_HITS)).isEqualTo(5);
    assertThat(metrics.snapshot().get(Gauge.KEYSLOTS)).isZero();
  }

  @Test
  void timesGoToTheSinkAsTheyCame() {
    List<String> seen = new ArrayList<>();
    Metrics metrics =
        new Metrics((what, nanos, count) -> seen.add(what + " " + nanos + " " + count));
    metrics.time(Latency.READ, 1500, 31);
    assertThat(seen).containsExactly("READ 1500 31");
  }
}
