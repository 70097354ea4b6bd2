package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.mmc.MmcCommand;
import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ResponseKind;
import dev.keyslot.link.sdhci.SdhciFields;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.link.sdhci.SdhciRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.BooleanSupplier;

/**
 * One command at a time through the SDHCI registers, its data by ADMA2, polled to its end.
 *
 * <p>Used with the host claimed and the command queue halted.
 */
final class SdhciCommands {

  private static final Logger LOG = System.getLogger(SdhciCommands.class.getName());

  /** Limit on the command line becoming free, and on a response. */
  private static final long COMMAND_LIMIT_NANOS = 10_000_000_000L;

  /** Limit on busy where the command names none, and on data. */
  private static final long DATA_LIMIT_NANOS = 10_000_000_000L;

  /** A controller that somebody else reset never tells of an end: looked at this often. */
  private static final long LOOK_NANOS = 100_000_000L;

  private final SdhciRegisters registers;
  private final HardwareWait wait;
  private final AdmaTable adma;
  private final BooleanSupplier forgot;

  /** Status bits seen since the command was started. */
  private int seen;

  /**
   * @param forgot whether the controller no longer knows what it was told
   */
  SdhciCommands(
      SdhciRegisters registers, HardwareWait wait, AdmaTable adma, BooleanSupplier forgot) {
    this.registers = registers;
    this.wait = wait;
    this.adma = adma;
    this.forgot = forgot;
  }

  void run(MmcCommand command) {
    if (!until(() -> lineFree(command), COMMAND_LIMIT_NANOS)) {
      finish(command, MmcError.TIMEOUT);
      return;
    }
    registers.writePair(SdhciRegister.NORMAL_INTERRUPT_STATUS, ours(-1));
    seen = 0;
    if (command.hasData() && !writeTable(command)) {
      finish(command, MmcError.DMA);
      return;
    }
    start(command);
    if (command.response() == ResponseKind.NONE) {
      awaitBit(SdhciInterruptFields.COMMAND_COMPLETE, COMMAND_LIMIT_NANOS);
      finish(command, MmcError.NONE);
      return;
    }
    MmcError error = await(SdhciInterruptFields.COMMAND_COMPLETE, COMMAND_LIMIT_NANOS);
    if (error == MmcError.NONE) {
      readResponse(command);
      error = awaitEnd(command);
    }
    finish(command, error);
  }

  /** Cards that come and go are left for whoever serves the interrupt. */
  private static int ours(int status) {
    return SdhciInterruptFields.CARD_EVENTS.clear32(status);
  }

  private boolean lineFree(MmcCommand command) {
    int present = registers.read(SdhciRegister.PRESENT_STATE);
    boolean needsData =
        command.command() != EmmcCommand.STOP_TRANSMISSION
            && (command.hasData() || command.response() == ResponseKind.R1B);
    return !SdhciFields.PRESENT_COMMAND_INHIBIT.isSet(present)
        && !(needsData && SdhciFields.PRESENT_DATA_INHIBIT.isSet(present));
  }

  /** Whether all of the command's memory can be reached by the device. */
  private boolean writeTable(MmcCommand command) {
    try {
      adma.write(command);
      return true;
    } catch (IllegalArgumentException notMapped) {
      LOG.log(Level.ERROR, notMapped.getMessage());
      return false;
    }
  }

  private void start(MmcCommand command) {
    int mode = 0;
    if (command.hasData()) {
      registers.write(SdhciRegister.ADMA_ADDRESS_LOW, (int) adma.busAddress());
      registers.write(SdhciRegister.ADMA_ADDRESS_HIGH, (int) (adma.busAddress() >>> Integer.SIZE));
      selectDma();
      registers.write(
          SdhciRegister.BLOCK_SIZE, SdhciFields.BLOCK_SIZE_BYTES.insert32(0, command.blockBytes()));
      registers.write(SdhciRegister.BLOCK_COUNT, command.blocks());
      mode = SdhciFields.MODE_DMA.set32(SdhciFields.MODE_BLOCK_COUNT.mask32());
      mode = SdhciFields.MODE_READ.insert32(mode, command.write() ? 0 : 1);
      mode = SdhciFields.MODE_MULTI_BLOCK.insert32(mode, command.blocks() > 1 ? 1 : 0);
    }
    registers.write(SdhciRegister.ARGUMENT, command.argument());
    registers.write(SdhciRegister.TRANSFER_MODE, mode);
    registers.write(SdhciRegister.COMMAND, encode(command));
  }

  private void selectDma() {
    int control = registers.read(SdhciRegister.HOST_CONTROL_1);
    registers.write(
        SdhciRegister.HOST_CONTROL_1,
        SdhciFields.CONTROL1_DMA_SELECT.insert32(control, adma.dmaSelect()));
  }

