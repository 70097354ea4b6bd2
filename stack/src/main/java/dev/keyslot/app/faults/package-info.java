/**
 * Silicon that misbehaves on purpose: fault plans and resets by chance, as an operator asks for
 * them.
 *
 * <p>In: the text of a plan and a seed. Out: cards, media and a plan for the controller. Thread:
 * any. Knows nothing of: hosts, volumes, NBD.
 *
 * <p>Start at: {@link dev.keyslot.app.faults.Disturbance}. Tests: app/faults, fault.
 */
package dev.keyslot.app.faults;
