package dev.keyslot.model.ice;

import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.model.engine.KeyWrapper;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The firmware's calls about wrapped keys: generate, import, prepare, derive, and set key.
 *
 * <p>A wrapped key is what the key manager sealed, then zeros up to the size that its version has.
 * None of these calls works in the key manager's legacy mode. Guarded by the firmware.
 */
final class WrappingCalls {

  static final int FAILED = -1;
  static final int INVALID = -2;
  static final int BAD_ADDRESS = -3;
  static final int NOT_SUPPORTED = -4;

  private static final int SECRET_BYTES = 32;

  /** What turns the bytes that a caller handed over into those it gets; empty: refused. */
  private interface Conversion {
    byte[] of(byte[] input);
  }

  private final SlotWriter slots;
  private final DmaMemory memory;
  private final IceBlock block;
  private final KeyWrapper wrapper;

  WrappingCalls(SlotWriter slots, DmaMemory memory, IceBlock block, KeyWrapper wrapper) {
    this.slots = slots;
    this.memory = memory;
    this.block = block;
    this.wrapper = wrapper;
  }

  static boolean knows(int command) {
    return command >= IceFields.CALL_DERIVE_SOFTWARE_SECRET && command <= IceFields.CALL_IMPORT_KEY;
  }

  /** Whether keys are wrapped, all of them: the key manager is out of its legacy mode. */
  boolean on() {
    return block.keyManagerOn();
  }

  /** The keyslot that the key manager calls {@code number}; -1 for none. */
  long slot(long number) {
    return block.keyManager().slot(number);
  }

  private int wrappedBytes() {
    return block.keyManager().wrappedBytes();
  }

  int call(int command, long[] arguments) {
    if (!knows(command)) {
      return NOT_SUPPORTED;
    }
    boolean generate = command == IceFields.CALL_GENERATE_KEY;
    if (arguments.length != (generate ? 2 : 4)) {
      return INVALID;
    }
    if (!on()) {
      return FAILED;
    }
    return switch (command) {
      case IceFields.CALL_GENERATE_KEY ->
          give(padded(wrapper.generate()), arguments[0], arguments[1]);
      case IceFields.CALL_IMPORT_KEY ->
          convert(arguments, KeyWrapper.KEY_BYTES, raw -> padded(wrapper.importKey(raw)));
      case IceFields.CALL_PREPARE_KEY ->
          convert(arguments, wrappedBytes(), key -> padded(wrapper.prepare(sealed(key))));
      default ->
          arguments[3] == SECRET_BYTES
              ? convert(arguments, wrappedBytes(), key -> wrapper.softwareSecret(sealed(key)))
              : INVALID;
    };
  }

  /** Input address and size, output address and size. */
  private int convert(long[] arguments, int inputBytes, Conversion conversion) {
    if (arguments[1] != inputBytes) {
      return INVALID;
    }
    MemorySegment from = memory.resolve(arguments[0], inputBytes);
    if (from == null) {
      return BAD_ADDRESS;
    }
    byte[] input = from.toArray(ValueLayout.JAVA_BYTE);
    try {
      return give(conversion.of(input), arguments[2], arguments[3]);
    } finally {
      Arrays.fill(input, (byte) 0);
    }
  }

  private int give(byte[] result, long address, long size) {
    try {
      if (result.length == 0) {
        return FAILED;
      }
      if (size != result.length) {
        return INVALID;
      }
      MemorySegment to = memory.resolve(address, size);
      if (to == null) {
        return BAD_ADDRESS;
      }
      to.copyFrom(MemorySegment.ofArray(result));
      return 0;
    } finally {
      Arrays.fill(result, (byte) 0);
    }
  }

  private byte[] padded(byte[] sealed) {
    return sealed.length == 0 ? sealed : Arrays.copyOf(sealed, wrappedBytes());
  }

  /** What the key manager sealed; something it never did if there is more than zeros behind it. */
  private static byte[] sealed(byte[] key) {
    for (int i = KeyWrapper.SEALED_BYTES; i < key.length; i++) {
      if (key[i] != 0) {
        return new byte[0];
      }
    }
    return Arrays.copyOf(key, KeyWrapper.SEALED_BYTES);
  }

  /** Slot, address, size, cipher, data unit in units of 512 bytes. */
  int setKey(long[] arguments) {
    long slot = slot(arguments[0]);
    if (slots.capability(arguments[3], arguments[4], false, true) < 0) {
      return NOT_SUPPORTED;
    }
    if (!slots.hasSlot(slot) || arguments[2] != wrappedBytes()) {
      return INVALID;
    }
    MemorySegment from = memory.resolve(arguments[1], arguments[2]);
    if (from == null) {
      return BAD_ADDRESS;
    }
    byte[] sealed = sealed(from.toArray(ValueLayout.JAVA_BYTE));
    byte[] opened = wrapper.softwareSecret(sealed);
    try {
      if (opened.length == 0) {
        return FAILED;
      }
      slots.load((int) slot, sealed);
      return 0;
    } finally {
      Arrays.fill(opened, (byte) 0);
    }
  }
}
