package dev.keyslot.app.trace;

import dev.keyslot.base.Agent;

/** A controller whose registers are looked at after each step that did something. */
record TracedAgent(Agent controller, WaveTrace trace) implements Agent {

  @Override
  public int doWork() {
    int work = controller.doWork();
    if (work > 0) {
      trace.look();
    }
    return work;
  }

  @Override
  public String roleName() {
    return controller.roleName();
  }
}
