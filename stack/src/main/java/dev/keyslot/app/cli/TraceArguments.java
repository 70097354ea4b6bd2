package dev.keyslot.app.cli;

import dev.keyslot.app.trace.TraceRequest;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which traces a command is asked to write. */
final class TraceArguments {

  @Option(
      names = "--trace",
      paramLabel = "KIND:FILE",
      split = ",",
      order = 20,
      description =
          "Write a trace. vcd:FILE: registers, doorbells and interrupts as a wave file, at most"
              + " 64 MiB, without keys. lifecycle, or lifecycle:FILE: each step in the life of the"
              + " host (keyslot trace explains them); repeatable.")
  private List<String> traces = new ArrayList<>();

  TraceArguments() {}

  /** What was asked for; {@link IllegalArgumentException} with the reason if it cannot be. */
  List<TraceRequest> requests() {
    return traces.stream().map(TraceRequest::parse).toList();
  }
}