  private static int encode(MmcCommand command) {
    int word = SdhciFields.COMMAND_INDEX.insert32(0, command.command().index());
    word = SdhciFields.COMMAND_DATA.insert32(word, command.hasData() ? 1 : 0);
    if (command.command() == EmmcCommand.STOP_TRANSMISSION) {
      word = SdhciFields.COMMAND_TYPE.insert32(word, SdhciFields.TYPE_ABORT);
    }
    return switch (command.response()) {
      case NONE -> word;
      case R1 -> checked(word, SdhciFields.RESPONSE_48);
      case R1B -> checked(word, SdhciFields.RESPONSE_48_BUSY);
      case R2 -> SdhciFields.COMMAND_CRC_CHECK.set32(response(word, SdhciFields.RESPONSE_136));
      case R3 -> response(word, SdhciFields.RESPONSE_48);
      case VENDOR -> checked(word, SdhciFields.RESPONSE_48);
    };
  }

  private static int response(int word, int kind) {
    return SdhciFields.COMMAND_RESPONSE.insert32(word, kind);
  }

  private static int checked(int word, int kind) {
    int withCrc = SdhciFields.COMMAND_CRC_CHECK.set32(response(word, kind));
    return SdhciFields.COMMAND_INDEX_CHECK.set32(withCrc);
  }

  private void readResponse(MmcCommand command) {
    if (command.response() != ResponseKind.R2) {
      command.setWord(0, registers.read(SdhciRegister.RESPONSE_0));
      return;
    }
    // The 120 bits above the CRC arrive eight bits too low: 39:8, 71:40, 103:72, 127:104.
    int low = registers.read(SdhciRegister.RESPONSE_0);
    int second = registers.read(SdhciRegister.RESPONSE_1);
    int third = registers.read(SdhciRegister.RESPONSE_2);
    int high = registers.read(SdhciRegister.RESPONSE_3);
    command.setWord(0, straddle(high, third));
    command.setWord(1, straddle(third, second));
    command.setWord(2, straddle(second, low));
    command.setWord(3, BitField.bit(0).set32(straddle(low, 0)));
  }

  /** The low 24 bits of {@code upper}, then the top 8 of {@code lower}. */
  private static int straddle(int upper, int lower) {
    long both = BitField.of(Integer.SIZE, Integer.SIZE).insert(0, Integer.toUnsignedLong(upper));
    both = BitField.of(0, Integer.SIZE).insert(both, Integer.toUnsignedLong(lower));
    return BitField.of(24, Integer.SIZE).extractInt(both);
  }

  /** Data, or the end of busy. */
  private MmcError awaitEnd(MmcCommand command) {
    if (command.hasData()) {
      return await(SdhciInterruptFields.TRANSFER_COMPLETE, DATA_LIMIT_NANOS);
    }
    if (command.response() == ResponseKind.R1B) {
      long limit = command.busyLimitNanos();
      return await(SdhciInterruptFields.TRANSFER_COMPLETE, limit == 0 ? DATA_LIMIT_NANOS : limit);
    }
    return MmcError.NONE;
  }

  private MmcError await(BitField bit, long limitNanos) {
    if (!awaitBit(bit, limitNanos)) {
      return MmcError.TIMEOUT;
    }
    MmcError command = SdhciErrors.command(seen);
    return command == MmcError.NONE ? SdhciErrors.data(seen) : command;
  }

  /** Waits for {@code bit} or any error, and acknowledges what it saw. */
  private boolean awaitBit(BitField bit, long limitNanos) {
    return until(
        () -> {
          int status = ours(registers.readPair(SdhciRegister.NORMAL_INTERRUPT_STATUS));
          if (status != 0) {
            registers.writePair(SdhciRegister.NORMAL_INTERRUPT_STATUS, status);
            seen |= status;
          }
          return bit.isSet(seen) || SdhciErrors.any(seen);
        },
        limitNanos);
  }

  /** Waits for {@code condition}, and no longer than for a controller that still knows of it. */
  private boolean until(BooleanSupplier condition, long limitNanos) {
    long start = wait.clock().nanoTime();
    long left = limitNanos;
    do {
      if (wait.until(condition, Math.min(left, LOOK_NANOS))) {
        return true;
      }
      left = limitNanos - (wait.clock().nanoTime() - start);
    } while (left > 0 && !forgot.getAsBoolean());
    return condition.getAsBoolean();
  }

  private void finish(MmcCommand command, MmcError error) {
    command.fail(error);
    if (error != MmcError.NONE) {
      resetLines();
    }
  }

  /** After an error command and data line start over; the card's state is not touched. */
  void resetLines() {
    reset(SdhciFields.RESET_COMMAND);
    reset(SdhciFields.RESET_DATA);
  }

  /** Whether the reset finished in time: the bit reads 0 again within 100 ms. */
  boolean reset(BitField what) {
    registers.write(SdhciRegister.SOFTWARE_RESET, what.mask32());
    return wait.until(
        () -> !what.isSet(registers.read(SdhciRegister.SOFTWARE_RESET)), 100_000_000L);
  }
}
