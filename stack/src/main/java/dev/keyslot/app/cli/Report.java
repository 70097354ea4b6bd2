package dev.keyslot.app.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Lines of a name and a value, the values aligned. */
record Report(PrintWriter out) {

  private static final int NAME_COLUMNS = 12;

  void line(String name, String format, Object... values) {
    out.printf("%-" + NAME_COLUMNS + "s %s%n", name, String.format(Locale.ROOT, format, values));
  }
}
