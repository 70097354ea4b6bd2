/**
 * What tests share: oracles, seeds, patterns, clocks and clients.
 *
 * <p>In: nothing. Out: expected bytes and controlled chance. Thread: as each type says.
 *
 * <p>Knows nothing of: the code under test, where it is an oracle. Start at: {@link XtsOracle}.
 */
package dev.keyslot.testkit;
