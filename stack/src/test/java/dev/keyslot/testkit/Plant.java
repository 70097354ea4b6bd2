package dev.keyslot.testkit;

import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.base.Agent;
import dev.keyslot.model.media.Media;

/** What a test breaks in a {@link StackRun}, to see that its checks find it. */
public interface Plant {

  /** Breaks nothing. */
  Plant NOTHING = new Plant() {};

  /** The medium that the machine is given; what it left is read from the one behind it. */
  default Media medium(Media media) {
    return media;
  }

  /** The hardware that the machine steps. */
  default Agent agent(Agent controller) {
    return controller;
  }

  /** Engine, clock and the rest of the machine. */
  default MachineConfig config(MachineConfig config) {
    return config;
  }

  /** Called after each batch of requests, when nothing should be in flight. */
  default void afterBatch(SteppedStack stack) {}
}
