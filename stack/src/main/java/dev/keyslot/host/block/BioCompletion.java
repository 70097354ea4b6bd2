package dev.keyslot.host.block;

/** Who is told how a bio went. */
@FunctionalInterface
public interface BioCompletion {

  /**
   * Called exactly once for each submission, outside all locks, from any thread, possibly before
   * the submitting call returns. The bio belongs to its owner again and may be started anew here.
   */
  void done(Bio bio, BlockStatus status);
}
