/**
 * Tests of the tree itself: which room knows which, sizes, banned words, links.
 *
 * <p>In: compiled classes and the text of the tree. Out: sentences that say what is wrong. Thread:
 * the test's.
 *
 * <p>Knows nothing of: what any room does. Start at: {@link Rooms}, the one map.
 */
package dev.keyslot.architecture;
