/**
 * The way to a client: sockets, TLS over them, and who is at the other end.
 *
 * <p>In: a connected socket. Out: a {@link Transport} of plaintext bytes, and the {@link Client} as
 * far as it is proven. Thread: the connection's own; at most one reads and one writes.
 *
 * <p>Knows nothing of: options, requests, certificates in files. Start at: {@link TlsPolicy}.
 * Tests: conformance/NbdTlsTest shows the bytes.
 */
package dev.keyslot.host.nbd.transport;
