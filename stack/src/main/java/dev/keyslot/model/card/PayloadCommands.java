package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Commands whose data is for the card itself: bus test, CID, CSD, password, time.
 *
 * <p>Guarded by the card's lock.
 */
final class PayloadCommands {

  private static final int REGISTER_BYTES = 16;
  private static final int BLOCK_BYTES = MediumStore.SECTOR_BYTES;

  /** Bus width 8: two bytes for the two bits of each line; 4: one; 1: two bits of one. */
  private static final int BUS_TEST_BYTES_MAX = 8;

  private static final int BUS_TEST_LINE_BITS = 0xC0;

  private final CardCore core;
  private final BlockCommands blocks;

  /** What CMD19 brought. */
  private byte[] pattern = new byte[0];

  PayloadCommands(CardCore core, BlockCommands blocks) {
    this.core = core;
    this.blocks = blocks;
  }

  void obey(EmmcCommand command, CardResponse into) {
    switch (command) {
      case BUS_TEST_WRITE -> {
        into.answer(core.r1());
        pattern = new byte[0];
        core.state = CardState.BUS_TEST;
      }
      case BUS_TEST_READ -> blocks.sendBytes(inverse(), into);
      case PROGRAM_CID ->
          // The factory has written it.
          blocks.takeBytes(
              REGISTER_BYTES, _ -> core.status.raise(CardStatusFields.CID_CSD_OVERWRITE), into);
      case PROGRAM_CSD -> blocks.takeBytes(REGISTER_BYTES, this::programCsd, into);
      case LOCK_UNLOCK -> blocks.takeBytes(BLOCK_BYTES, this::lock, into);
      case SET_TIME -> blocks.takeBytes(BLOCK_BYTES, _ -> {}, into); // nothing here keeps time
      default -> core.illegal(); // the caller names the others
    }
  }

  /** Data of CMD19: one block as long as the bus is wide. */
  DataOutcome takePattern(MemorySegment from) {
    if (from.byteSize() > BUS_TEST_BYTES_MAX) {
      return DataOutcome.CRC_ERROR;
    }
    pattern = from.toArray(ValueLayout.JAVA_BYTE);
    return DataOutcome.DONE;
  }

  /** The first two bits of each line, inverted; zeros behind. */
  private byte[] inverse() {
    byte[] bytes = new byte[Math.max(1, pattern.length)];
    if (pattern.length < 4) {
      int bits = pattern.length == 0 ? 0 : ~pattern[0] & BUS_TEST_LINE_BITS;
      bytes[0] = (byte) bits;
      return bytes;
    }
    for (int i = 0; i < pattern.length / 4; i++) {
      bytes[i] = (byte) ~pattern[i];
    }
    return bytes;
  }

  private void programCsd(byte[] csd) {
    boolean never = SwitchRules.CARD_PERMANENT_WP_DISABLED.isSet(core.ext.get(ExtCsd.USER_WP));
    if (!core.identity.program(csd, !never)) {
      core.status.raise(CardStatusFields.CID_CSD_OVERWRITE);
    }
    core.protection.changed();
  }

  private void lock(byte[] block) {
    BitField disabled = SwitchRules.PASSWORD_DISABLED;
    boolean off = disabled.isSet(core.ext.get(ExtCsd.USER_WP));
    CardLock.Result result = off ? CardLock.Result.FAILED : core.lock.take(block);
    boolean ok =
        switch (result) {
          case DONE -> true;
          case FAILED -> false;
          case ERASE -> eraseAll();
        };
    if (!ok) {
      core.status.raise(CardStatusFields.LOCK_UNLOCK_FAILED);
    }
  }

  /** Forced: nothing of the user area may survive its password. */
  private boolean eraseAll() {
    if (core.protection.permanent()) {
      return false;
    }
    CardStore user = core.areas[ExtCsdFields.ACCESS_USER];
    MediaOutcome outcome = user.erase(0, user.sectors());
    outcome = outcome.ok() ? user.flush() : outcome;
    if (outcome.ok()) {
      core.lock.wipe();
    }
    return outcome.ok();
  }
}
