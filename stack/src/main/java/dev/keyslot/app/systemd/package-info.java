/**
 * What systemd and a service tell each other: sockets that it opened for us, and how far we are.
 *
 * <p>In: environment variables. Out: channels that accept clients; datagrams. Thread: the caller's.
 *
 * <p>Knows nothing of: images, NBD. Start at: {@link Notifier}, {@link ActivationSocket}. Tests:
 * NotifierTest; interop/SystemdIT.
 */
package dev.keyslot.app.systemd;
