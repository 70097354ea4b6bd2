package dev.keyslot.app.cli;

import dev.keyslot.app.config.ListenAddress;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.metrics.MetricsEndpoint;
import dev.keyslot.base.Checks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where a server's numbers can be read. */
final class MetricsArguments {

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--metrics",
      paramLabel = "HOST:PORT",
      order = 20,
      description = "Answer GET /metrics over HTTP, for Prometheus and keyslot top.")
  private String address;

  MetricsArguments() {}

  /**
   * Takes the address, if one was given.
   *
   * @param insecureListen whether it may be another than loopback
   * @throws ParameterException if the address cannot be meant
   */
  Optional<MetricsEndpoint> bind(boolean insecureListen) throws StackException {
    if (address == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(MetricsEndpoint.bind(checked(insecureListen)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    } catch (IOException e) {
      throw new StackException(
          Category.RETRY,
          "address of the metrics must be free: metrics=%s: %s".formatted(address, e.getMessage()),
          e);
    }
  }

  private InetSocketAddress checked(boolean insecureListen) {
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
