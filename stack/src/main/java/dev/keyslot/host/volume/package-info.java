/**
 * What an export is: a range of the card with a size, a key, a DUN rule and a rule for zeros.
 *
 * <p>In: requests of any offset and length. Out: bios of whole data units with their crypto
 * context. Thread: any; unit locks order requests that share a data unit.
 *
 * <p>Knows nothing of: sockets, tags, slots, registers. Start at: {@link Volume}.
 */
package dev.keyslot.host.volume;
