package dev.keyslot.model.fault;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Which fault strikes when: a list of rules, and a seed for what is left to chance.
 *
 * <p>Same plan, same seed, same order of questions: same strikes. Safe from any thread; where
 * threads race their order decides.
 */
public final class FaultPlan {

  /** Nothing ever goes wrong. */
  public static final FaultPlan NONE = new FaultPlan(List.of(), 0, line -> {});

  private final Map<FaultPoint, List<FaultRule>> rules = new EnumMap<>(FaultPoint.class);
  private final SplittableRandom chance;
  private final Consumer<String> log;
  private final boolean empty;

  private final Map<FaultPoint, Long> struck = new EnumMap<>(FaultPoint.class);

  private long strikes;
  private boolean armed = true;

  private FaultPlan(List<FaultRule> list, long seed, Consumer<String> log) {
    for (FaultRule rule : list) {
      rules.computeIfAbsent(rule.point(), p -> new ArrayList<>()).add(rule);
    }
    chance = new SplittableRandom(seed);
    this.log = log;
    empty = list.isEmpty();
  }

  /**
   * Reads a plan: one rule a line, or several separated by commas; {@code #} starts a comment.
   *
   * <pre>
   *  command-silent index 47 nth 3           # the third CMD47 goes unanswered
   *  media-full after 1000                   # every write behind the thousandth
   *  read-crc@probability=0.001,flush-fails@nth=2
   * </pre>
   *
   * @param log takes one readable line at each strike
   * @throws IllegalArgumentException naming line, column and word that are wrong
   */
  public static FaultPlan parse(String text, long seed, Consumer<String> log) {
    return new FaultPlan(FaultText.rules(text), seed, log);
  }

  /** Whether {@code point} strikes now. */
  public boolean strikes(FaultPoint point) {
    return strikes(point, 0);
  }

  /** Whether {@code point} strikes now; {@code index} tells opportunities of one point apart. */
  public boolean strikes(FaultPoint point, long index) {
    return !empty && ask(point, index);
  }

  private synchronized boolean ask(FaultPoint point, long index) {
    boolean hit = false;
    for (FaultRule rule : rules.getOrDefault(point, List.of())) {
      if (rule.strikes(index, armed, chance)) {
        hit = true;
        strikes++;
        struck.merge(point, 1L, Long::sum);
        log.accept(
            "fault %d: %s at index %d, opportunity %d, by rule: %s"
                .formatted(strikes, point.label(), index, rule.seen(), rule));
      }
    }
    return hit;
  }

  /** From now on only rules marked {@code boot} count; until {@link #arm}. */
  public synchronized void hold() {
    armed = false;
  }

  /** From now on every rule counts. */
  public synchronized void arm() {
    armed = true;
  }

  /** A number below {@code bound} by the plan's seed: where in the data a fault strikes. */
  public synchronized int pick(int bound) {
    return chance.nextInt(bound);
  }

  /** Faults that have struck. */
  public synchronized long strikes() {
    return strikes;
  }

  /** How often each point has struck; points that have not are missing. */
  public synchronized Map<FaultPoint, Long> strikesByPoint() {
    return new EnumMap<>(struck);
  }

  /** Whether nothing can ever strike. */
  public boolean isEmpty() {
    return empty;
  }
}
