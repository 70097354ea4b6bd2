package dev.keyslot.app.trace;

import dev.keyslot.base.Agent;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;

/**
 * Stands between a driver and its silicon: an identity, an observer, or another part's register
 * layout. Safe from any thread.
 */
@FunctionalInterface
public interface SiliconProbe {

  /** Changes nothing; no lambda, which the class cache would not keep. */
  SiliconProbe NONE =
      new SiliconProbe() {
        @Override
        public Mmio registers(Mmio registers, InterruptLine interrupt, int queueBase) {
          return registers;
        }
      };

  /**
   * The registers that the driver is given; asked for once, before the driver is probed.
   *
   * @param queueBase where the CQHCI block lies in the window
   */
  Mmio registers(Mmio registers, InterruptLine interrupt, int queueBase);

  /** The agent that the machine steps in place of the controller. */
  default Agent agent(Agent controller) {
    return controller;
  }

  /** Is told of every step in the life of the host, by the thread that takes it. */
  default void step(LifecycleTrace.Event event) {}
}
