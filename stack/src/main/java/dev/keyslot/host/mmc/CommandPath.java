package dev.keyslot.host.mmc;

import dev.keyslot.host.mmc.MmcHostOps.Ios;
import dev.keyslot.host.mmc.MmcHostOps.Timing;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.StatusCommandFields;
import dev.keyslot.link.emmc.SwitchFields;
import java.lang.foreign.MemorySegment;

/**
 * Commands sent one after the other, each checked; used by bring-up, recovery and power management.
 *
 * <p>Used with the host claimed.
 */
final class CommandPath {

  private final MmcHostOps ops;
  private final MmcCommand command = new MmcCommand();

  /** What the bus was brought to last. */
  private Ios bus = CardBringUp.INITIAL;

  CommandPath(MmcHostOps ops) {
    this.ops = ops;
  }

  void setIos(Ios ios) {
    bus = ios;
    ops.setIos(ios);
  }

  Timing timing() {
    return bus.timing();
  }

  /** The bus as it is, for people: timing and data lines. */
  String bus() {
    return bus.timing().label() + " x" + bus.width();
  }

  /** Sends a command without data; the caller looks at its error. */
  MmcCommand send(EmmcCommand what, int argument) {
    return send(what, argument, 0);
  }

  MmcCommand send(EmmcCommand what, int argument, long busyLimitNanos) {
    ops.request(command.set(what, argument).busyLimit(busyLimitNanos));
    return command;
  }

  /** Sends a command that must succeed. */
  MmcCommand must(EmmcCommand what, int argument) throws CardException {
    MmcCommand sent = send(what, argument);
    if (sent.error() != MmcError.NONE) {
      throw new CardException(sent.error(), "card must answer: " + sent);
    }
    return sent;
  }

  /** Sends an R1 command that must succeed and show no error. */
  void mustBeWell(EmmcCommand what, int argument) throws CardException {
    MmcCommand sent = must(what, argument);
    checkStatus(what.toString(), sent.word(0));
  }

  private static void checkStatus(String what, int status) throws CardException {
    MmcError shown = MmcError.ofCardStatus(status);
    if (shown != MmcError.NONE) {
      throw new CardException(
          shown, String.format("%s must leave no error: status=0x%08x %s", what, status, shown));
    }
  }

  /** The argument of a CMD6 that writes one byte. */
  static int switchArgument(ExtCsd field, int value) {
    long argument = SwitchFields.MODE.insert(0, SwitchFields.MODE_WRITE_BYTE);
    argument = SwitchFields.INDEX.insert(argument, field.offset());
    argument = SwitchFields.VALUE.insert(argument, value);
    return (int) SwitchFields.COMMAND_SET.insert(argument, 1);
  }

  /** Writes one byte of EXT_CSD, sets the bus to {@code ios}, and looks at the status after. */
  void writeExtCsd(ExtCsd field, int value, int rca, long limitNanos, Ios ios)
      throws CardException {
    MmcCommand sent = send(EmmcCommand.SWITCH, switchArgument(field, value), limitNanos);
    if (sent.error() != MmcError.NONE) {
      throw new CardException(sent.error(), "CMD6 of " + field + " must end well: " + sent);
    }
    if (ios != null) {
      setIos(ios);
    }
    int status = status(rca);
    checkStatus("CMD6 of " + field + "=" + value, status);
    int state = CardStatusFields.CURRENT_STATE.extractInt(status);
    if (state != CardState.TRANSFER.code() || !CardStatusFields.READY_FOR_DATA.isSet(status)) {
      throw new CardException(
          MmcError.SWITCH,
          String.format("card must be in transfer state after CMD6 of %s: 0x%08x", field, status));
    }
  }

  /** The card status (CMD13). */
  int status(int rca) throws CardException {
    return must(EmmcCommand.SEND_STATUS, rcaArgument(rca)).word(0);
  }

  static int rcaArgument(int rca) {
    return (int) StatusCommandFields.RCA.insert(0, rca);
  }

  /** Reads EXT_CSD into {@code memory}, which the device can reach. */
  void readExtCsd(MemorySegment memory) throws CardException {
    command
        .set(EmmcCommand.SEND_EXT_CSD, 0)
        .data(false, ExtCsd.BYTES, 1)
        .add(memory.asSlice(0, ExtCsd.BYTES));
    ops.request(command);
    if (command.error() != MmcError.NONE) {
      throw new CardException(command.error(), "EXT_CSD must be readable: " + command);
    }
    checkStatus("CMD8", command.word(0));
  }
}
