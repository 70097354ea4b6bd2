package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.BlockCountFields;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.OcrFields;
import dev.keyslot.link.emmc.StatusCommandFields;
import dev.keyslot.model.card.BlockTransfer.Kind;
import dev.keyslot.model.card.CardCore.Busy;
import dev.keyslot.model.card.CardCore.Reset;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * An eMMC 5.1 card: it answers commands, moves blocks, keeps a queue, and knows no keys.
 *
 * <p>An illegal command gets no answer and shows as ILLEGAL_COMMAND in the next one. Work behind a
 * busy response, and data, run outside the card's lock. How a full medium shows: {@link
 * CardStatusFields}. Until it is powered on the card is silent.
 */
public final class EmmcCard implements CardPort {

  private static final int CMD0_PRE_IDLE = 0xF0F0_F0F0;
  private static final int CMD0_BOOT = 0xFFFF_FFFA;
  private static final long BOOT_BYTES = 4L << 20;

  private static final EmmcCommand[] BY_INDEX = new EmmcCommand[64];

  static {
    for (EmmcCommand command : EmmcCommand.values()) {
      BY_INDEX[command.index()] = command;
    }
  }

  private final CardCore core;
  private final SwitchCommands switches;
  private final BlockCommands blocks;
  private final QueueCommands tasks;
  private final ProtectCommands protects;
  private final PayloadCommands payloads;
  private final boolean forgetful;

  /** A card whose user area is {@code user}; its boot areas live on the heap. */
  public EmmcCard(CardProfile profile, Media user) {
    MediumStore none = new MediumStore(new HeapMedia(0), profile.erasedByte());
    CardStore[] areas = new CardStore[CardCore.AREAS];
    Arrays.fill(areas, none);
    areas[ExtCsdFields.ACCESS_USER] = store(profile, user);
    areas[ExtCsdFields.ACCESS_BOOT_1] = boot(profile);
    areas[ExtCsdFields.ACCESS_BOOT_2] = boot(profile);
    core = new CardCore(profile, areas);
    switches = new SwitchCommands(core);
    blocks = new BlockCommands(core);
    tasks = new QueueCommands(core);
    protects = new ProtectCommands(core, blocks);
    payloads = new PayloadCommands(core, blocks);
    forgetful = profile.has(CardTrait.GAP_FORGETS_PARAMS);
  }

  private static CardStore boot(CardProfile profile) {
    return new MediumStore(new HeapMedia(BOOT_BYTES), profile.erasedByte());
  }

  private static CardStore store(CardProfile profile, Media user) {
    CardStore store =
        switch (profile.cache()) {
          case MEDIUM -> new MediumStore(user, profile.erasedByte());
          case ORDERED -> new OrderedCache(user, profile);
        };
    boolean byChance = profile.has(CardTrait.DISCARD_BY_CHANCE);
    return byChance || profile.has(CardTrait.DISCARD_KEEPS)
        ? new UndefinedDiscards(store, byChance, profile.seed())
        : store;
  }

  @Override
  public boolean present() {
    return true;
  }

  @Override
  public void power(boolean on) {
    synchronized (core) {
      if (on == (core.state != CardState.OFF)) {
        return;
      }
      core.loseVolatile(Reset.POWER);
      core.state = on ? CardState.PRE_IDLE : CardState.OFF;
    }
  }

  @Override
  public void reset() {
    synchronized (core) {
      long function = core.ext.get(ExtCsd.RST_N_FUNCTION);
      boolean enabled = ExtCsdFields.RESET_N.extractInt(function) == ExtCsdFields.RESET_N_ENABLED;
      boolean alive = core.state != CardState.OFF && core.state != CardState.INACTIVE;
      if (enabled && alive) {
        core.loseVolatile(Reset.PIN);
        core.state = CardState.PRE_IDLE;
      }
    }
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    synchronized (core) {
      into.silent();
      if (core.state == CardState.OFF || core.state == CardState.INACTIVE) {
        return;
      }
      EmmcCommand command = BY_INDEX[index];
      boolean legal =
          command != null
              && CommandRules.legal(command, core.state, core.queueing(), core.queue.isEmpty())
              && (!core.lock.locked() || CommandRules.whileLocked(command));
      if (!legal) {
        core.illegal();
        return;
      }
      if (addressed(command) && StatusCommandFields.RCA.extractInt(argument) != core.rca) {
        return; // meant for another card
      }
      if (core.erase.begun() && endsErase(command)) {
        core.erase.clear();
        core.status.raise(CardStatusFields.ERASE_RESET);
      }
      obey(command, argument, into);
    }
  }

