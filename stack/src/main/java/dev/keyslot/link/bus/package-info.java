/**
 * The wires between the two machines: register accesses, memory for DMA, the interrupt line.
 *
 * <p>In: the host writes registers and maps memory. Out: the controller resolves bus addresses and
 * raises its line. Thread: any; each type says how.
 *
 * <p>Knows nothing of: what a register or a byte means. Start at: {@link Mmio}.
 */
package dev.keyslot.link.bus;
