package dev.keyslot.model.controller;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import dev.keyslot.model.fault.FaultPlan;

/**
 * How a controller is built.
 *
 * @param identity the part it looks like
 * @param dataPaths tasks, or batches of them, that move data at once; 1 in a real part
 * @param batchTasks most tasks one thread claims together; 1 in a real part
 * @param resetClearsKeys whether SDHCI reset-all wipes the keyslots
 * @param faults what goes wrong in it, and when
 * @param clock counts for the interrupt coalescing and queue status timers; null: the part has
 *     none, coalesces by count alone and asks the card whenever it is stepped
 */
public record ControllerConfig(
    HostIdentity identity,
    int dataPaths,
    int batchTasks,
    boolean resetClearsKeys,
    FaultPlan faults,
    Clock clock) {

  /** Bounds the workers' buffers. */
  public static final int DATA_PATHS_MAX = 64;

  public ControllerConfig {
    Checks.argument(
        dataPaths >= 1 && dataPaths <= DATA_PATHS_MAX,
        "data paths must be in [1, %d]: dataPaths=%d",
        DATA_PATHS_MAX,
        dataPaths);
    Checks.argument(
        batchTasks >= 1 && batchTasks <= 32, "batch must be in [1, 32]: batchTasks=%d", batchTasks);
  }

  /** For serving volumes: as many data paths as there are cores to work. */
  public static ControllerConfig served(int dataPaths) {
    return new ControllerConfig(
        HostIdentity.PLATFORM_64, dataPaths, 16, true, FaultPlan.NONE, null);
  }

  /** One task at a time, as silicon does it. */
  public static ControllerConfig faithful(HostIdentity identity) {
    return new ControllerConfig(identity, 1, 1, true, FaultPlan.NONE, null);
  }

  /** The same, looking like another part. */
  public ControllerConfig withIdentity(HostIdentity other) {
    return new ControllerConfig(other, dataPaths, batchTasks, resetClearsKeys, faults, clock);
  }

  /** The same, misbehaving. */
  public ControllerConfig withFaults(FaultPlan plan) {
    return new ControllerConfig(identity, dataPaths, batchTasks, resetClearsKeys, plan, clock);
  }

  /** The same, with timers. */
  public ControllerConfig timedBy(Clock by) {
    return new ControllerConfig(identity, dataPaths, batchTasks, resetClearsKeys, faults, by);
  }
}
