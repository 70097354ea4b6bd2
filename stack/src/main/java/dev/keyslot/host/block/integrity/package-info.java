/**
 * Protection information beside the data: a checksum and a place tag for every sector.
 *
 * <p>In: data and its first sector. Out: tuples of eight bytes. Thread: any; everything is
 * stateless.
 *
 * <p>Knows nothing of: queues, encryption. A queue that has it does not encrypt in hardware: a
 * checksum of plaintext beside ciphertext would tell about the plaintext. Start at: {@link T10Dif}.
 */
package dev.keyslot.host.block.integrity;
