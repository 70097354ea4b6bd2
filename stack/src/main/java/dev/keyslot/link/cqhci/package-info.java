/**
 * Datasheet of the command-queue host controller interface with its inline crypto extension.
 *
 * <p>In: nothing. Out: register offsets, bit fields and descriptor layouts, to whoever drives or
 * models the controller. Thread: any; constants only.
 *
 * <p>Knows nothing of: what a driver or a controller does with them. Start at: {@link
 * dev.keyslot.link.cqhci.CqhciRegister}. Tests: conformance/CqhciDatasheetTest.
 */
package dev.keyslot.link.cqhci;
