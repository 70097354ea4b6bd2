package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.model.card.WriteProtection.Kind;

/** CMD28 to CMD31: protecting groups and telling which are. Guarded by the card's lock. */
final class ProtectCommands {

  /** Groups that one CMD30 or CMD31 tells about. */
  private static final int GROUPS = 32;

  private final CardCore core;
  private final BlockCommands blocks;

  ProtectCommands(CardCore core, BlockCommands blocks) {
    this.core = core;
    this.blocks = blocks;
  }

  void obey(EmmcCommand command, int argument, CardResponse into) {
    if (!core.hasGroups()) {
      core.illegal(); // boot areas and RPMB know no groups
      return;
    }
    long sector = core.sectorOf(argument);
    boolean inside = sector < core.area().sectors();
    if (!inside) {
      core.status.raise(CardStatusFields.ADDRESS_OUT_OF_RANGE);
    }
    long group = sector / core.protection.groupSectors() * core.protection.groupSectors();
    switch (command) {
      case SET_WRITE_PROT, CLR_WRITE_PROT -> {
        into.answerBusy(core.r1());
        if (inside && command == EmmcCommand.SET_WRITE_PROT) {
          core.protection.protect(core.access(), group, kindToSet());
        } else if (inside && !core.protection.release(core.access(), group)) {
          core.status.raise(CardStatusFields.WP_VIOLATION);
        }
      }
      case SEND_WRITE_PROT -> tell(inside, group, 1, into);
      case SEND_WRITE_PROT_TYPE -> tell(inside, group, 2, into);
      default -> core.illegal(); // the caller names the others
    }
  }

  private Kind kindToSet() {
    long user = core.ext.get(ExtCsd.USER_WP);
    if (SwitchRules.USER_PERMANENT_WP.isSet(user)) {
      return Kind.PERMANENT;
    }
    return SwitchRules.USER_POWER_ON_WP.isSet(user) ? Kind.POWER_ON : Kind.TEMPORARY;
  }

  /** The least significant bits are the first group's; groups beyond the end are zero. */
  private void tell(boolean inside, long firstGroup, int bitsPerGroup, CardResponse into) {
    if (!inside) {
      into.answer(core.r1());
      return;
    }
    byte[] bytes = new byte[GROUPS * bitsPerGroup / Byte.SIZE];
    int perByte = Byte.SIZE / bitsPerGroup;
    for (int i = 0; i < GROUPS; i++) {
      long sector = firstGroup + i * core.protection.groupSectors();
      if (sector < core.area().sectors()) {
        Kind kind = core.protection.group(core.access(), sector);
        int bits = bitsPerGroup == 1 ? Math.min(1, kind.code()) : kind.code();
        bytes[bytes.length - 1 - i / perByte] |= (byte) (bits << (i % perByte * bitsPerGroup));
      }
    }
    blocks.sendBytes(bytes, into);
  }
}
