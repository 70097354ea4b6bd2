package dev.keyslot.app.faults;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.FaultyCard;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.Media;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * How the silicon of a machine misbehaves, for tests of what stands in front of it.
 *
 * <p>Nothing strikes before the card is in service, except rules marked {@code boot}.
 */
public final class Disturbance {

  /** Silicon as it should be. */
  public static final Disturbance NONE = new Disturbance(FaultPlan.NONE, UnaryOperator.identity());

  /** Kinds of reset, of which each strikes as often as the others. */
  private static final int RESET_KINDS = 3;

  private final FaultPlan faults;
  private final UnaryOperator<CardProfile> card;

  private Disturbance(FaultPlan faults, UnaryOperator<CardProfile> card) {
    this.faults = faults;
    this.card = card;
  }

  /** The same with another card in the slot. */
  public Disturbance withCard(UnaryOperator<CardProfile> otherCard) {
    return new Disturbance(faults, otherCard);
  }

  /**
   * Faults by plan, and resets by chance.
   *
   * @param plan rules as docs/faults.md describes them; empty for none
   * @param resetEvery operations between two resets, on average; 0 for no resets
   * @throws IllegalArgumentException naming line, column and word that are wrong
   */
  public static Disturbance of(String plan, long resetEvery, long seed) {
    return of(
        plan,
        resetEvery,
        seed,
        line -> System.getLogger(Disturbance.class.getName()).log(Level.INFO, line));
  }

  /** The same, with its own log of strikes. */
  public static Disturbance of(String plan, long resetEvery, long seed, Consumer<String> log) {
    String rules = plan + "\n" + (resetEvery > 0 ? resets(resetEvery) : "");
    FaultPlan parsed = FaultPlan.parse(rules, seed, log);
    return parsed.isEmpty() ? NONE : new Disturbance(parsed, UnaryOperator.identity());
  }

  /** At the command that every operation has: CMD45 in the queue, CMD23 outside it. */
  private static String resets(long every) {
    double each = 1.0 / every / RESET_KINDS;
    StringBuilder rules = new StringBuilder();
    for (int command : new int[] {45, 23}) {
      rules.append("card-reset index %d probability %s\n".formatted(command, each));
      rules.append("power-drop index %d probability %s\n".formatted(command, each));
      rules.append("controller-reset index %d probability %s\n".formatted(command, each));
    }
    return rules.toString();
  }

  public FaultPlan faults() {
    return faults;
  }

  /** A card over {@code media} whose bus and medium obey the plan. */
  public CardPort card(CardProfile profile, Media media) {
    CardProfile chosen = card.apply(profile);
    return faults.isEmpty()
        ? new EmmcCard(chosen, media)
        : new FaultyCard(new EmmcCard(chosen, new FaultyMedia(media, faults)), faults);
  }

  /** Faults that have struck so far. */
  public long strikes() {
    return faults.strikes();
  }

  /** Every fault that a plan may name, as a table for people. */
  public static String catalogue() {
    StringBuilder table = new StringBuilder();
    FaultPoint.Layer layer = null;
    for (FaultPoint point : FaultPoint.values()) {
      if (point.layer() != layer) {
        layer = point.layer();
        table.append(layer.name().toLowerCase(Locale.ROOT)).append(":\n");
      }
      String index = point.index().isEmpty() ? "" : " (index: " + point.index() + ")";
      String silent = point.silent() ? "; silent" : "";
      table.append("  %-24s%s%s%s%n".formatted(point.label(), point.what(), index, silent));
    }
    return table.toString();
  }
}
