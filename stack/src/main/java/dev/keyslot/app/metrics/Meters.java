package dev.keyslot.app.metrics;

import dev.keyslot.base.metrics.Metrics;

/**
 * Counters of one server with the histograms behind them.
 *
 * @param metrics what the rooms count with
 * @param latencies where its times go
 */
public record Meters(Metrics metrics, Latencies latencies) {

  /** All zero. */
  public static Meters create() {
    var latencies = new Latencies();
    return new Meters(new Metrics(latencies), latencies);
  }
}
