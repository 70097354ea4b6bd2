/**
 * A running server's numbers on a terminal.
 *
 * <p>In: the Prometheus text that a server's metrics endpoint answers. Out: a screen of text, rates
 * between two readings. Thread: the caller's.
 *
 * <p>Knows nothing of: the server's code; it would read any server that answers such names.
 *
 * <p>Start at: {@link Screen}. Tests: ScreenTest, ReadingTest.
 */
package dev.keyslot.app.top;
