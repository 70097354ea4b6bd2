/**
 * Where the bits lie: backing stores of a card.
 *
 * <p>In: reads, writes, punches and flushes in bytes, from a card. Out: bytes in a file, on the
 * heap, or nowhere. Thread: any; calls that overlap in range are ordered by the caller.
 *
 * <p>Knows nothing of: sectors, commands, keys. Start at: {@link dev.keyslot.model.media.Media}.
 * Tests: model/media.
 */
package dev.keyslot.model.media;
