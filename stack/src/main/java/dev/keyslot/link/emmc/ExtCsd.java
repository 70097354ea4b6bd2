package dev.keyslot.link.emmc;

/**
 * Fields of EXT_CSD, the 512 bytes of CMD8; offsets are bytes, fields of several bytes are
 * little-endian.
 *
 * <p>Bytes 0 to 191 are the modes segment, which CMD6 writes; the rest are properties. Bytes 64 to
 * 127 are the vendor's: byte 64 is ours.
 */
public enum ExtCsd {
  CMDQ_MODE_EN(15, 1, ExtCsdAccess.UNTIL_RESET, "bit 0: command queue on"),
  SECURE_REMOVAL_TYPE(16, 1, ExtCsdAccess.MIXED, "how secure removal works"),
  MODE_OPERATION_CODES(29, 1, ExtCsdAccess.TRIGGER, "firmware update"),
  MODE_CONFIG(30, 1, ExtCsdAccess.UNTIL_RESET, "1: firmware update mode"),
  BARRIER_CTRL(31, 1, ExtCsdAccess.ONE_TIME, "bit 0: barriers on"),
  FLUSH_CACHE(32, 1, ExtCsdAccess.TRIGGER, "bit 0 flush, bit 1 barrier"),
  CACHE_CTRL(33, 1, ExtCsdAccess.UNTIL_RESET, "bit 0: volatile cache on"),
  POWER_OFF_NOTIFICATION(34, 1, ExtCsdAccess.UNTIL_RESET, "0 none, 1 on, 2 short, 3 long, 4 sleep"),
  PACKED_FAILURE_INDEX(35, 1, ExtCsdAccess.READ_ONLY, "packed commands"),
  PACKED_COMMAND_STATUS(36, 1, ExtCsdAccess.READ_ONLY, "packed commands"),
  CONTEXT_CONF(37, 15, ExtCsdAccess.UNTIL_RESET, "15 contexts"),
  EXT_PARTITIONS_ATTRIBUTE(52, 2, ExtCsdAccess.ONE_TIME, "extended partition attributes"),
  EXCEPTION_EVENTS_STATUS(54, 2, ExtCsdAccess.READ_ONLY, "what EXCEPTION_EVENT tells about"),
  EXCEPTION_EVENTS_CTRL(56, 2, ExtCsdAccess.UNTIL_RESET, "which events set EXCEPTION_EVENT"),
  CLASS_6_CTRL(59, 1, ExtCsdAccess.UNTIL_RESET, "meaning of CMD28 to CMD31"),
  DATA_SECTOR_SIZE(61, 1, ExtCsdAccess.READ_ONLY, "0 512 bytes, 1 4 KiB"),
  USE_NATIVE_SECTOR(62, 1, ExtCsdAccess.ONE_TIME, "native sector size in use"),
  NATIVE_SECTOR_SIZE(63, 1, ExtCsdAccess.READ_ONLY, "0 512 bytes, 1 4 KiB"),
  VENDOR_HOLE_QUERY(
      64, 1, ExtCsdAccess.READ_ONLY, "ours: 0 CMD60 answers, 1 the cache outlives resets"),
  VENDOR_SPECIFIC(65, 63, ExtCsdAccess.READ_ONLY, "vendor specific, unused"),
  PROGRAM_CID_CSD_DDR_SUPPORT(130, 1, ExtCsdAccess.READ_ONLY, "CMD26 and CMD27 in DDR"),
  ENH_START_ADDR(136, 4, ExtCsdAccess.ONE_TIME, "enhanced area start"),
  ENH_SIZE_MULT(140, 3, ExtCsdAccess.ONE_TIME, "enhanced area size"),
  GP_SIZE_MULT(143, 12, ExtCsdAccess.ONE_TIME, "four general purpose partitions"),
  PARTITION_SETTING_COMPLETED(155, 1, ExtCsdAccess.ONE_TIME, "bit 0"),
  PARTITIONS_ATTRIBUTE(156, 1, ExtCsdAccess.ONE_TIME, "which areas are enhanced"),
  MAX_ENH_SIZE_MULT(157, 3, ExtCsdAccess.READ_ONLY, "largest enhanced area"),
  PARTITIONING_SUPPORT(160, 1, ExtCsdAccess.READ_ONLY, "0 partitions, 1 enhanced, 2 extended"),
  HPI_MGMT(161, 1, ExtCsdAccess.UNTIL_RESET, "bit 0: high priority interrupt on"),
  RST_N_FUNCTION(162, 1, ExtCsdAccess.ONE_TIME, "0 off, 1 on for ever, 2 off for ever"),
  BKOPS_EN(163, 1, ExtCsdAccess.MIXED, "bit 0 manual (once), bit 1 automatic"),
  BKOPS_START(164, 1, ExtCsdAccess.TRIGGER, "start background operations"),
  SANITIZE_START(165, 1, ExtCsdAccess.TRIGGER, "purge unmapped areas"),
  WR_REL_PARAM(166, 1, ExtCsdAccess.READ_ONLY, "0 settable, 2 enhanced reliable write, 4 RPMB"),
  WR_REL_SET(167, 1, ExtCsdAccess.ONE_TIME, "areas with protected old data"),
  RPMB_SIZE_MULT(168, 1, ExtCsdAccess.READ_ONLY, "x 128 KiB"),
  FW_CONFIG(169, 1, ExtCsdAccess.ONE_TIME, "firmware updates off"),
  USER_WP(171, 1, ExtCsdAccess.MIXED, "write protection of the user area"),
  BOOT_WP(173, 1, ExtCsdAccess.MIXED, "write protection of the boot areas"),
  BOOT_WP_STATUS(174, 1, ExtCsdAccess.READ_ONLY, "two bits per boot area"),
  ERASE_GROUP_DEF(175, 1, ExtCsdAccess.UNTIL_RESET, "bit 0: high-capacity group sizes"),
  BOOT_BUS_CONDITIONS(177, 1, ExtCsdAccess.PERSISTENT, "bus in boot mode"),
  BOOT_CONFIG_PROT(178, 1, ExtCsdAccess.MIXED, "protection of the boot configuration"),
  PARTITION_CONFIG(179, 1, ExtCsdAccess.MIXED, "2:0 access, 5:3 boot enable, 6 ack"),
  ERASED_MEM_CONT(181, 1, ExtCsdAccess.READ_ONLY, "0 erased reads 00, 1 FF"),
  BUS_WIDTH(183, 1, ExtCsdAccess.TRIGGER, "0 x1, 1 x4, 2 x8, 5 x4 DDR, 6 x8 DDR, 7 strobe"),
  STROBE_SUPPORT(184, 1, ExtCsdAccess.READ_ONLY, "enhanced strobe"),
  HS_TIMING(185, 1, ExtCsdAccess.UNTIL_RESET, "3:0 0 legacy, 1 HS, 2 HS200, 3 HS400; 7:4 driver"),
  POWER_CLASS(187, 1, ExtCsdAccess.UNTIL_RESET, "power class"),
  CMD_SET_REV(189, 1, ExtCsdAccess.READ_ONLY, "command set revision"),
  CMD_SET(191, 1, ExtCsdAccess.UNTIL_RESET, "command set"),
  EXT_CSD_REV(192, 1, ExtCsdAccess.READ_ONLY, "5 4.41, 6 4.5, 7 5.0, 8 5.1"),
  CSD_STRUCTURE(194, 1, ExtCsdAccess.READ_ONLY, "CSD version"),
  DEVICE_TYPE(196, 1, ExtCsdAccess.READ_ONLY, "timing modes"),
  DRIVER_STRENGTH(197, 1, ExtCsdAccess.READ_ONLY, "driver types"),
  OUT_OF_INTERRUPT_TIME(198, 1, ExtCsdAccess.READ_ONLY, "x 10 ms"),
  PARTITION_SWITCH_TIME(199, 1, ExtCsdAccess.READ_ONLY, "x 10 ms"),
  PWR_CL_52_195(200, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_26_195(201, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_52_360(202, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_26_360(203, 1, ExtCsdAccess.READ_ONLY, "power class"),
  SEC_COUNT(212, 4, ExtCsdAccess.READ_ONLY, "user area in 512-byte sectors"),
  SLEEP_NOTIFICATION_TIME(216, 1, ExtCsdAccess.READ_ONLY, "10 us x 2^n"),
  S_A_TIMEOUT(217, 1, ExtCsdAccess.READ_ONLY, "100 ns x 2^n"),
  HC_WP_GRP_SIZE(221, 1, ExtCsdAccess.READ_ONLY, "in high-capacity erase groups"),
  REL_WR_SEC_C(222, 1, ExtCsdAccess.READ_ONLY, "reliable write sectors"),
  ERASE_TIMEOUT_MULT(223, 1, ExtCsdAccess.READ_ONLY, "x 300 ms"),
  HC_ERASE_GRP_SIZE(224, 1, ExtCsdAccess.READ_ONLY, "x 512 KiB"),
  ACC_SIZE(225, 1, ExtCsdAccess.READ_ONLY, "access size"),
  BOOT_SIZE_MULT(226, 1, ExtCsdAccess.READ_ONLY, "x 128 KiB"),
  BOOT_INFO(228, 1, ExtCsdAccess.READ_ONLY, "boot modes"),
  SEC_TRIM_MULT(229, 1, ExtCsdAccess.READ_ONLY, "secure trim time"),
  SEC_ERASE_MULT(230, 1, ExtCsdAccess.READ_ONLY, "secure erase time"),
  SEC_FEATURE_SUPPORT(231, 1, ExtCsdAccess.READ_ONLY, "0 secure, 2 bad block, 4 trim, 6 sanitize"),
  TRIM_MULT(232, 1, ExtCsdAccess.READ_ONLY, "x 300 ms"),
  PWR_CL_200_195(236, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_200_360(237, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_DDR_52_195(238, 1, ExtCsdAccess.READ_ONLY, "power class"),
  PWR_CL_DDR_52_360(239, 1, ExtCsdAccess.READ_ONLY, "power class"),
  CACHE_FLUSH_POLICY(240, 1, ExtCsdAccess.READ_ONLY, "bit 0: order of arrival kept"),
  INI_TIMEOUT_AP(241, 1, ExtCsdAccess.READ_ONLY, "x 100 ms"),
  CORRECTLY_PRG_SECTORS_NUM(242, 4, ExtCsdAccess.READ_ONLY, "sectors done when interrupted"),
  BKOPS_STATUS(246, 1, ExtCsdAccess.READ_ONLY, "1:0 urgency"),
  POWER_OFF_LONG_TIME(247, 1, ExtCsdAccess.READ_ONLY, "x 10 ms"),
  GENERIC_CMD6_TIME(248, 1, ExtCsdAccess.READ_ONLY, "x 10 ms"),
  CACHE_SIZE(249, 4, ExtCsdAccess.READ_ONLY, "in Kibit; 0 no cache"),
  PWR_CL_DDR_200_360(253, 1, ExtCsdAccess.READ_ONLY, "power class"),
  FIRMWARE_VERSION(254, 8, ExtCsdAccess.READ_ONLY, "firmware version"),
  OPTIMAL_TRIM_UNIT_SIZE(264, 1, ExtCsdAccess.READ_ONLY, "x 4 KiB"),
  OPTIMAL_WRITE_SIZE(265, 1, ExtCsdAccess.READ_ONLY, "x 4 KiB"),
  OPTIMAL_READ_SIZE(266, 1, ExtCsdAccess.READ_ONLY, "x 4 KiB"),
  PRE_EOL_INFO(267, 1, ExtCsdAccess.READ_ONLY, "wear"),
  LIFE_TIME_EST_A(268, 1, ExtCsdAccess.READ_ONLY, "wear"),
  LIFE_TIME_EST_B(269, 1, ExtCsdAccess.READ_ONLY, "wear"),
  CMDQ_DEPTH(307, 1, ExtCsdAccess.READ_ONLY, "4:0 depth - 1"),
  CMDQ_SUPPORT(308, 1, ExtCsdAccess.READ_ONLY, "bit 0"),
  BARRIER_SUPPORT(486, 1, ExtCsdAccess.READ_ONLY, "bit 0"),
  SUPPORTED_MODES(493, 1, ExtCsdAccess.READ_ONLY, "bit 0 firmware update"),
  LARGE_UNIT_SIZE_M1(495, 1, ExtCsdAccess.READ_ONLY, "contexts"),
  CONTEXT_CAPABILITIES(496, 1, ExtCsdAccess.READ_ONLY, "contexts"),
  TAG_RES_SIZE(497, 1, ExtCsdAccess.READ_ONLY, "data tags"),
  TAG_UNIT_SIZE(498, 1, ExtCsdAccess.READ_ONLY, "data tags"),
  DATA_TAG_SUPPORT(499, 1, ExtCsdAccess.READ_ONLY, "bit 0"),
  MAX_PACKED_WRITES(500, 1, ExtCsdAccess.READ_ONLY, "packed commands"),
  MAX_PACKED_READS(501, 1, ExtCsdAccess.READ_ONLY, "packed commands"),
  BKOPS_SUPPORT(502, 1, ExtCsdAccess.READ_ONLY, "bit 0"),
  HPI_FEATURES(503, 1, ExtCsdAccess.READ_ONLY, "0 supported, 1 by CMD12"),
  S_CMD_SET(504, 1, ExtCsdAccess.READ_ONLY, "command sets");

  /** Size of the whole register. */
  public static final int BYTES = 512;

  /** CMD6 on this byte or a later one is an error. */
  public static final int PROPERTIES_START = 192;

  private final int offset;
  private final int bytes;
  private final ExtCsdAccess access;
  private final String meaning;

  ExtCsd(int offset, int bytes, ExtCsdAccess access, String meaning) {
    this.offset = offset;
    this.bytes = bytes;
    this.access = access;
    this.meaning = meaning;
  }

  /** Byte of EXT_CSD, which is also CMD6's index. */
  public int offset() {
    return offset;
  }

  public int bytes() {
    return bytes;
  }

  public ExtCsdAccess access() {
    return access;
  }

  /** One line for people. */
  public String meaning() {
    return meaning;
  }
}
