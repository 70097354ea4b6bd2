package dev.keyslot.model.ice;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.KeyWrapper;
import java.lang.foreign.MemorySegment;

/**
 * The secure firmware: takes keys by call and puts them into keyslots that software cannot reach.
 *
 * <p>Keys lie in memory that the caller names by its bus address: raw ones with the bytes of each
 * 32-bit word swapped, wrapped ones as they are. Once software has taken the key manager out of its
 * legacy mode, keys are wrapped and only those. Whatever is not right is refused with a negative
 * number and changes nothing. One call at a time; any thread.
 */
public final class IceFirmware implements SecureMonitor {

  // Results of a call; 0 is success.
  static final int FAILED = WrappingCalls.FAILED;
  static final int INVALID = WrappingCalls.INVALID;
  static final int BAD_ADDRESS = WrappingCalls.BAD_ADDRESS;
  static final int NOT_SUPPORTED = WrappingCalls.NOT_SUPPORTED;

  /** Arguments of "set key". */
  private static final int SET_KEY_ARGUMENTS = 5;

  private static final BitField COMMAND = BitField.of(0, Byte.SIZE);

  private final SlotWriter slots;
  private final DmaMemory memory;

  /** Null where the firmware knows no wrapped keys. */
  private final WrappingCalls wrapping;

  /** Firmware that takes raw keys only. */
  public IceFirmware(EngineConfig engine, DmaMemory memory, KeyDoor door) {
    slots = new SlotWriter(engine, door);
    this.memory = memory;
    wrapping = null;
  }

  /**
   * Firmware with a key manager.
   *
   * @param slots the same that {@code block} was given
   * @param wrapper seals and opens keys; the same that the engine was given
   */
  public IceFirmware(SlotWriter slots, DmaMemory memory, IceBlock block, KeyWrapper wrapper) {
    this.slots = slots;
    this.memory = memory;
    wrapping = new WrappingCalls(slots, memory, block, wrapper);
  }

  @Override
  public synchronized int call(int functionId, long... arguments) {
    if (functionId == IceFields.CALL_IS_AVAILABLE) {
      return arguments.length == 1 ? available(arguments[0]) : INVALID;
    }
    int command = COMMAND.extractInt(Integer.toUnsignedLong(functionId));
    if (COMMAND.insert32(functionId, 0) != IceFields.CALL_BASE) {
      return NOT_SUPPORTED;
    }
    return switch (command) {
      case IceFields.CALL_INVALIDATE_KEY ->
          arguments.length == 1 ? invalidate(arguments[0]) : INVALID;
      case IceFields.CALL_SET_KEY ->
          arguments.length == SET_KEY_ARGUMENTS ? setKey(arguments) : INVALID;
      default -> wrapping == null ? NOT_SUPPORTED : wrapping.call(command, arguments);
    };
  }

  /** 1 for a call that is there, 0 for another. */
  private int available(long call) {
    int command = COMMAND.extractInt(call);
    boolean ours = COMMAND.insert(call, 0) == IceFields.CALL_ASKED_BASE;
    boolean raw = command == IceFields.CALL_INVALIDATE_KEY || command == IceFields.CALL_SET_KEY;
    boolean wrapped = wrapping != null && WrappingCalls.knows(command);
    return ours && (raw || wrapped) ? 1 : 0;
  }

  private boolean keysAreWrapped() {
    return wrapping != null && wrapping.on();
  }

  private int invalidate(long number) {
    long slot = keysAreWrapped() ? wrapping.slot(number) : number;
    if (!slots.hasSlot(slot)) {
      return INVALID;
    }
    slots.clear((int) slot);
    return 0;
  }

  /** Slot, address, size, cipher, data unit in units of 512 bytes. */
  private int setKey(long[] arguments) {
    return keysAreWrapped() ? wrapping.setKey(arguments) : setRawKey(arguments);
  }

  private int setRawKey(long[] arguments) {
    boolean zeroRule = IceFields.CIPHER_ZERO_RULE.isSet(arguments[3]);
    long cipher = IceFields.CIPHER_CODE.extract(arguments[3]);
    int capability = slots.capability(cipher, arguments[4], zeroRule, false);
    if (capability < 0) {
      return NOT_SUPPORTED;
    }
    if (!slots.hasSlot(arguments[0]) || arguments[2] != CryptoConfigFields.KEY_BYTES) {
      return INVALID;
    }
    MemorySegment swapped = memory.resolve(arguments[1], arguments[2]);
    if (swapped == null) {
      return BAD_ADDRESS;
    }
    slots.program((int) arguments[0], swapped, capability, (int) arguments[4], zeroRule);
    return 0;
  }
}
