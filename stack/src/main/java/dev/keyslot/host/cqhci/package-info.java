/**
 * CQHCI driver: descriptors written, doorbell rung, interrupts served, recovery, keys programmed.
 *
 * <p>In: {@link dev.keyslot.host.mmc.MmcRequest}s from the MMC core, keys from the keyslot manager.
 * Out: register accesses and descriptors in memory mapped for DMA. Thread: any; one lock, the
 * driver lock, taken after those of queue and keyslots. Recovery and enabling run with the host
 * claimed.
 *
 * <p>Knows nothing of: block requests, volumes, which platform it sits in. Start at: {@link
 * CqhciHost}. Tests: conformance/CqhciDescriptorTest has the bytes.
 */
package dev.keyslot.host.cqhci;
