package dev.keyslot.base.metrics;

/** What is timed, from the last byte of a request to the last byte of its reply. */
public enum Latency {
  READ,
  WRITE,
  FLUSH,
  TRIM,
  WRITE_ZEROES,
  CACHE,
  BLOCK_STATUS;

  /** Where times go; implemented by whoever keeps histograms. */
  @FunctionalInterface
  public interface Sink {

    /** Nothing is kept. */
    Sink NONE = (what, nanos, count) -> {};

    /**
     * {@code count} requests took {@code nanos} each. Safe from any thread; neither waits nor
     * allocates.
     */
    void record(Latency what, long nanos, long count);
  }
}
