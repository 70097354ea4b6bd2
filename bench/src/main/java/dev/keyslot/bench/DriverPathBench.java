package dev.keyslot.bench;

import dev.keyslot.app.trace.SiliconProbe;

/**
 * The same without the silicon: block layer, MMC core and CQHCI driver, over registers that
 * complete each task at once and take keys without a trace.
 */
public class DriverPathBench extends MachinePathBench {

  private final InstantSilicon silicon = new InstantSilicon();

  @Override
  SiliconProbe silicon() {
    return silicon;
  }

  @Override
  void ready() {
    silicon.take();
  }
}
