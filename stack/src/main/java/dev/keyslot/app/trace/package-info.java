/**
 * Traces: what happens at the wall between host and silicon, written down while it happens.
 *
 * <p>In: register accesses and steps, by standing between the machine's two sides. Out: a wave
 * file. Thread: any; each type takes its own lock, a leaf but for the controller's. Key words never
 * leave.
 *
 * <p>Knows nothing of: what a register means. Start at: {@link dev.keyslot.app.trace.WaveTrace}.
 * Tests: app/trace.
 */
package dev.keyslot.app.trace;
