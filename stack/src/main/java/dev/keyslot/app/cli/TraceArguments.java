package dev.keyslot.app.cli;

import dev.keyslot.app.trace.TraceRequest;
import java.util.List;
import java.util.stream.Stream;

/** Which traces a command is asked to write. */
final class TraceArguments {

  private TraceArguments() {}

  static void declare(Syntax syntax) {
    syntax.value(
        "trace",
        "KIND:FILE[,KIND:FILE...]",
        "Write a trace. vcd:FILE: registers, doorbells and interrupts as a wave file, at most"
            + " 64 MiB, without keys. lifecycle, or lifecycle:FILE: each step in the life of the"
            + " host (keyslot trace explains them); repeatable.");
  }

  /** What was asked for; {@link IllegalArgumentException} with the reason if it cannot be. */
  static List<TraceRequest> requests(Words words) {
    return words.texts("trace").stream()
        .flatMap(text -> Stream.of(text.split(",")))
        .map(TraceRequest::parse)
        .toList();
  }
}
