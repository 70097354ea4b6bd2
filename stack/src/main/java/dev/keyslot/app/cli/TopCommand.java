package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.top.MetricsReader;
import dev.keyslot.app.top.Reading;
import dev.keyslot.app.top.Screen;
import dev.keyslot.base.Clock;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keyslot top}: a server's live numbers on the terminal. */
@Command(
    name = "top",
    sortOptions = false,
    description = {
      "Show a server's rates, latencies and keyslots, live.",
      "",
      "The server must run with --metrics HOST:PORT. Ends with Ctrl-C, or when the",
      "server does.",
      ""
    })
final class TopCommand implements Callable<Integer> {

  /** Home, then everything below is cleared: flickers less than clearing first. */
  private static final String HOME = "\u001b[H";

  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "WHERE",
      description = "What --metrics was given: a port, HOST:PORT, or the URL.")
  private String where;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      order = 1,
      description = "Between two readings; default 1.")
  private int intervalSeconds = 1;

  @Option(names = "--once", order = 2, description = "Print one screen and exit.")
  private boolean once;

  TopCommand() {}

  @Override
  public Integer call() throws StackException, InterruptedException {
    MetricsReader reader = reader();
    PrintWriter out = command.commandLine().getOut();
    Duration interval = Duration.ofSeconds(intervalSeconds);
    Reading before = read(reader);
    do {
      Thread.sleep(interval);
      Reading now = read(reader);
      String title = "keyslot top  %s  every %d s".formatted(reader.url(), intervalSeconds);
      String screen = Screen.of(title, before, now);
      out.print(once ? screen : HOME + screen.replace("\n", CLEAR_LINE + "\n") + CLEAR_BELOW);
      out.flush();
      before = now;
    } while (!once);
    return 0;
  }

  private MetricsReader reader() {
    try {
      if (intervalSeconds < 1) {
        throw new IllegalArgumentException(
            "interval must be at least 1 second: interval=" + intervalSeconds);
      }
      return MetricsReader.of(where, Clock.system());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static Reading read(MetricsReader reader) throws StackException {
    try {
      return reader.read();
    } catch (IOException e) {
      throw new StackException(
          Category.RETRY,
          "metrics must be readable: url=%s: %s".formatted(reader.url(), e.getMessage()),
          e);
    }
  }
}
