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

/** CMD6, the erase family, and the work behind their busy responses. Guarded by the card's lock. */
final class SwitchCommands {

  private final CardCore core;

  SwitchCommands(CardCore core) {
    this.core = core;
  }

  void switchByte(int argument, CardResponse into) {
    into.answerBusy(core.r1());
    int mode = SwitchFields.MODE.extractInt(argument);
    if (mode == SwitchFields.MODE_COMMAND_SET) {
      return; // there is but one
    }
    int index = SwitchFields.INDEX.extractInt(argument);
    int target = core.ext.target(mode, index, SwitchFields.VALUE.extractInt(argument));
    if (!core.ext.allows(index, target) || !allowsNow(core.ext.fieldAt(index), target)) {
      core.status.raise(CardStatusFields.SWITCH_ERROR);
      return;
    }
    ExtCsd field = core.ext.fieldAt(index);
    boolean cacheOff =
        field == ExtCsd.CACHE_CTRL && target == 0 && core.ext.get(ExtCsd.CACHE_CTRL) != 0;
    boolean powerOff =
        field == ExtCsd.POWER_OFF_NOTIFICATION && target >= ExtCsdFields.POWER_OFF_SHORT;
    core.ext.store(index, target);
    if (field == ExtCsd.CACHE_CTRL && target != 0) {
      core.cache(true);
    }
    if (field == ExtCsd.FLUSH_CACHE || cacheOff || powerOff) {
      core.startBusy(Busy.FLUSH);
    }
  }

  private boolean allowsNow(ExtCsd field, int target) {
    int access = ExtCsdFields.PARTITION_ACCESS.extractInt(core.ext.get(ExtCsd.PARTITION_CONFIG));
    return switch (field) {
      case CMDQ_MODE_EN ->
          core.queue.isEmpty()
              && access != ExtCsdFields.ACCESS_RPMB
              && core.profile.queueDepth() > 0;
      case CACHE_CTRL -> core.profile.cacheKibit() > 0 || target == 0;
      case PARTITION_CONFIG ->
          !core.queueing()
              || ExtCsdFields.PARTITION_ACCESS.extractInt(target) != ExtCsdFields.ACCESS_RPMB;
      default -> true;
    };
  }

  void nameErase(EmmcCommand command, int argument, CardResponse into) {
    // An end address in bytes may name the last byte: it counts for its sector.
    boolean start = command == EmmcCommand.ERASE_GROUP_START;
    long sector =
        start || !core.profile.byteAddressed()
            ? core.sectorOf(argument)
            : Integer.toUnsignedLong(argument) / MediumStore.SECTOR_BYTES;
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
    } else if (core.erase.lastSector() < core.erase.firstSector()) {
      core.status.raise(CardStatusFields.ERASE_PARAM);
      core.erase.clear();
    } else if (whole) {
      core.erase.widenToGroups(core.area().sectors());
    }
    boolean go = core.erase.complete();
    into.answerBusy(core.r1());
    if (go) {
      core.startBusy(Busy.ERASE);
    }
  }

  /** Does the work behind the last busy response, outside the card's lock. */
  DataOutcome finishBusy() {
    Busy work;
    long first;
    long count;
    CardStore area;
    synchronized (core) {
      work = core.busy;
      area = core.state == CardState.PROGRAMMING ? core.area() : null;
      first = core.erase.firstSector();
      count = core.erase.lastSector() - first + 1;
    }
    MediaOutcome outcome =
        switch (work) {
          case NOTHING -> MediaOutcome.DONE;
          case FLUSH -> area == null ? MediaOutcome.DONE : flushAll();
          case ERASE -> area == null ? MediaOutcome.DONE : area.erase(first, count);
        };
    if (outcome == MediaOutcome.PENDING) {
      return DataOutcome.PENDING;
    }
    synchronized (core) {
      if (work != Busy.NOTHING) {
        core.busy = Busy.NOTHING;
        core.erase.clear();
        core.raise(core.writeErrors(outcome));
        if (outcome.ok() && core.ext.get(ExtCsd.CACHE_CTRL) == 0) {
          core.cache(false);
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
