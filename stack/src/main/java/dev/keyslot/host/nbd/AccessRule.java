package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Client;

/** Which clients get to know an export. Safe from any thread; answers at once. */
@FunctionalInterface
public interface AccessRule {

  /** What a client is told of an export. */
  enum Answer {
    /** It is served. */
    ADMITTED,
    /** It is served inside TLS only. */
    NEEDS_TLS,
    /** Nothing: it is unknown, as if it were not there. */
    HIDDEN
  }

  /** No rule at all. */
  AccessRule EVERYBODY = client -> Answer.ADMITTED;

  /** What {@code client} is told. */
  Answer answer(Client client);
}
