/**
 * Datasheet of an eMMC 5.1 card: commands, responses, card status, EXT_CSD, command queue.
 *
 * <p>In: nothing. Out: indices, offsets, bit fields, and two vendor extensions of ours that are
 * marked as such. Thread: any; constants only.
 *
 * <p>Knows nothing of: what a driver or a card does with them. Start at: {@link
 * dev.keyslot.link.emmc.EmmcCommand}. Tests: conformance/EmmcDatasheetTest.
 */
package dev.keyslot.link.emmc;
