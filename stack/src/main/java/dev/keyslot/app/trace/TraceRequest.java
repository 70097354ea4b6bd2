package dev.keyslot.app.trace;

import dev.keyslot.base.Checks;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A trace that an operator asks for.
 *
 * @param file where it goes; empty: to the log, for kinds that can
 */
public record TraceRequest(TraceKind kind, Optional<Path> file) {

  public TraceRequest {
    Checks.argument(
        file.isPresent() || !kind.needsFile(),
        "trace needs a file, as in %s:FILE: trace=%s",
        nameOf(kind),
        nameOf(kind));
  }

  /** {@code KIND} or {@code KIND:FILE}. */
  public static TraceRequest parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String file = colon < 0 ? "" : text.substring(colon + 1);
    return new TraceRequest(
        kindNamed(name, text), file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)));
  }

  private static TraceKind kindNamed(String name, String text) {
    for (TraceKind kind : TraceKind.values()) {
      if (nameOf(kind).equals(name)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "trace must be one of %s, with a file as in vcd:FILE: trace=%s"
            .formatted(
                Arrays.stream(TraceKind.values())
                    .map(TraceRequest::nameOf)
                    .collect(Collectors.joining(", ")),
                text));
  }

  private static String nameOf(TraceKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
