/**
 * Benches, each named by the question it answers.
 *
 * <p>In: nothing. Out: figures. Thread: JMH's.
 *
 * <p>Knows nothing of: tests. Start at: bench/README.md.
 */
package dev.keyslot.bench;
