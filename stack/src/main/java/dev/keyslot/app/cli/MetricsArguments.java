package dev.keyslot.app.cli;

import dev.keyslot.app.config.ListenAddress;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.metrics.MetricsEndpoint;
import dev.keyslot.base.Checks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Where a server's numbers can be read. */
final class MetricsArguments {

  private static final String METRICS = "metrics";

  private MetricsArguments() {}

  static void declare(Syntax syntax) {
    syntax.value(
        METRICS, "HOST:PORT", "Answer GET /metrics over HTTP, for Prometheus and keyslot top.");
  }

  /**
   * Takes the address, if one was given.
   *
   * @param insecureListen whether it may be another than loopback
   * @throws UsageException if the address cannot be meant
   */
  static Optional<MetricsEndpoint> bind(Words words, boolean insecureListen) throws StackException {
    Optional<String> given = words.text(METRICS);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    String address = given.get();
    try {
      return Optional.of(
          MetricsEndpoint.bind(UsageException.ifRefused(() -> checked(address, insecureListen))));
    } catch (IOException e) {
      throw new StackException(
          Category.RETRY,
          "address of the metrics must be free: metrics=%s: %s".formatted(address, e.getMessage()),
          e);
    }
  }

  private static InetSocketAddress checked(String address, boolean insecureListen) {
    InetSocketAddress parsed = ListenAddress.parse(address);
    Checks.argument(
        !parsed.isUnresolved(),
        "address of the metrics must be known to this machine: metrics=%s",
        address);
    Checks.argument(
        insecureListen || parsed.getAddress().isLoopbackAddress(),
        "anybody who reaches it reads the numbers: an address other than loopback needs"
            + " --insecure-listen: metrics=%s",
        address);
    return parsed;
  }
}
