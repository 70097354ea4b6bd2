/**
 * What stands beside the engine of a Qualcomm part: its own registers, and the firmware that alone
 * programs keys.
 *
 * <p>In: register accesses and secure monitor calls from the host, memory through the bus. Out:
 * writes into keyslots through a {@link dev.keyslot.model.ice.KeyDoor}. Thread: any; each object
 * guards itself.
 *
 * <p>Knows nothing of: the queue, cards, descriptors. Start at: {@link
 * dev.keyslot.model.ice.IceFirmware}. Tests: model/ice.
 */
package dev.keyslot.model.ice;
