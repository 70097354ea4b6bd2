package dev.keyslot.host.nbd;

import java.util.Set;

/**
 * What a handshake agreed on.
 *
 * @param contexts meta contexts selected for this export; empty if none
 */
record Session(Export export, ReplyStyle style, Set<MetaContext> contexts) {}
