package dev.keyslot.app.top;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All samples of one answer of a metrics endpoint, by name and labels as written. Immutable. */
public final class Reading {

  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{[^}]*})?)\\s+(\\S+)");

  private static final Pattern BOUND = Pattern.compile("le=\"([^\"]+)\"");

  private final long nanos;
  private final Map<String, Double> samples;

  private Reading(long nanos, Map<String, Double> samples) {
    this.nanos = nanos;
    this.samples = samples;
  }

  /** A bucket of a histogram: how many took at most so long. */
  record Bucket(double seconds, double count) {}

  /**
   * Reads an answer in the Prometheus text format.
   *
   * @param nanos when it was taken, by any steady clock
   * @throws IllegalArgumentException if a line is none of that format
   */
  public static Reading parse(String text, long nanos) {
    Map<String, Double> samples = new HashMap<>();
    for (String line : text.lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher sample = SAMPLE.matcher(line.strip());
      if (!sample.matches()) {
        throw new IllegalArgumentException(
            "a line of metrics must be a name and a number: line=" + line.strip());
      }
      samples.put(sample.group(1), number(sample.group(2), line));
    }
    return new Reading(nanos, samples);
  }

  private static double number(String text, String line) {
    try {
      return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "a line of metrics must be a name and a number: line=" + line.strip(), e);
    }
  }

  /** The sample, or 0 if there is none. */
  double get(String name) {
    return samples.getOrDefault(name, 0.0);
  }

  /** Whether it is a keyslot server that answered. */
  public boolean complete() {
    return samples.containsKey("keyslot_nbd_connections");
  }

  /** Seconds since {@code earlier}. */
  double secondsSince(Reading earlier) {
    return (nanos - earlier.nanos) / 1e9;
  }

  /** The buckets of a command's latency, shortest first. */
  List<Bucket> buckets(String command) {
    String prefix = "keyslot_nbd_latency_seconds_bucket{command=\"" + command + "\",";
    List<Bucket> found = new ArrayList<>();
    samples.forEach(
        (name, count) -> {
          Matcher bound = BOUND.matcher(name);
          if (name.startsWith(prefix) && bound.find()) {
            found.add(new Bucket(number(bound.group(1), name), count));
          }
        });
    found.sort((a, b) -> Double.compare(a.seconds(), b.seconds()));
    return found;
  }
}
