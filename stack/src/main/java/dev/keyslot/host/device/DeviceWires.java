package dev.keyslot.host.device;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;

/**
 * What connects a device to the machine it sits in.
 *
 * @param registers the device's register window
 * @param dma the bus address space in which the driver maps descriptors and buffers
 * @param interrupt the line the device raises
 */
public record DeviceWires(Mmio registers, DmaSpace dma, InterruptLine interrupt) {}
