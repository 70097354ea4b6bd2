package dev.keyslot.host.mmc;

import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.ResponseKind;

/**
 * What a card is told while its queue stands still: discard it, flush, power goes. Used with the
 * host claimed and the engine halted.
 */
final class CardUpkeep {

  /** Limit on CMD12 and CMD48 in recovery. */
  static final long RECOVERY_BUSY_NANOS = 1_000_000_000L;

  /** Limit on a cache flush outside the queue: Linux waits 30 s. */
  static final long FLUSH_NANOS = 30_000_000_000L;

  /** CMD12 at most; what it ends with does not matter then. */
  private static final int STOP_TRIES = 2;

  /** CMD48: discard the whole queue. */
  private static final int DISCARD_QUEUE = 1;

  private final MmcHostOps ops;
  private final CommandPath path;

  CardUpkeep(MmcHostOps ops, CommandPath path) {
    this.ops = ops;
    this.path = path;
  }

  /** Stops whatever transfers (CMD12) and empties the card's queue (CMD48); whether that went. */
  boolean discardQueue() {
    MmcCommand stop = new MmcCommand();
    int tries = 0;
    do {
      ops.request(
          stop.set(EmmcCommand.STOP_TRANSMISSION, 0)
              .busyLimit(RECOVERY_BUSY_NANOS)
              .response(ResponseKind.R1B));
      tries++;
      // A card that has nothing to stop may not answer: tolerated, after another try.
    } while (stop.error() != MmcError.NONE && tries < STOP_TRIES);
    return path.send(EmmcCommand.CMDQ_TASK_MGMT, DISCARD_QUEUE, RECOVERY_BUSY_NANOS).error()
        == MmcError.NONE;
  }

  /** Before a reset that loses it: the cache of a card that may still answer. */
  void saveCache(CardDriver driver) {
    MmcCard card = driver.card();
    if (card.losesCacheInReset() && (!card.queueOn() || discardQueue())) {
      flushCache(driver);
    }
  }

  private void flushCache(CardDriver driver) {
    int argument = CommandPath.switchArgument(ExtCsd.FLUSH_CACHE, 1);
    boolean sent = path.send(EmmcCommand.SWITCH, argument, FLUSH_NANOS).error() == MmcError.NONE;
    int address = CommandPath.rcaArgument(driver.card().rca());
    MmcCommand asked = path.send(EmmcCommand.SEND_STATUS, address);
    boolean well =
        asked.error() == MmcError.NONE && MmcError.ofCardStatus(asked.word(0)) == MmcError.NONE;
    if (sent && well) {
      driver.cacheLoss().flushedIdle();
    }
  }

  /** The cache made durable, and a notice that power goes. */
  void beforePowerOff(CardDriver driver) {
    if (driver.card().cacheOn()) {
      flushCache(driver);
    }
    path.send(
        EmmcCommand.SWITCH,
        CommandPath.switchArgument(ExtCsd.POWER_OFF_NOTIFICATION, ExtCsdFields.POWER_OFF_SHORT),
        FLUSH_NANOS);
  }
}
