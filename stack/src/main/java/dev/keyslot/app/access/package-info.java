/**
 * Who may connect: certificates and keys of TLS as files, and allow lists.
 *
 * <p>In: a directory as qemu and libnbd lay it out, and rules as an operator writes them. Out: a
 * {@link dev.keyslot.host.nbd.transport.TlsPolicy}, and rules for the server. Thread: any.
 *
 * <p>Knows nothing of: sockets, volumes. Start at: {@link TlsDirectory}. Tests: TlsDirectoryTest;
 * interop/TlsIT shows other people's clients.
 */
package dev.keyslot.app.access;
