/**
 * The inline crypto engine: keyslots, and the en- and decryption of data in flight.
 *
 * <p>In: CRYPTOCFG writes and claims from the controller. Out: ciphertext and plaintext, or a
 * verdict that a task may not run. Thread: configuration under the controller's lock; data on any
 * thread.
 *
 * <p>Knows nothing of: descriptors, cards, sectors. Start at: {@link
 * dev.keyslot.model.engine.CryptoEngine}. Tests: model/engine.
 */
package dev.keyslot.model.engine;
