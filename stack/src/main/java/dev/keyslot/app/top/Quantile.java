package dev.keyslot.app.top;

import java.util.List;

/** Times below which a part of the requests between two readings stayed. Stateless. */
final class Quantile {

  private Quantile() {}

  /**
   * In seconds, NaN if there were no requests; between the ends of the bucket it lies in.
   *
   * @param part in (0, 1], such as 0.99
   */
  static double between(List<Reading.Bucket> earlier, List<Reading.Bucket> later, double part) {
    double all = later.isEmpty() ? 0 : grown(earlier, later, later.size() - 1);
    if (all <= 0) {
      return Double.NaN;
    }
    double wanted = all * part;
    double below = 0;
    double start = 0;
    for (int i = 0; i < later.size(); i++) {
      double count = grown(earlier, later, i);
      double end = later.get(i).seconds();
      if (count >= wanted) {
        // Nothing is known of the last bucket but where it begins.
        return Double.isInfinite(end)
            ? start
            : start + (end - start) * (wanted - below) / (count - below);
      }
      below = count;
      start = end;
    }
    return start;
  }

  private static double grown(List<Reading.Bucket> earlier, List<Reading.Bucket> later, int index) {
    double before = index < earlier.size() ? earlier.get(index).count() : 0;
    return later.get(index).count() - before;
  }
}
