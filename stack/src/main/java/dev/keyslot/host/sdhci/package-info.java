/**
 * The platform hosts: SDHCI registers, commands, bus settings, and who sits on which platform.
 *
 * <p>In: probe and remove from the device; commands and bus settings from the MMC core. Out:
 * register accesses, ADMA2 descriptors, the CQHCI driver's init. Thread: commands with the host
 * claimed; interrupts from any thread.
 *
 * <p>Knows nothing of: block requests, keys' bytes. Start at: {@link SdhciPciDriver}, then {@link
 * SdhciHost}.
 */
package dev.keyslot.host.sdhci;
