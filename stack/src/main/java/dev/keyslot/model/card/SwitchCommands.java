package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.EraseArgument;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.SwitchFields;
import dev.keyslot.model.card.CardCore.Busy;
import dev.keyslot.model.media.MediaOutcome;
import java.util.SplittableRandom;

/** CMD6, the erase family, and the work behind their busy responses. Guarded by the card's lock. */
final class SwitchCommands {

  /** S_CMD_SET 1: the standard set, which hosts call 0 or 1. */
  private static final int STANDARD_SET = 1;

  private final CardCore core;

  /** Where an interrupt strikes. */
  private final SplittableRandom chance;

  SwitchCommands(CardCore core) {
    this.core = core;
    chance = new SplittableRandom(core.profile.seed());
  }

  void switchByte(int argument, CardResponse into) {
    into.answerBusy(core.r1());
    int mode = SwitchFields.MODE.extractInt(argument);
    if (mode == SwitchFields.MODE_COMMAND_SET) {
      if (SwitchFields.COMMAND_SET.extractInt(argument) > STANDARD_SET) {
        core.status.raise(CardStatusFields.SWITCH_ERROR);
      }
      return; // there is but one
    }
    int index = SwitchFields.INDEX.extractInt(argument);
    int target = core.ext.target(mode, index, SwitchFields.VALUE.extractInt(argument));
    if (!core.ext.allows(index, target) || !allowsNow(core.ext.fieldAt(index), target)) {
      core.status.raise(CardStatusFields.SWITCH_ERROR);
      return;
    }
    ExtCsd field = core.ext.fieldAt(index);
    boolean wasCaching = core.ext.get(ExtCsd.CACHE_CTRL) != 0;
    core.ext.store(index, target);
    take(field, target, wasCaching);
  }

  /** What a byte does besides being stored. */
  private void take(ExtCsd field, int target, boolean wasCaching) {
    switch (field) {
      case CACHE_CTRL -> {
        if (target != 0) {
          core.cache(true);
        } else if (wasCaching) {
          core.startBusy(Busy.FLUSH);
        }
      }
      case FLUSH_CACHE -> {
        if (ExtCsdFields.FLUSH.isSet(target)) {
          core.startBusy(Busy.FLUSH);
        } else {
          core.barrier();
        }
      }
      case POWER_OFF_NOTIFICATION -> {
        if (target >= ExtCsdFields.POWER_OFF_SHORT) {
          core.startBusy(Busy.FLUSH);
        }
      }
      case SANITIZE_START -> start(Busy.SANITIZE, target);
      case BKOPS_START -> start(Busy.BACKGROUND, target);
      case CMDQ_MODE_EN -> core.queue.clear();
      case BOOT_WP -> core.protection.changed();
      default -> {} // stored, and no more
    }
  }

  private void start(Busy work, int target) {
    if (target != 0) {
      core.startBusy(work);
    }
  }

  private boolean allowsNow(ExtCsd field, int target) {
    return switch (field) {
      case CMDQ_MODE_EN ->
          core.queue.isEmpty()
              && core.access() != ExtCsdFields.ACCESS_RPMB
              && core.profile.queueDepth() > 0;
      case CACHE_CTRL -> core.profile.cacheKibit() > 0 || target == 0;
      case PARTITION_CONFIG ->
          !core.queueing()
              || ExtCsdFields.PARTITION_ACCESS.extractInt(target) != ExtCsdFields.ACCESS_RPMB;
      case PARTITION_SETTING_COMPLETED -> target == 1 && Partitions.fits(core.ext);
      case BKOPS_START ->
          target == 0 || SwitchRules.BACKGROUND_MANUAL.isSet(core.ext.get(ExtCsd.BKOPS_EN));
      default -> true;
    };
  }

  /**
   * High priority interrupt: ends what can be ended, part of it undone; {@code byStop}: CMD12.
   *
   * <p>A flush leaves data in the cache, an erase stops after any sector; writes are finished.
   */
  void interrupt(boolean byStop) {
    boolean heard =
        core.ext.get(ExtCsd.HPI_MGMT) == 1
            && byStop == core.profile.has(CardTrait.HPI_BY_STOP)
            && core.state == CardState.PROGRAMMING;
    if (!heard) {
      return;
    }
    switch (core.busy) {
      case NOTHING, SETTLE -> {
        return; // as good as done
      }
      case ERASE, DISCARD -> core.raise(core.writeErrors(eraseSome()));
      case FLUSH, SANITIZE, BACKGROUND -> {} // to be asked for again
    }
    if (core.ext.get(ExtCsd.CACHE_CTRL) == 0 && core.busy == Busy.FLUSH) {
      core.ext.put(ExtCsd.CACHE_CTRL, core.caching() ? 1 : 0); // it has not gone off
    }
    core.busy = Busy.NOTHING;
    core.state = CardState.TRANSFER;
  }

  private MediaOutcome eraseSome() {
    long[] runs = core.eraseRuns;
    long count = runs.length == 0 ? 0 : chance.nextLong(runs[1] + 1);
    return count == 0 ? MediaOutcome.DONE : core.area().erase(runs[0], count);
  }

