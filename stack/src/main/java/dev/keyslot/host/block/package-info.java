/**
 * The block layer: bios become requests, requests go to a driver, each bio is completed exactly
 * once.
 *
 * <p>In: {@link Bio} from volumes, one by one or in a {@link Plug}. Out: {@link BlockRequest} to a
 * {@link BlockDriver}. Thread: any; a bio and a plug belong to one thread until submitted.
 *
 * <p>Knows nothing of: cards, controllers, NBD, what a volume is. Start at: {@link RequestQueue}.
 */
package dev.keyslot.host.block;
