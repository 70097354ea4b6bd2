package dev.keyslot.model.fault;

import dev.keyslot.model.fault.FaultRule.When;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what a person writes as a plan: rules on lines of their own, or separated by commas.
 *
 * <pre>
 *  POINT [index N] [after N] [boot] [always | nth N | every N | first N | probability P]
 * </pre>
 *
 * Words are separated by blanks, {@code @} or {@code =}; {@code #} starts a comment.
 */
final class FaultText {

  private static final Pattern WORD = Pattern.compile("[^\\s@=]+");
  private static final Pattern RULE = Pattern.compile("[^,\\n]+");
  private static final String FORM =
      "POINT [index N] [after N] [boot] [always|nth N|every N|first N|probability P]";

  /** A word and where it begins, counted from 1. */
  private record Word(String text, int line, int column) {}

  private final List<Word> words = new ArrayList<>();
  private int next;

  private FaultText() {}

  /**
   * The rules of a plan.
   *
   * @throws IllegalArgumentException naming line, column and word
   */
  static List<FaultRule> rules(String text) {
    List<FaultRule> rules = new ArrayList<>();
    String[] lines = text.split("\\R", -1);
    for (int line = 0; line < lines.length; line++) {
      Matcher parts = RULE.matcher(lines[line].replaceAll("#.*", ""));
      while (parts.find()) {
        if (!parts.group().isBlank()) {
          rules.add(rule(parts.group(), line + 1, parts.start() + 1));
        }
      }
    }
    return rules;
  }

  private static FaultRule rule(String text, int line, int column) {
    FaultText reader = new FaultText();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      reader.words.add(new Word(matcher.group(), line, column + matcher.start()));
    }
    if (reader.words.isEmpty()) {
      throw wrong(new Word(text.strip(), line, column), "a rule must be " + FORM);
    }
    return reader.read(text.strip());
  }

  private FaultRule read(String text) {
    FaultRule rule = new FaultRule(point(words.get(next++)), text);
    boolean timed = false;
    while (next < words.size()) {
      Word word = words.get(next++);
      switch (word.text().toLowerCase(Locale.ROOT)) {
        case "index" -> rule.onlyIndex(whole(word, 0));
        case "after" -> rule.onlyAfter(whole(word, 0));
        case "boot" -> rule.alsoAtBoot();
        default -> {
          if (timed) {
            throw wrong(word, "a rule has one of always, nth, every, first, probability");
          }
          time(rule, word);
          timed = true;
        }
      }
    }
    return rule;
  }

  private void time(FaultRule rule, Word word) {
    for (When when : When.values()) {
      if (when.name().equalsIgnoreCase(word.text())) {
        rule.when(
            when,
            switch (when) {
              case ALWAYS -> 0;
              case PROBABILITY -> probability(word);
              case NTH, EVERY, FIRST -> whole(word, 1);
            });
        return;
      }
    }
    throw wrong(word, "a rule must be " + FORM);
  }

  private static FaultPoint point(Word word) {
    for (FaultPoint point : FaultPoint.values()) {
      if (point.label().equalsIgnoreCase(word.text())) {
        return point;
      }
    }
    throw wrong(word, "a fault must be one of the catalogue");
  }

  private Word argument(Word of) {
    if (next == words.size()) {
      throw wrong(of, "a number must follow");
    }
    return words.get(next++);
  }

  private long whole(Word of, long least) {
    Word word = argument(of);
    try {
      long number = Long.parseLong(word.text());
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(word, "%s must be followed by a whole number".formatted(of.text()), e);
    }
    throw wrong(word, "%s must be at least %d".formatted(of.text(), least));
  }

  private double probability(Word of) {
    Word word = argument(of);
    try {
      double number = Double.parseDouble(word.text());
      if (number >= 0 && number <= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw wrong(word, "probability must be followed by a number", e);
    }
    throw wrong(word, "probability must be in [0, 1]");
  }

  private static IllegalArgumentException wrong(Word word, String expectation) {
    return wrong(word, expectation, null);
  }

  private static IllegalArgumentException wrong(Word word, String expectation, Exception cause) {
    return new IllegalArgumentException(
        "%s: line=%d column=%d word=%s"
            .formatted(expectation, word.line(), word.column(), word.text()),
        cause);
  }
}