  void nameErase(EmmcCommand command, int argument, CardResponse into) {
    boolean start = command == EmmcCommand.ERASE_GROUP_START;
    long sector = core.sectorOf(argument);
    if (sector >= core.area().sectors()) {
      core.status.raise(CardStatusFields.ADDRESS_OUT_OF_RANGE);
      core.erase.clear();
    } else if (start) {
      core.erase.first(sector);
    } else if (core.erase.begun()) {
      core.erase.last(sector);
    } else {
      core.status.raise(CardStatusFields.ERASE_SEQ_ERROR);
    }
    into.answer(core.r1());
  }

  void erase(int argument, CardResponse into) {
    boolean whole = argument == EraseArgument.ERASE || argument == EraseArgument.SECURE_ERASE;
    if (!core.erase.complete()) {
      core.status.raise(CardStatusFields.ERASE_SEQ_ERROR);
      core.erase.clear();
    } else if (core.erase.lastSector() < core.erase.firstSector() || !known(argument)) {
      core.status.raise(CardStatusFields.ERASE_PARAM);
      core.erase.clear();
    } else if (whole) {
      core.erase.widenToGroups(core.area().sectors());
    }
    boolean go = core.erase.complete();
    into.answerBusy(core.r1());
    if (go) {
      skipProtected();
      core.erase.clear(); // the sequence is over, whatever comes while the card erases
      core.startBusy(argument == EraseArgument.DISCARD ? Busy.DISCARD : Busy.ERASE);
    }
  }

  private static boolean known(int argument) {
    return switch (argument) {
      case EraseArgument.ERASE,
          EraseArgument.TRIM,
          EraseArgument.DISCARD,
          EraseArgument.SECURE_ERASE,
          EraseArgument.SECURE_TRIM_1,
          EraseArgument.SECURE_TRIM_2 ->
          true;
      default -> false;
    };
  }

  private void skipProtected() {
    long first = core.erase.firstSector();
    long count = core.erase.lastSector() - first + 1;
    core.eraseRuns = new long[] {first, count};
    if (core.protection.writable(core.access(), first, count) < count) {
      core.eraseRuns = core.protection.writableRuns(core.access(), first, count);
      core.status.raise(CardStatusFields.WP_ERASE_SKIP);
    }
  }

  /** Does the work behind the last busy response, outside the card's lock. */
  DataOutcome finishBusy() {
    Busy work;
    long[] runs;
    CardStore area;
    synchronized (core) {
      work = core.busy;
      // A card that is deselected meanwhile goes on.
      boolean working = core.state == CardState.PROGRAMMING || core.state == CardState.DISCONNECT;
      area = working ? core.area() : null;
      runs = core.eraseRuns;
    }
    MediaOutcome outcome =
        switch (work) {
          case NOTHING -> MediaOutcome.DONE;
          case FLUSH -> area == null ? MediaOutcome.DONE : flushAll();
          case SETTLE -> area == null ? MediaOutcome.DONE : area.settle();
          case ERASE -> area == null ? MediaOutcome.DONE : erase(area, runs);
          case DISCARD -> area == null ? MediaOutcome.DONE : discard(area, runs);
          case SANITIZE -> area == null ? MediaOutcome.DONE : sanitizeAll();
          case BACKGROUND -> MediaOutcome.DONE;
        };
    if (outcome == MediaOutcome.PENDING) {
      return DataOutcome.PENDING;
    }
    synchronized (core) {
      if (work != Busy.NOTHING) {
        core.busy = Busy.NOTHING;
        core.raise(core.writeErrors(outcome));
        if (work == Busy.BACKGROUND) {
          core.tidied();
        }
        if (core.ext.get(ExtCsd.CACHE_CTRL) == 0) {
          core.cache(false); // also where the flush failed: what is written from now on is durable
        }
      }
      if (core.state == CardState.PROGRAMMING) {
        core.state = CardState.TRANSFER;
      } else if (core.state == CardState.DISCONNECT) {
        core.state = CardState.STANDBY;
      }
    }
    return DataOutcome.DONE;
  }

  private static MediaOutcome erase(CardStore area, long[] runs) {
    MediaOutcome outcome = MediaOutcome.DONE;
    for (int i = 0; i < runs.length && outcome.ok(); i += 2) {
      outcome = area.erase(runs[i], runs[i + 1]);
    }
    return outcome;
  }

  private static MediaOutcome discard(CardStore area, long[] runs) {
    MediaOutcome outcome = MediaOutcome.DONE;
    for (int i = 0; i < runs.length && outcome.ok(); i += 2) {
      outcome = area.discard(runs[i], runs[i + 1]);
    }
    return outcome;
  }

  private MediaOutcome sanitizeAll() {
    MediaOutcome outcome = MediaOutcome.DONE;
    for (int i = 0; i < core.areas.length && outcome.ok(); i++) {
      outcome = core.areas[i].sanitize();
    }
    return outcome;
  }

  private MediaOutcome flushAll() {
    for (CardStore area : core.areas) {
      MediaOutcome outcome = area.flush();
      if (!outcome.ok()) {
        return outcome;
      }
    }
    return MediaOutcome.DONE;
  }
}
