package dev.keyslot.app.top;

import java.util.List;
import java.util.Locale;

/** One screen of 80 columns: what happened between two readings, and how things stand now. */
public final class Screen {

  private static final List<String> COMMANDS =
      List.of("read", "write", "flush", "trim", "write_zeroes", "cache", "block_status");

  private static final List<String> ERRORS =
      List.of("EPERM", "EIO", "ENOMEM", "EINVAL", "ENOSPC", "EOVERFLOW", "ENOTSUP", "ESHUTDOWN");

  private static final double MIB = 1 << 20;

  private final Reading before;
  private final Reading now;
  private final double seconds;
  private final StringBuilder out = new StringBuilder();

  private Screen(Reading before, Reading now) {
    this.before = before;
    this.now = now;
    seconds = Math.max(1e-9, now.secondsSince(before));
  }

  /** The lines, each ended. */
  public static String of(String title, Reading before, Reading now) {
    var screen = new Screen(before, now);
    screen.line("%s", title);
    screen.line("");
    screen.commands();
    screen.line("");
    screen.standing();
    return screen.out.toString();
  }

  private void commands() {
    line("%-13s %10s %10s %10s %10s %14s", "command", "ops/s", "MiB/s", "p50", "p99", "total");
    for (String command : COMMANDS) {
      String requests = "keyslot_nbd_requests_total{command=\"%s\"}".formatted(command);
      var earlier = before.buckets(command);
      var later = now.buckets(command);
      line(
          "%-13s %,10.0f %10s %10s %10s %,14.0f",
          command.replace('_', ' '),
          rate(requests),
          bytes(command),
          time(Quantile.between(earlier, later, 0.5)),
          time(Quantile.between(earlier, later, 0.99)),
          now.get(requests));
    }
  }

  private String bytes(String command) {
    return switch (command) {
      case "read" -> mibRate("keyslot_nbd_read_bytes_total");
      case "write" -> mibRate("keyslot_nbd_written_bytes_total");
      default -> "";
    };
  }

  private void standing() {
    line(
        "connections   %.0f now, %.0f opened, %.0f refused, %.0f dropped as overdue",
        now.get("keyslot_nbd_connections"),
        now.get("keyslot_nbd_connections_opened_total"),
        now.get("keyslot_nbd_connections_refused_total"),
        now.get("keyslot_nbd_connections_overdue_total"));
    line("errors        %s", errors());
    line(
        "buffers       %.0f of %.0f MiB in use, %s waits/s",
        now.get("keyslot_nbd_buffer_used_bytes") / MIB,
        now.get("keyslot_nbd_buffer_bytes") / MIB,
        few("keyslot_nbd_buffer_waits_total"));
    line(
        "keyslots      %.0f: %.0f hold a key, %.0f in use",
        now.get("keyslot_keyslots"),
        now.get("keyslot_keyslots_programmed"),
        now.get("keyslot_keyslots_in_use"));
    line(
        "              %s hits, %s programs/s, %s evictions/s, %s waits/s",
        hits(),
        few("keyslot_keyslot_programs_total"),
        few("keyslot_keyslot_evictions_total"),
        few("keyslot_keyslot_waits_total"));
    line("recoveries    %.0f", now.get("keyslot_host_recoveries_total"));
    line(
        "process       %.0f MiB resident, %.0f threads, %.0f files",
        now.get("process_resident_memory_bytes") / MIB,
        now.get("process_threads"),
        now.get("process_open_fds"));
  }

  private String errors() {
    StringBuilder found = new StringBuilder();
    for (String error : ERRORS) {
      double count = now.get("keyslot_nbd_errors_total{error=\"%s\"}".formatted(error));
      if (count > 0) {
        found.append(
            String.format(Locale.ROOT, "%s%s %.0f", found.isEmpty() ? "" : ", ", error, count));
      }
    }
    return found.isEmpty() ? "none" : found.toString();
  }

  private String hits() {
    double hits = grown("keyslot_keyslot_hits_total");
    double taken = hits + grown("keyslot_keyslot_programs_total");
    return taken == 0 ? "no" : String.format(Locale.ROOT, "%.2f%%", 100 * hits / taken);
  }

  private double grown(String name) {
    return now.get(name) - before.get(name);
  }

  private double rate(String name) {
    return grown(name) / seconds;
  }

  /** A rate that is small in good times. */
  private String few(String name) {
    double rate = rate(name);
    return String.format(Locale.ROOT, rate > 0 && rate < 10 ? "%.1f" : "%,.0f", rate);
  }

  private String mibRate(String name) {
    return String.format(Locale.ROOT, "%,.1f", rate(name) / MIB);
  }

  private static String time(double seconds) {
    if (Double.isNaN(seconds)) {
      return "-";
    }
    if (seconds < 1e-3) {
      return String.format(Locale.ROOT, "%.0f us", seconds * 1e6);
    }
    return seconds < 1
        ? String.format(Locale.ROOT, "%.1f ms", seconds * 1e3)
        : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private void line(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
