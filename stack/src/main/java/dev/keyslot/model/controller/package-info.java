/**
 * The host controller: register file, doorbell, descriptor fetch, task queue, interrupts.
 *
 * <p>In: register accesses, descriptors in DMA memory. Out: commands and data to a {@link
 * dev.keyslot.link.bus.CardPort}, plaintext to DMA memory, an interrupt level. Thread: any; one
 * lock, outside which engine and medium work.
 *
 * <p>Knows nothing of: who drives it. Start at: {@link
 * dev.keyslot.model.controller.CqhciController}. Tests: model/controller, conformance.
 */
package dev.keyslot.model.controller;
