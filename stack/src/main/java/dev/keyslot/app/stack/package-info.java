/**
 * Assembly and life cycle: the only room that knows all others, and the embedding API.
 *
 * <p>In: a {@link ServeConfig}. Out: a running {@link ServeSession}. Thread: set-up on the
 * caller's; this room alone starts threads.
 *
 * <p>Knows nothing of: command lines.
 *
 * <p>Start at: {@link ServeSession}. Tests: ServeSessionTest, UnixListenerTest.
 */
package dev.keyslot.app.stack;
