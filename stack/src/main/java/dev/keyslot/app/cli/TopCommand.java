package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.top.MetricsReader;
import dev.keyslot.app.top.Reading;
import dev.keyslot.app.top.Screen;
import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;

/** {@code keyslot top}: a server's live numbers on the terminal. */
final class TopCommand implements Command {

  /** Home, then everything below is cleared: flickers less than clearing first. */
  private static final String HOME = "\u001b[H";

  private static final String CLEAR_LINE = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  private static final String INTERVAL = "interval";
  private static final String ONCE = "once";

  TopCommand() {}

  @Override
  public String name() {
    return "top";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Show a server's rates, latencies and keyslots, live.",
        "",
        "The server must run with --metrics HOST:PORT. Ends with Ctrl-C, or when the",
        "server does.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .operand("WHERE", "What --metrics was given: a port, HOST:PORT, or the URL.")
        .value(INTERVAL, "SECONDS", "Between two readings; default 1.")
        .flag(ONCE, "Print one screen and exit.");
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException, InterruptedException {
    int intervalSeconds = words.integer(INTERVAL).orElse(1);
    boolean once = words.has(ONCE);
    MetricsReader reader =
        UsageException.ifRefused(() -> reader(words.operands().getFirst(), intervalSeconds));
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
  }

  private static MetricsReader reader(String where, int intervalSeconds) {
    Checks.argument(
        intervalSeconds >= 1, "interval must be at least 1 second: interval=%d", intervalSeconds);
    return MetricsReader.of(where, Clock.system());
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
