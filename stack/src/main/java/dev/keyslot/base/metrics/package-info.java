/**
 * Metrics: what can be counted, where it is counted, and what it is now.
 *
 * <p>In: rooms add to {@link Counter}s, once a turn where requests are many; what a room counts
 * itself is pulled from it. Out: a {@link Snapshot}. Thread: any, without a lock.
 *
 * <p>Knows nothing of: names on a wire or a screen, histograms, keys; no number here is derived
 * from a key.
 *
 * <p>Start at: {@link Counter}, the whole observable surface on one page; then {@link Metrics}.
 */
package dev.keyslot.base.metrics;
