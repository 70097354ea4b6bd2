/**
 * The NBD server: handshake, transmission, replies.
 *
 * <p>In: bytes from a client, through a {@link dev.keyslot.host.nbd.transport.Transport}. Out:
 * {@link ExportRequest}s to an {@link Export}. Thread: the connection's readers, at most two at a
 * time, which take turns.
 *
 * <p>Knows nothing of: keys, ciphertext, bios, files. Start at: {@link NbdServer}, then {@code
 * Transmission}. Tests: conformance/NbdTransmissionTest shows the bytes.
 */
package dev.keyslot.host.nbd;
