/**
 * MMC core: the life of a host, card bring-up, block requests turned into card requests.
 *
 * <p>In: block requests from the request queue; hosts from their drivers. Out: {@link MmcRequest}s
 * and {@link MmcCommand}s to a {@link MmcHost}'s operations. Thread: bring-up and recovery run on
 * one thread at a time; the block driver is safe from any.
 *
 * <p>Knows nothing of: descriptors, registers, keys' bytes. Start at: {@link MmcBlockDriver}.
 * Tests: conformance/CardBringUpTest shows the command sequence.
 */
package dev.keyslot.host.mmc;
