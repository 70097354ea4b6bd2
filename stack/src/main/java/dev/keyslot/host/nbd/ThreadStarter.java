package dev.keyslot.host.nbd;

/** Starts threads for the server's connections; the assembly decides what kind. */
@FunctionalInterface
public interface ThreadStarter {

  /** Runs {@code work} on a new thread called {@code name}; returns at once. */
  void start(String name, Runnable work);
}
