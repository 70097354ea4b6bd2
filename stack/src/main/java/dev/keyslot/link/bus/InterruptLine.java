package dev.keyslot.link.bus;

/**
 * A level-triggered interrupt line: the device drives it, the host looks at it.
 *
 * <p>It carries no call back into the host: whoever steps the device looks at the line afterwards.
 * Safe from any thread; a release store on one side, an acquire load on the other.
 */
public final class InterruptLine {

  private volatile boolean raised;

  /** Device side: sets the level. */
  public void drive(boolean level) {
    raised = level;
  }

  /** Host side: whether the device asks for service. */
  public boolean raised() {
    return raised;
  }
}
