/**
 * Encryption in software, where the hardware cannot: the same bytes on the medium.
 *
 * <p>In: encrypted bios. Out: bios without a context, to the device underneath. Thread: any; data
 * is encrypted on the submitting thread and decrypted on the completing one, outside all locks.
 *
 * <p>Knows nothing of: drivers, requests, hardware keyslots. Start at: {@link CryptoFallback}.
 */
package dev.keyslot.host.block.fallback;
