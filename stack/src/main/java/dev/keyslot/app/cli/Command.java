package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import java.io.PrintWriter;
import java.util.List;

/** One of the commands of {@code keyslot}; its words are a promise. */
interface Command {

  /** The word that calls it. */
  String name();

  /** Lines of its help; the first alone stands for it in the list of all. */
  List<String> description();

  /** Says what may follow its name, in the order of the help. */
  void declare(Syntax syntax);

  /**
   * Does it.
   *
   * @throws UsageException if {@code words} cannot be meant: exit code 2
   * @throws StackException if it failed: exit code 1
   */
  void run(Words words, PrintWriter out) throws StackException, InterruptedException;
}
