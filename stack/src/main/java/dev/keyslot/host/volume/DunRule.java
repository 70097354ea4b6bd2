package dev.keyslot.host.volume;

import dev.keyslot.base.Checks;

/**
 * How a volume numbers its data units: unit n has data unit number {@code firstDun + n *
 * stepPerUnit}.
 *
 * <p>Served volumes count from 0 in steps of 1, as dm-default-key and dm-crypt's {@code plain64}
 * with large sectors do; LUKS2 with 4096-byte sectors counts in steps of 8.
 *
 * @param firstDun data unit number of unit 0, not negative
 * @param stepPerUnit distance between neighbours, at least 1; an engine can follow only 1
 */
public record DunRule(long firstDun, int stepPerUnit) {

  /** Unit n has number n. */
  public static final DunRule FROM_ZERO = new DunRule(0, 1);

  public DunRule {
    Checks.argument(firstDun >= 0, "firstDun must not be negative: firstDun=%d", firstDun);
    Checks.argument(
        stepPerUnit >= 1, "stepPerUnit must be at least 1: stepPerUnit=%d", stepPerUnit);
  }

  /** The data unit number of unit {@code unitIndex}. */
  public long dunOf(long unitIndex) {
    return Math.addExact(firstDun, Math.multiplyExact(unitIndex, (long) stepPerUnit));
  }
}
