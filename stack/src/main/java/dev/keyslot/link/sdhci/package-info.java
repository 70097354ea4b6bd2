/**
 * Datasheet of the SD host controller interface, as far as eMMC needs it.
 *
 * <p>In: nothing. Out: register offsets, bit fields and the ADMA2 layout. Thread: any; constants
 * only.
 *
 * <p>Knows nothing of: what a driver or a controller does with them. Start at: {@link
 * dev.keyslot.link.sdhci.SdhciRegister}. Tests: conformance/SdhciDatasheetTest.
 */
package dev.keyslot.link.sdhci;
