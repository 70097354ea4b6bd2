package dev.keyslot.base;

/**
 * A piece of work that somebody else's thread drives.
 *
 * <p>An agent never starts a thread and never blocks in {@link #doWork}; the assembly decides who
 * calls it.
 */
public interface Agent {

  /**
   * Does what can be done now.
   *
   * @return the number of things done; 0 when nothing could be done
   */
  int doWork();

  /** Short name for logs and traces, such as {@code controller}. */
  String roleName();
}
