package dev.keyslot.host.device;

/**
 * Decides whether a device may have one more resource; asked before each acquisition.
 *
 * <p>This is where a budget is kept, and where a campaign makes the n-th acquisition of a probe
 * fail.
 */
@FunctionalInterface
public interface ResourceGrant {

  /** Everything is granted. */
  ResourceGrant ALWAYS = what -> true;

  /** Whether {@code what} may be acquired. */
  boolean grant(String what);
}