  /** A command that arrived with a wrong CRC: silence now, COM_CRC_ERROR in the next answer. */
  public void commandGarbled() {
    synchronized (core) {
      boolean deaf = core.state == CardState.OFF || core.state == CardState.INACTIVE;
      if (!deaf) {
        core.status.raise(CardStatusFields.COM_CRC_ERROR);
        core.armed = 0;
      }
    }
  }

  private static boolean addressed(EmmcCommand command) {
    return command == EmmcCommand.SLEEP_AWAKE
        || command == EmmcCommand.SEND_CSD
        || command == EmmcCommand.SEND_CID
        || command == EmmcCommand.SEND_STATUS
        || command == EmmcCommand.GO_INACTIVE_STATE;
  }

  /** Queue traffic leaves an erase sequence alone, as it comes from the other side of the host. */
  private static boolean endsErase(EmmcCommand command) {
    boolean sequence =
        command == EmmcCommand.ERASE_GROUP_START
            || command == EmmcCommand.ERASE_GROUP_END
            || command == EmmcCommand.ERASE
            || command == EmmcCommand.SEND_STATUS;
    boolean queue =
        command == EmmcCommand.QUEUED_TASK_PARAMS
            || command == EmmcCommand.QUEUED_TASK_ADDRESS
            || command == EmmcCommand.EXECUTE_READ_TASK
            || command == EmmcCommand.EXECUTE_WRITE_TASK
            || command == EmmcCommand.VENDOR_HOLE_QUERY;
    return !sequence && !queue;
  }

  private void obey(EmmcCommand command, int argument, CardResponse into) {
    int count = core.armed;
    core.armed = 0;
    if (forgetful && !namesTask(command)) {
      tasks.forgetParams();
    }
    switch (command) {
      case GO_IDLE_STATE,
          SEND_OP_COND,
          ALL_SEND_CID,
          SET_RELATIVE_ADDR,
          SET_DSR,
          GO_INACTIVE_STATE,
          SLEEP_AWAKE,
          SELECT_CARD,
          SEND_CSD,
          SEND_CID ->
          identify(command, argument, into);
      case STOP_TRANSMISSION -> stop(argument, into);
      case SEND_STATUS -> {
        boolean queue = StatusCommandFields.SEND_QUEUE_STATUS.isSet(argument);
        into.answer(queue ? core.queue.look() : core.r1());
        if (StatusCommandFields.HPI.isSet(argument)) {
          switches.interrupt(false);
        }
      }
      case SWITCH -> switches.switchByte(argument, into);
      case ERASE_GROUP_START, ERASE_GROUP_END -> switches.nameErase(command, argument, into);
      case ERASE -> switches.erase(argument, into);
      case SET_BLOCKLEN -> setBlockLength(argument, into);
      case SET_BLOCK_COUNT -> {
        if (BlockCountFields.PACKED.isSet(argument)) {
          core.illegal(); // MAX_PACKED_WRITES and MAX_PACKED_READS are 0
          return;
        }
        into.answer(core.r1());
        core.armed = argument;
      }
      case SEND_EXT_CSD,
          SEND_TUNING_BLOCK,
          READ_SINGLE_BLOCK,
          READ_MULTIPLE_BLOCK,
          WRITE_BLOCK,
          WRITE_MULTIPLE_BLOCK ->
          startData(command, argument, count, into);
      case QUEUED_TASK_PARAMS -> tasks.queueParams(argument, into);
      case QUEUED_TASK_ADDRESS -> tasks.queueAddress(argument, into);
      case EXECUTE_READ_TASK -> tasks.execute(argument, true, into);
      case EXECUTE_WRITE_TASK -> tasks.execute(argument, false, into);
      case CMDQ_TASK_MGMT -> tasks.manageQueue(argument, into);
      case VENDOR_HOLE_QUERY -> tasks.holeQuery(argument, into);
      case SET_WRITE_PROT, CLR_WRITE_PROT, SEND_WRITE_PROT, SEND_WRITE_PROT_TYPE ->
          protects.obey(command, argument, into);
      case BUS_TEST_READ, BUS_TEST_WRITE, PROGRAM_CID, PROGRAM_CSD, LOCK_UNLOCK, SET_TIME ->
          payloads.obey(command, into);
    }
  }

