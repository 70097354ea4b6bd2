package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CsdField;
import dev.keyslot.link.emmc.OcrFields;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What the card says of itself while it is identified: OCR, CID and CSD. */
final class CardIdentity {

  /** "EMMC51", revision 1.0, serial DEADBEEF; the last byte carries the CRC. */
  private static final String CID = "aa014a454d4d43353110deadbeefbd00";

  /** Capacity in SEC_COUNT, erase group of 1024 blocks; the last byte carries the CRC. */
  private static final String CSD = "d02701328f5903ffffffffe78a400000";

  /** C_SIZE_MULT 7 and 512-byte blocks: capacity in steps of 512 blocks. */
  private static final int CSD_STEP_SECTORS = 512;

  private static final int OCR_READY_SECTOR = 0xC0FF_8080;

  /** CSD fields that CMD27 writes. */
  private static final List<CsdField> WRITABLE =
      List.of(
          CsdField.FILE_FORMAT_GRP,
          CsdField.COPY,
          CsdField.PERM_WRITE_PROTECT,
          CsdField.TMP_WRITE_PROTECT,
          CsdField.FILE_FORMAT,
          CsdField.ECC);

  /** Of these, those that cannot be taken back. */
  private static final List<CsdField> FOR_EVER =
      List.of(CsdField.COPY, CsdField.PERM_WRITE_PROTECT);

  private final byte[] cid = HexFormat.of().parseHex(CID);
  private final byte[] csd = HexFormat.of().parseHex(CSD);
  private final boolean byteAddressed;

  CardIdentity(CardProfile profile) {
    byteAddressed = profile.byteAddressed();
    long steps = profile.sectors() / CSD_STEP_SECTORS;
    if (byteAddressed && steps >= 1 && steps <= 0xFFF) {
      put(csd, CsdField.C_SIZE, steps - 1);
    }
    seal(cid);
    seal(csd);
  }

  byte[] cid() {
    return cid;
  }

  byte[] csd() {
    return csd;
  }

  /** The answer to CMD1. */
  int ocr(boolean ready) {
    int word = ready ? OCR_READY_SECTOR : OcrFields.READY.clear32(OCR_READY_SECTOR);
    int mode = byteAddressed ? OcrFields.ACCESS_BYTE : OcrFields.ACCESS_SECTOR;
    return OcrFields.ACCESS_MODE.insert32(word, mode);
  }

  /**
   * Writes the writable bits of a CSD that CMD27 brought.
   *
   * @param mayProtect whether permanent protection may still be switched on
   * @return false, and nothing changed, if another bit differs or one that is for ever is taken
   *     back
   */
  boolean program(byte[] written, boolean mayProtect) {
    byte[] target = csd.clone();
    for (CsdField field : WRITABLE) {
      put(target, field, get(written, field));
    }
    byte[] sealed = written.clone();
    seal(target);
    seal(sealed);
    boolean protects =
        get(target, CsdField.PERM_WRITE_PROTECT) > get(csd, CsdField.PERM_WRITE_PROTECT);
    boolean legal = Arrays.equals(target, sealed) && (mayProtect || !protects);
    for (CsdField field : FOR_EVER) {
      legal &= get(target, field) >= get(csd, field);
    }
    if (legal) {
      System.arraycopy(target, 0, csd, 0, csd.length);
    }
    return legal;
  }

  boolean writeProtected() {
    return get(csd, CsdField.TMP_WRITE_PROTECT) != 0 || permanentlyProtected();
  }

  boolean permanentlyProtected() {
    return get(csd, CsdField.PERM_WRITE_PROTECT) != 0;
  }

  private static void put(byte[] register, CsdField field, long value) {
    for (int bit = field.low(); bit <= field.high(); bit++) {
      BitField in = BitField.bit(bit % Byte.SIZE);
      int index = register.length - 1 - bit / Byte.SIZE;
      boolean set = BitField.bit(bit - field.low()).isSet(value);
      register[index] = (byte) in.insert32(Byte.toUnsignedInt(register[index]), set ? 1 : 0);
    }
  }

  private static long get(byte[] register, CsdField field) {
    long value = 0;
    for (int bit = field.low(); bit <= field.high(); bit++) {
      int index = register.length - 1 - bit / Byte.SIZE;
      long set = BitField.bit(bit % Byte.SIZE).extract(Byte.toUnsignedInt(register[index]));
      value = BitField.bit(bit - field.low()).insert(value, set);
    }
    return value;
  }

  /** Puts CRC7 and the end bit into the last byte. */
  private static void seal(byte[] register) {
    register[register.length - 1] = crc7(register, register.length - 1);
  }

  /** CRC7 (x^7 + x^3 + 1) of the first bytes, with the end bit behind it. */
  static byte crc7(byte[] bytes, int count) {
    int crc = 0;
    for (int i = 0; i < count; i++) {
      for (int bit = Byte.SIZE - 1; bit >= 0; bit--) {
        int in = (int) BitField.bit(bit).extract(Byte.toUnsignedInt(bytes[i]));
        int top = (int) BitField.bit(6).extract(crc);
        crc = crc * 2 % 128;
        if (in != top) {
          crc ^= 0x09;
        }
      }
    }
    return (byte) (crc * 2 + 1);
  }
}
