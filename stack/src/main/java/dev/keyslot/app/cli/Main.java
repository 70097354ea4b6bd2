package dev.keyslot.app.cli;

import dev.keyslot.app.image.ImageFile;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;

/** The {@code keyslot} command; its words are a promise: later ones are added, none is renamed. */
public final class Main {

  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  /** How the JDK's logging writes to standard error; its default takes two lines for each. */
  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  private static final String LOG_LINE = "%1$tF %1$tT.%1$tL %4$s %5$s%6$s%n";

  private static final String NAME = "keyslot";
  private static final String VERSION = "version";
  private static final String SERVE = "serve";

  private static final List<Command> COMMANDS =
      List.of(
          new CreateCommand(),
          new ServeCommand(),
          new CheckConfigCommand(),
          new InspectCommand(),
          new ExplainCommand(),
          new AdoptCommand(),
          new TopCommand(),
          new RegistersCommand(),
          new TraceCommand());

  private Main() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, LOG_LINE);
    }
    if (List.of(args).contains(SERVE)) {
      Thread.ofPlatform().daemon().name("prepare").start(Main::prepare);
    }
    Charset charset = Charset.defaultCharset();
    Termination.exit(
        run(
            new PrintWriter(System.out, true, charset),
            new PrintWriter(System.err, true, charset),
            args));
  }

  /** Beside the main thread: has the JDK load what a first reply waits for. */
  private static void prepare() {
    ImageFile.prepare();
    var _ = LOG_LINE.formatted(ZonedDateTime.now(ZoneId.systemDefault()), "", "", "", "", "");
  }

  /** Runs the command in this process. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    List<String> words = List.of(args);
    var errors = new Errors(err, words.contains("--" + Syntax.DEBUG));
    Syntax syntax = new Syntax().flag(VERSION, "Print the version and exit.").common();
    try {
      Words leading = syntax.parseLeading(words);
      if (leading.has(Syntax.HELP)) {
        new Help(out).print(COMMANDS, syntax);
        return DONE;
      }
      if (leading.has(VERSION)) {
        out.println(Version.line());
        out.flush();
        return DONE;
      }
      List<String> rest = leading.operands();
      return run(named(rest), rest.subList(1, rest.size()), out, errors);
    } catch (UsageException e) {
      errors.usage(NAME, e);
      return WRONG_USAGE;
    }
  }

  /** Without a command there is nothing to do. */
  private static Command named(List<String> words) {
    if (words.isEmpty()) {
      throw new UsageException("a command is needed, such as: keyslot serve");
    }
    String name = words.getFirst();
    return COMMANDS.stream()
        .filter(command -> command.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                name.startsWith("-")
                    ? UsageException.unknownOption(name)
                    : new UsageException("unmatched argument at index 0: '" + name + "'"));
  }

  private static int run(Command command, List<String> arguments, PrintWriter out, Errors errors) {
    var syntax = new Syntax();
    command.declare(syntax);
    syntax.common();
    try {
      Words words = syntax.parse(arguments);
      if (words.has(Syntax.HELP)) {
        new Help(out).print(command, syntax);
      } else {
        command.run(words, out);
      }
      return DONE;
    } catch (UsageException e) {
      errors.usage(NAME + " " + command.name(), e);
      return WRONG_USAGE;
    } catch (Exception e) {
      errors.failure(e);
      return FAILED;
    }
  }
}