  private static boolean namesTask(EmmcCommand command) {
    return command == EmmcCommand.QUEUED_TASK_PARAMS || command == EmmcCommand.QUEUED_TASK_ADDRESS;
  }

  private void setBlockLength(int bytes, CardResponse into) {
    if (bytes != MediumStore.SECTOR_BYTES) {
      core.status.raise(CardStatusFields.BLOCK_LEN_ERROR);
    }
    into.answer(core.r1());
  }

  /** Commands with data; {@code count} is what CMD23 said just before, or 0. */
  private void startData(EmmcCommand command, int argument, int count, CardResponse into) {
    boolean frames =
        command == EmmcCommand.READ_MULTIPLE_BLOCK || command == EmmcCommand.WRITE_MULTIPLE_BLOCK;
    if (core.addressesRpmb() && frames) {
      blocks.startFrames(command == EmmcCommand.READ_MULTIPLE_BLOCK, count, into);
      return;
    }
    boolean single = command == EmmcCommand.READ_SINGLE_BLOCK || command == EmmcCommand.WRITE_BLOCK;
    if (core.addressesRpmb() && single) {
      core.illegal();
      return;
    }
    switch (command) {
      case SEND_EXT_CSD -> blocks.sendBytes(core.ext.bytes(), into);
      case SEND_TUNING_BLOCK -> blocks.sendBytes(TuningBlock.bytes(core.ext.busWidth()), into);
      case READ_SINGLE_BLOCK -> blocks.startBlocks(Kind.READ, argument, 1, false, into);
      case READ_MULTIPLE_BLOCK ->
          blocks.startBlocks(Kind.READ, argument, BlockCommands.counted(count), false, into);
      case WRITE_BLOCK -> blocks.startBlocks(Kind.WRITE, argument, 1, false, into);
      case WRITE_MULTIPLE_BLOCK -> {
        boolean durable = BlockCommands.durable(count);
        blocks.startBlocks(Kind.WRITE, argument, BlockCommands.counted(count), durable, into);
      }
      default -> core.illegal(); // the caller names the others
    }
  }

  /** Commands of identification and of addressing. */
  private void identify(EmmcCommand command, int argument, CardResponse into) {
    switch (command) {
      case GO_IDLE_STATE -> goIdle(argument, into);
      case SEND_OP_COND -> operatingConditions(argument, into);
      case ALL_SEND_CID -> {
        into.answerLong(core.identity.cid());
        core.state = CardState.IDENTIFICATION;
      }
      case SET_RELATIVE_ADDR -> {
        into.answer(core.r1());
        core.rca = StatusCommandFields.RCA.extractInt(argument);
        core.state = CardState.STANDBY;
      }
      case SET_DSR -> core.illegal(); // CSD: DSR_IMP 0
      case GO_INACTIVE_STATE -> {
        into.none();
        core.state = CardState.INACTIVE;
      }
      case SLEEP_AWAKE -> {
        into.answerBusy(core.r1());
        boolean sleep = StatusCommandFields.SLEEP.isSet(argument);
        core.state = sleep ? CardState.SLEEP : CardState.STANDBY;
      }
      case SELECT_CARD -> select(StatusCommandFields.RCA.extractInt(argument), into);
      case SEND_CSD -> into.answerLong(core.identity.csd());
      case SEND_CID -> into.answerLong(core.identity.cid());
      default -> core.illegal(); // the caller names the others
    }
  }

