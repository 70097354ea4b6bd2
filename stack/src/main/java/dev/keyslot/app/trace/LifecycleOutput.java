package dev.keyslot.app.trace;

import dev.keyslot.host.device.LifecycleTrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Prints the life of a host, a line for each step: to a file that must not exist yet, or to the
 * log.
 *
 * <p>Safe from any thread. A line is out when the step is taken, so that a crash loses none.
 */
public final class LifecycleOutput implements AutoCloseable {

  private static final Logger LOG = System.getLogger(LifecycleOutput.class.getName());

  /** Null where lines go to the log. */
  private final PrintWriter file;

  private LifecycleOutput(PrintWriter file) {
    this.file = file;
  }

  /** Opens {@code path}; none: the log. */
  public static LifecycleOutput create(Optional<Path> path) throws IOException {
    return new LifecycleOutput(
        path.isEmpty()
            ? null
            : new PrintWriter(
                Files.newBufferedWriter(path.get(), StandardOpenOption.CREATE_NEW), true));
  }

  /** One more step. */
  public void print(LifecycleTrace.Event event) {
    if (file == null) {
      LOG.log(Level.INFO, "lifecycle {0}", event);
    } else {
      file.println(event);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
