package dev.keyslot.host.mmc;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CidField;
import dev.keyslot.link.emmc.CsdField;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;

/**
 * What a card told about itself while it was brought up; immutable.
 *
 * <p>Two cards are the same card if their CIDs are equal.
 */
public final class MmcCard {

  /** Above this a card is addressed by sectors, up to it by bytes. */
  public static final long BYTE_ADDRESSED_SECTORS_MAX = (2L << 30) / 512;

  private final CardRegister cid;
  private final int rca;
  private final boolean sectorAddressed;
  private final byte[] extCsd;
  private final boolean cacheOn;
  private final boolean queueOn;

  MmcCard(
      CardRegister cid,
      int rca,
      boolean sectorAddressed,
      byte[] extCsd,
      boolean cacheOn,
      boolean queueOn) {
    this.cid = cid;
    this.rca = rca;
    this.sectorAddressed = sectorAddressed;
    this.extCsd = extCsd.clone();
    this.cacheOn = cacheOn;
    this.queueOn = queueOn;
  }

  /** The card's identity, 32 hex digits. */
  public String cid() {
    return cid.toString();
  }

  /** Product name and serial number, for people. */
  public String name() {
    StringBuilder name = new StringBuilder();
    for (int low = CidField.PNM.high() - 7; low >= CidField.PNM.low(); low -= Byte.SIZE) {
      name.append((char) cid.field(low + 7, low));
    }
    return name + String.format(" 0x%08x", cid.field(CidField.PSN.high(), CidField.PSN.low()));
  }

  boolean sameAs(MmcCard other) {
    return cid.equals(other.cid);
  }

  public int rca() {
    return rca;
  }

  /** Whether commands outside the queue count sectors; otherwise they count bytes. */
  public boolean sectorAddressed() {
    return sectorAddressed;
  }

  /** {@code sector} as commands outside the queue address it. */
  int address(long sector) {
    return (int) (sectorAddressed ? sector : sector * 512);
  }

  public long capacitySectors() {
    return value(ExtCsd.SEC_COUNT);
  }

  /** Whether the card's command queue is on. */
  public boolean queueOn() {
    return queueOn;
  }

  /** Tasks the card queues. */
  public int queueDepth() {
    return field(ExtCsd.CMDQ_DEPTH, ExtCsdFields.CMDQ_DEPTH_LESS_ONE) + 1;
  }

  public boolean cacheOn() {
    return cacheOn;
  }

  /** Whether a trimmed sector reads as zeros of the medium. */
  public boolean trimsToZero() {
    return is(ExtCsd.SEC_FEATURE_SUPPORT, ExtCsdFields.TRIM_SUPPORTED)
        && value(ExtCsd.ERASED_MEM_CONT) == 0;
  }

  /** Whether a reliable write may have any length and is on the medium when it completes. */
  public boolean enhancedReliableWrite() {
    return is(ExtCsd.WR_REL_PARAM, ExtCsdFields.WR_REL_ENHANCED);
  }

  /** Whether a reset loses what was written and not flushed. */
  boolean losesCacheInReset() {
    return cacheOn && !is(ExtCsd.VENDOR_HOLE_QUERY, ExtCsdFields.CACHE_OUTLIVES_RESET);
  }

  /** Whether the vendor's hole query is answered. */
  public boolean answersHoleQuery() {
    return is(ExtCsd.VENDOR_HOLE_QUERY, ExtCsdFields.HOLE_QUERY_SUPPORTED);
  }

  int revision() {
    return (int) value(ExtCsd.EXT_CSD_REV);
  }

  long value(ExtCsd field) {
    return value(extCsd, field);
  }

  boolean is(ExtCsd field, BitField bit) {
    return bit.isSet(value(field));
  }

  int field(ExtCsd field, BitField bits) {
    return bits.extractInt(value(field));
  }

  /** A field of up to eight bytes, little-endian. */
  static long value(byte[] extCsd, ExtCsd field) {
    long value = 0;
    for (int i = 0; i < field.bytes(); i++) {
      int octet = Byte.toUnsignedInt(extCsd[field.offset() + i]);
      value = BitField.of(i * Byte.SIZE, Byte.SIZE).insert(value, octet);
    }
    return value;
  }

  /** Refuses a CSD that no eMMC of this kind has. */
  static void checkCsd(CardRegister csd) throws CardException {
    long structure = csd.field(CsdField.CSD_STRUCTURE.high(), CsdField.CSD_STRUCTURE.low());
    long version = csd.field(CsdField.SPEC_VERS.high(), CsdField.SPEC_VERS.low());
    if (structure == 0 || version != 4) {
      throw new CardException(
          MmcError.INVALID,
          "CSD must have structure 1 to 3 and version 4: structure="
              + structure
              + " version="
              + version
              + " csd="
              + csd);
    }
  }

  /** Refuses an EXT_CSD that contradicts itself or the address mode of the OCR. */
  static void checkExtCsd(byte[] extCsd, boolean sectorAddressed) throws CardException {
    long sectors = value(extCsd, ExtCsd.SEC_COUNT);
    long revision = value(extCsd, ExtCsd.EXT_CSD_REV);
    check(revision >= 5 && revision <= 8, "EXT_CSD_REV must be in [5, 8]: ", revision);
    check(sectors > 0, "SEC_COUNT must be positive: ", sectors);
    check(
        sectors > BYTE_ADDRESSED_SECTORS_MAX == sectorAddressed,
        "SEC_COUNT above 2 GiB must agree with OCR bit 30: sectorAddressed="
            + sectorAddressed
            + " SEC_COUNT=",
        sectors);
    long sectorSize = value(extCsd, ExtCsd.DATA_SECTOR_SIZE);
    check(sectorSize == 0, "DATA_SECTOR_SIZE must be 0 (512 bytes): ", sectorSize);
    long sleep = value(extCsd, ExtCsd.S_A_TIMEOUT);
    check(sleep <= 23, "S_A_TIMEOUT must be at most 23: ", sleep);
  }

  private static void check(boolean condition, String expectation, long value)
      throws CardException {
    if (!condition) {
      throw new CardException(MmcError.INVALID, expectation + value);
    }
  }
}
