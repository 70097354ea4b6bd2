package dev.keyslot.link.ice;

import dev.keyslot.base.BitField;

/** Bit fields of the ICE registers, and the secure monitor calls of its firmware. */
public final class IceFields {

  public static final BitField VERSION_MAJOR = BitField.of(24, 8);
  public static final BitField VERSION_MINOR = BitField.of(16, 8);
  public static final BitField VERSION_STEP = BitField.of(0, 16);

  /** Any bit set: the engine is unusable. */
  public static final BitField FUSE_ANY = BitField.of(0, 3);

  public static final BitField BIST_BUSY = BitField.of(28, 4);

  /** CONTROL: legacy mode of the key manager's second version. */
  public static final BitField CONTROL_LEGACY_MODE = BitField.bit(0);

  /** HWKM_TZ_KM_CTL: legacy mode of the key manager's first version. */
  public static final BitField KM_LEGACY_MODE_1 = BitField.bit(5);

  /** HWKM_TZ_KM_CTL: CRC checks of commands and responses. */
  public static final BitField KM_CRC_CHECKS = BitField.of(1, 2);

  /** HWKM_BANK0_IRQ_STATUS: clears the response FIFO. */
  public static final BitField KM_RESPONSE_FIFO = BitField.bit(3);

  /** HWKM_TZ_KM_STATUS of a key manager that works, first version: bits 0, 1, 2, 14, 16. */
  public static final int KM_READY_1 = 0x14007;

  /** The same, second version: bits 0, 1, 2, 7, 9. */
  public static final int KM_READY_2 = 0x287;

  /** Size of a wrapped key, first version. */
  public static final int WRAPPED_BYTES_1 = 68;

  /** Size of a wrapped key, second version. */
  public static final int WRAPPED_BYTES_2 = 100;

  /** FIRMWARE_FEATURES, ours: "set key" takes {@link #CIPHER_ZERO_RULE}. */
  public static final BitField FEATURE_ZERO_RULE = BitField.bit(0);

  /** Distance of the per-slot dwords from {@link IceRegister#CRYPTOCFG}. */
  public static final int CRYPTOCFG_STRIDE_BYTES = 0x80;

  /** Owner SIP, service 10h, standard call, 64-bit convention; the command goes into bits 7:0. */
  public static final int CALL_BASE = 0x4200_1000;

  /**
   * Service 06h, command 01h: whether a call is there. Its argument is {@link #CALL_ASKED_BASE}
   * with the command in bits 7:0; the answer 1 or 0.
   */
  public static final int CALL_IS_AVAILABLE = 0x4200_0601;

  /** {@link #CALL_BASE} without the bits of the calling convention. */
  public static final int CALL_ASKED_BASE = 0x0200_1000;

  public static final int CALL_INVALIDATE_KEY = 0x03;
  public static final int CALL_SET_KEY = 0x04;
  public static final int CALL_DERIVE_SOFTWARE_SECRET = 0x07;
  public static final int CALL_GENERATE_KEY = 0x08;
  public static final int CALL_PREPARE_KEY = 0x09;
  public static final int CALL_IMPORT_KEY = 0x0A;

  /** The cipher argument of "set key": one of the codes below. */
  public static final BitField CIPHER_CODE = BitField.of(0, 8);

  /**
   * The cipher argument, ours: a 512-byte sector whose ciphertext is all zero reads as zeros. Only
   * where {@link #FEATURE_ZERO_RULE} announces it.
   */
  public static final BitField CIPHER_ZERO_RULE = BitField.bit(8);

  public static final int CIPHER_AES_128_XTS = 0;
  public static final int CIPHER_AES_128_CBC = 1;
  public static final int CIPHER_AES_256_XTS = 3;
  public static final int CIPHER_AES_256_CBC = 4;

  private IceFields() {}
}
