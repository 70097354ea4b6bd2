/**
 * The eMMC card: state machine, command queue, volatile cache, partitions.
 *
 * <p>In: commands and data blocks over a {@link dev.keyslot.link.bus.CardPort}. Out: responses,
 * data, accesses to a {@link dev.keyslot.model.media.Media}. Thread: commands are serialised by a
 * lock of the card; data of queued tasks moves outside it.
 *
 * <p>Knows nothing of: keys, descriptors, DMA. Start at: {@link dev.keyslot.model.card.EmmcCard}.
 * Tests: model/card, conformance/CardBringUpTest.
 */
package dev.keyslot.model.card;
