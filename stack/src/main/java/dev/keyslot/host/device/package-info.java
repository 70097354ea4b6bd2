/**
 * The driver model: devices, drivers, probe and unbind, resources released in reverse order.
 *
 * <p>In: a device with its wires, from the assembly. Out: probe and remove calls to a {@link
 * Driver}, then its releases. Thread: one thread binds and unbinds a device; {@link LifecycleTrace}
 * and {@link HardwareWait} are safe from any.
 *
 * <p>Knows nothing of: registers, cards, keys. Start at: {@link Device}.
 */
package dev.keyslot.host.device;
