package dev.keyslot.link.emmc;

/** The RPMB frame: 512 bytes, numbers big-endian; offsets in bytes. */
public final class RpmbFields {

  public static final int FRAME_BYTES = 512;
  public static final int MAC = 196;
  public static final int MAC_BYTES = 32;
  public static final int DATA = 228;
  public static final int DATA_BYTES = 256;
  public static final int NONCE = 484;
  public static final int NONCE_BYTES = 16;
  public static final int WRITE_COUNTER = 500;

  /** In half sectors of 256 bytes. */
  public static final int ADDRESS = 504;

  public static final int BLOCK_COUNT = 506;
  public static final int RESULT = 508;
  public static final int TYPE = 510;

  /** Where the bytes under the MAC start: to the end of the frame. */
  public static final int MAC_INPUT = 228;

  public static final int REQUEST_PROGRAM_KEY = 1;
  public static final int REQUEST_READ_COUNTER = 2;
  public static final int REQUEST_WRITE = 3;
  public static final int REQUEST_READ = 4;
  public static final int REQUEST_RESULT = 5;

  public static final int RESULT_OK = 0;
  public static final int RESULT_GENERAL_FAILURE = 1;
  public static final int RESULT_AUTHENTICATION_FAILURE = 2;
  public static final int RESULT_COUNTER_FAILURE = 3;
  public static final int RESULT_ADDRESS_FAILURE = 4;
  public static final int RESULT_WRITE_FAILURE = 5;
  public static final int RESULT_READ_FAILURE = 6;
  public static final int RESULT_KEY_NOT_PROGRAMMED = 7;

  /** Set in a result once the write counter has reached FFFFFFFF. */
  public static final int RESULT_COUNTER_EXPIRED = 0x80;

  private RpmbFields() {}
}
