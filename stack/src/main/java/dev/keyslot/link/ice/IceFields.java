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

  /** Distance of the per-slot dwords from {@link IceRegister#CRYPTOCFG}. */
  public static final int CRYPTOCFG_STRIDE_BYTES = 0x80;

  /** Owner SIP, service 10h, standard call, 64-bit convention; the command goes into bits 7:0. */
  public static final int CALL_BASE = 0x4200_1000;

  public static final int CALL_INVALIDATE_KEY = 0x03;
  public static final int CALL_SET_KEY = 0x04;
  public static final int CALL_DERIVE_SOFTWARE_SECRET = 0x07;
  public static final int CALL_GENERATE_KEY = 0x08;
  public static final int CALL_PREPARE_KEY = 0x09;
  public static final int CALL_IMPORT_KEY = 0x0A;

  public static final int CIPHER_AES_128_XTS = 0;
  public static final int CIPHER_AES_128_CBC = 1;
  public static final int CIPHER_AES_256_XTS = 3;
  public static final int CIPHER_AES_256_CBC = 4;

  private IceFields() {}
}
