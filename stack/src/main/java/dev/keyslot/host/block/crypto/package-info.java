/**
 * Keys, data unit numbers and keyslots: which key a request is encrypted with, and where it lies.
 *
 * <p>In: keys from volumes, contexts on bios. Out: {@link KeyslotOps} calls to the hardware.
 * Thread: any; types that belong to one thread say so.
 *
 * <p>Knows nothing of: bios, requests, what a cipher computes. Start at: {@link KeyslotManager}.
 */
package dev.keyslot.host.block.crypto;
