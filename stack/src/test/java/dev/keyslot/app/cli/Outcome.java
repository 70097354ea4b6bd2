package dev.keyslot.app.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command run in this process said and answered. */
record Outcome(int exit, String out, String err) {

  static Outcome of(String... line) {
    var out = new StringWriter();
    var err = new StringWriter();
    int exit = Main.run(new PrintWriter(out), new PrintWriter(err), line);
    return new Outcome(exit, out.toString(), err.toString());
  }
}
