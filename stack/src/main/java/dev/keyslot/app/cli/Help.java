package dev.keyslot.app.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;

/** Help as an operator reads it: at most {@value #COLUMNS} columns, names left, meanings right. */
final class Help {

  private static final int COLUMNS = 80;

  /** Where meanings begin. */
  private static final int MEANING = 28;

  /** Further than the line above, so that names stand out. */
  private static final int HANGING = 2;

  private final PrintWriter out;

  Help(PrintWriter out) {
    this.out = out;
  }

  /** Of one command. */
  void print(Command command, Syntax syntax) {
    usage(command.name() + required(syntax) + " [OPTION]..." + operands(syntax));
    command.description().forEach(out::println);
    out.println();
    syntax.operands().forEach(word -> entry("  " + shown(word), MEANING, word.description()));
    options(syntax);
    out.flush();
  }

  /** Of the program. */
  void print(List<Command> commands, Syntax syntax) {
    usage("[OPTION]... COMMAND");
    out.println("Encrypted block volumes in plain image files, served over NBD.");
    out.println();
    options(syntax);
    out.println();
    out.println("Commands:");
    int meaning = commands.stream().mapToInt(c -> c.name().length()).max().orElseThrow() + 4;
    commands.forEach(c -> entry("  " + c.name(), meaning, c.description().getFirst()));
    out.println();
    out.println("To begin with:");
    out.println("  keyslot serve demo.img --size 1G");
    out.println();
    out.println("Exit codes: 0 done, 1 failed, 2 wrong usage.");
    out.flush();
  }

  private void usage(String words) {
    out.println("Usage: keyslot " + words);
  }

  private static String required(Syntax syntax) {
    return syntax.options().stream()
        .filter(syntax::requires)
        .map(option -> " " + shown(option))
        .collect(Collectors.joining());
  }

  private static String operands(Syntax syntax) {
    return syntax.operands().stream().map(word -> " " + shown(word)).collect(Collectors.joining());
  }

  private void options(Syntax syntax) {
    syntax.options().forEach(o -> entry("  " + shown(o), MEANING, o.getDescription()));
  }

  private static String shown(Syntax.Operand word) {
    return word.required() ? word.label() : "[" + word.label() + "]";
  }

  private static String shown(Option option) {
    return "--" + option.getLongOpt() + (option.hasArg() ? "=" + option.getArgName() : "");
  }

  private void entry(String name, int meaning, String text) {
    StringBuilder line = new StringBuilder(name);
    if (name.length() + 2 > meaning) {
      out.println(line);
      line.setLength(0);
    }
    line.repeat(' ', meaning - line.length());
    int indent = meaning;
    for (String word : text.split(" ", -1)) {
      if (line.length() > indent && line.length() + word.length() > COLUMNS) {
        out.println(line.toString().stripTrailing());
        indent = meaning + HANGING;
        line.setLength(0);
        line.repeat(' ', indent);
      }
      line.append(word).append(' ');
    }
    out.println(line.toString().stripTrailing());
  }
}
