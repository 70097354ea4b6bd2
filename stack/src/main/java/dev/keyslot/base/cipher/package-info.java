/**
 * XTS over AES: data units in, data units out, by the fastest engine that passes its self-test.
 *
 * <p>In: key bytes, a data unit number and memory. Out: the same bytes from every {@link Xts}
 * engine. Thread: any number of threads may use one key at once.
 *
 * <p>Knows nothing of: keyslots, requests, volumes. Holds no key longer than its {@link XtsKey}.
 * Start at: {@link XtsEngines}. Tests: conformance/XtsVectorsTest against the published vectors.
 */
package dev.keyslot.base.cipher;