  private void goIdle(int argument, CardResponse into) {
    into.none();
    if (argument == CMD0_BOOT) {
      return; // boot operation is not built
    }
    core.loseVolatile(Reset.COMMAND);
    core.state = argument == CMD0_PRE_IDLE ? CardState.PRE_IDLE : CardState.IDLE;
  }

  private void operatingConditions(int argument, CardResponse into) {
    core.state = CardState.IDLE;
    if (!OcrFields.VOLTAGES.isSet(argument)) {
      into.answer(core.identity.ocr(false)); // an inquiry
      return;
    }
    if ((OcrFields.VOLTAGES.mask32() & argument & core.identity.ocr(true)) == 0) {
      core.state = CardState.INACTIVE; // no voltage in common
      return;
    }
    boolean ready = core.busyPollsLeft == 0;
    core.busyPollsLeft = Math.max(0, core.busyPollsLeft - 1);
    into.answer(core.identity.ocr(ready));
    core.state = ready ? CardState.READY : CardState.IDLE;
  }

  private void select(int address, CardResponse into) {
    boolean programming = core.state == CardState.PROGRAMMING;
    boolean away = core.state == CardState.DISCONNECT;
    if (address != core.rca) {
      core.state = programming || away ? CardState.DISCONNECT : CardState.STANDBY;
      core.transfer.stop();
      return; // deselected: another card answers
    }
    if (away) {
      into.answerBusy(core.r1());
      core.state = CardState.PROGRAMMING;
    } else if (core.state == CardState.STANDBY) {
      into.answer(core.r1());
      core.state = CardState.TRANSFER;
    } else {
      core.illegal();
    }
  }

  private void stop(int argument, CardResponse into) {
    if (core.state == CardState.TRANSFER && core.profile.has(CardTrait.STOP_SILENT_IN_TRANSFER)) {
      core.illegal();
      return;
    }
    boolean programming = core.state == CardState.PROGRAMMING;
    boolean writing = core.state == CardState.RECEIVING_DATA;
    if (programming || writing) {
      into.answerBusy(core.r1());
    } else {
      into.answer(core.r1());
    }
    boolean settle =
        writing
            && core.transfer.kind() == Kind.WRITE
            && (core.transfer.durable() || core.writeThrough());
    core.transfer.stop();
    if (settle) {
      core.startBusy(Busy.SETTLE);
    } else if (!programming) {
      core.state = CardState.TRANSFER;
    } else if (StatusCommandFields.HPI.isSet(argument)) {
      switches.interrupt(true);
    }
  }

  @Override
  public DataOutcome finishBusy() {
    return switches.finishBusy();
  }

  @Override
  public DataOutcome receive(MemorySegment into) {
    return blocks.receive(into);
  }

  @Override
  public DataOutcome send(MemorySegment from) {
    synchronized (core) {
      if (core.state == CardState.BUS_TEST) {
        return payloads.takePattern(from);
      }
    }
    return blocks.send(from);
  }

  @Override
  public DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    return tasks.readTask(task, offsetBytes, into);
  }

  @Override
  public DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    return tasks.writeTask(task, offsetBytes, from);
  }

  @Override
  public DataOutcome finishTask(int task, CardResponse into) {
    return tasks.finishTask(task, into);
  }

  /** State and bus mode, for traces. */
  @Override
  public String toString() {
    synchronized (core) {
      return "EmmcCard["
          + core.state
          + ", queueing="
          + core.queueing()
          + ", busWidth="
          + core.ext.busWidth()
          + ", timing="
          + core.ext.get(ExtCsd.HS_TIMING)
          + "]";
    }
  }
}
