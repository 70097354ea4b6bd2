package dev.keyslot.app.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code keyslot} command; its words are a promise: later ones are added, none is renamed. */
@Command(
    name = "keyslot",
    description = "Encrypted block volumes in plain image files, served over NBD.",
    versionProvider = Version.class,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "To begin with:",
      "  keyslot serve demo.img --size 1G",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage."
    })
@SuppressWarnings("UnusedVariable") // the parser reads its own flags
public final class Main implements Runnable {

  /** How the JDK's logging writes to standard error; its default takes two lines for each. */
  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  private static final String LOG_LINE = "%1$tF %1$tT.%1$tL %4$s %5$s%6$s%n";

  private static final int HELP_COLUMNS = 80;

  private static final List<Class<?>> COMMANDS =
      List.of(
          CreateCommand.class,
          ServeCommand.class,
          CheckConfigCommand.class,
          InspectCommand.class,
          ExplainCommand.class,
          AdoptCommand.class,
          TopCommand.class,
          RegistersCommand.class,
          TraceCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = "--help",
      usageHelp = true,
      scope = ScopeType.INHERIT,
      order = 100,
      description = "Show this help and exit.")
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "Print the version and exit.")
  private boolean version;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      order = 101,
      description = "Show the stack trace of an error.")
  private boolean debug;

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, LOG_LINE);
    }
    Charset charset = Charset.defaultCharset();
    Termination.exit(
        run(
            new PrintWriter(System.out, true, charset),
            new PrintWriter(System.err, true, charset),
            args));
  }

  /** Runs the command in this process. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return commandLine(args)
        .setOut(out)
        .setErr(err)
        .setUsageHelpWidth(HELP_COLUMNS)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler(Errors::usage)
        .setExecutionExceptionHandler(Errors::failure)
        .execute(args);
  }

  /** With the command that comes first alone, if it is one: to look at all takes a start longer. */
  private static CommandLine commandLine(String... args) {
    CommandLine line = new CommandLine(new Main());
    String first = args.length == 0 ? "" : args[0];
    List<Class<?>> named =
        COMMANDS.stream()
            .filter(command -> command.getAnnotation(Command.class).name().equals(first))
            .toList();
    (named.isEmpty() ? COMMANDS : named).forEach(line::addSubcommand);
    return line;
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is needed, such as: keyslot serve");
  }
}
