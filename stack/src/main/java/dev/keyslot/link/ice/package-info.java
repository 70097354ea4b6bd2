/**
 * Datasheet of Qualcomm's inline crypto engine and the secure calls that program it.
 *
 * <p>In: nothing. Out: register offsets, fields, call numbers. Thread: any; constants only.
 *
 * <p>Knows nothing of: what a driver or an engine does with them. Start at: {@link
 * dev.keyslot.link.ice.IceRegister}. Tests: conformance/IceDatasheetTest.
 */
package dev.keyslot.link.ice;
