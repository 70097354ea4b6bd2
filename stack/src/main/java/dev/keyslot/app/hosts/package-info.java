/**
 * The kinds of host that a machine can be built with: which silicon, which card, which driver.
 *
 * <p>In: a {@link dev.keyslot.app.hosts.HostChoice} from the operator. Out: the configurations of
 * the model and the driver that fits them, a {@link dev.keyslot.app.hosts.HostBoard}. Thread: any;
 * no state.
 *
 * <p>Knows nothing of: images, clients, threads. Start at: {@link dev.keyslot.app.hosts.HostKind}.
 * Tests: journey/EveryHostTest.
 */
package dev.keyslot.app.hosts;
