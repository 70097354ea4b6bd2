package dev.keyslot.host.mmc;

import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.mmc.MmcHostOps.Ios;
import dev.keyslot.host.mmc.MmcHostOps.Timing;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.OcrFields;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Takes a card from power-up to transfer state with cache and command queue on, in the order that
 * Linux does it.
 *
 * <p>Each CMD6 is followed by a look at the status; what the card says is checked before it is
 * believed. Runs once per card or reset, with the host claimed.
 */
final class CardBringUp {

  /** Address 0 means "no card"; Linux gives 1 to the only card there is. */
  static final int RCA = 1;

  /** Limit on the card's power-up (CMD1 until it is ready). */
  private static final long POWER_UP_LIMIT_NANOS = 1_000_000_000L;

  /** Between two CMD1. */
  private static final long POWER_UP_POLL_NANOS = 1_000_000L;

  /** Floor of the limit on switching the cache. */
  private static final long CACHE_LIMIT_NANOS = 1_600_000_000L;

  /** Linux refuses a queue of two or less. */
  private static final int QUEUE_DEPTH_MIN = 3;

  static final int IDENTIFICATION_HZ = 400_000;
  private static final int LEGACY_HZ = 26_000_000;
  private static final int HIGH_SPEED_HZ = 52_000_000;
  private static final int HS200_HZ = 200_000_000;

  static final Ios INITIAL = new Ios(true, 1, Timing.LEGACY, IDENTIFICATION_HZ, false);

  /** Bytes that changing the bus width must not change. */
  private static final ExtCsd[] CONSTANT_FIELDS = {
    ExtCsd.PARTITIONING_SUPPORT,
    ExtCsd.ERASED_MEM_CONT,
    ExtCsd.EXT_CSD_REV,
    ExtCsd.CSD_STRUCTURE,
    ExtCsd.DEVICE_TYPE,
    ExtCsd.SEC_COUNT,
    ExtCsd.S_A_TIMEOUT,
    ExtCsd.HC_WP_GRP_SIZE,
    ExtCsd.ERASE_TIMEOUT_MULT,
    ExtCsd.HC_ERASE_GRP_SIZE,
    ExtCsd.SEC_FEATURE_SUPPORT,
    ExtCsd.TRIM_MULT,
  };

  private final MmcHost host;
  private final CommandPath path;
  private final HardwareWait wait;
  private final MemorySegment buffer;
  private final byte[] extCsd = new byte[ExtCsd.BYTES];

  private boolean sectorAddressed;
  private boolean cacheOn;
  private boolean queueOn;

  /**
   * @param buffer at least 512 bytes that the device can reach
   */
  CardBringUp(MmcHost host, CommandPath path, HardwareWait wait, MemorySegment buffer) {
    this.host = host;
    this.path = path;
    this.wait = wait;
    this.buffer = buffer;
  }

  MmcCard run() throws CardException {
    path.setIos(INITIAL);
    powerUp();
    CardRegister cid = CardRegister.of(path.must(EmmcCommand.ALL_SEND_CID, 0));
    int address = CommandPath.rcaArgument(RCA);
    path.mustBeWell(EmmcCommand.SET_RELATIVE_ADDR, address);
    MmcCard.checkCsd(CardRegister.of(path.must(EmmcCommand.SEND_CSD, address)));
    path.mustBeWell(EmmcCommand.SELECT_CARD, address);
    path.readExtCsd(buffer);
    MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, extCsd, 0, extCsd.length);
    MmcCard.checkExtCsd(extCsd, sectorAddressed);
    configure();
    speedUp();
    switchOnFeatures();
    return new MmcCard(cid, RCA, sectorAddressed, extCsd, cacheOn, queueOn);
  }

  /** Inquiry, then CMD1 with our voltages until the card is ready. */
  private void powerUp() throws CardException {
    path.send(EmmcCommand.GO_IDLE_STATE, 0);
    int offered = path.must(EmmcCommand.SEND_OP_COND, 0).word(0);
    long window = OcrFields.VOLTAGES.extract(Integer.toUnsignedLong(offered));
    if (window == 0) {
      throw new CardException(
          MmcError.INVALID, String.format("card must share a voltage: ocr=0x%08x", offered));
    }
    path.send(EmmcCommand.GO_IDLE_STATE, 0);
    int argument =
        (int)
            OcrFields.ACCESS_MODE.insert(
                OcrFields.VOLTAGES.insert(0, window), OcrFields.ACCESS_SECTOR);
    long start = wait.clock().nanoTime();
    int ocr = path.must(EmmcCommand.SEND_OP_COND, argument).word(0);
    while (!OcrFields.READY.isSet(ocr)) {
      if (wait.clock().nanoTime() - start > POWER_UP_LIMIT_NANOS) {
        throw new CardException(
            MmcError.TIMEOUT, String.format("card must power up within 1 s: ocr=0x%08x", ocr));
      }
      wait.pause(POWER_UP_POLL_NANOS);
      ocr = path.must(EmmcCommand.SEND_OP_COND, argument).word(0);
    }
    sectorAddressed =
        OcrFields.ACCESS_MODE.extractInt(Integer.toUnsignedLong(ocr)) == OcrFields.ACCESS_SECTOR;
  }

  private void configure() throws CardException {
    if (value(ExtCsd.ERASE_TIMEOUT_MULT) != 0 && value(ExtCsd.HC_ERASE_GRP_SIZE) != 0) {
      write(ExtCsd.ERASE_GROUP_DEF, ExtCsdFields.ERASE_GROUP_DEF_HIGH_CAPACITY.mask32());
    }
    int partition = (int) value(ExtCsd.PARTITION_CONFIG);
    if (ExtCsdFields.PARTITION_ACCESS.extractInt(partition) != ExtCsdFields.ACCESS_USER) {
      write(
          ExtCsd.PARTITION_CONFIG,
          ExtCsdFields.PARTITION_ACCESS.insert32(partition, ExtCsdFields.ACCESS_USER));
    }
    if (value(ExtCsd.EXT_CSD_REV) >= 6) {
      write(ExtCsd.POWER_OFF_NOTIFICATION, ExtCsdFields.POWER_ON);
    }
  }

  /** The fastest timing that host and card share. */
  private void speedUp() throws CardException {
    long type = value(ExtCsd.DEVICE_TYPE);
    if (host.has(MmcHost.CAP2_HS200) && ExtCsdFields.DEVICE_TYPE_HS200_1V8.isSet(type)) {
      hs200();
      if (host.has(MmcHost.CAP2_HS400) && ExtCsdFields.DEVICE_TYPE_HS400_1V8.isSet(type)) {
        hs400();
      }
      return;
    }
    Timing timing = Timing.LEGACY;
    int hz = LEGACY_HZ;
    if (ExtCsdFields.DEVICE_TYPE_HS52.isSet(type)) {
      timing = Timing.HIGH_SPEED;
      hz = HIGH_SPEED_HZ;
      write(ExtCsd.HS_TIMING, ExtCsdFields.TIMING_HIGH_SPEED, new Ios(true, 1, timing, hz, false));
    } else {
      path.setIos(new Ios(true, 1, timing, hz, false));
    }
    widen(timing, hz);
    boolean ddr = host.hasCap(MmcHost.CAP_1V8_DDR) || host.hasCap(MmcHost.CAP_3V3_DDR);
    if (ddr && timing == Timing.HIGH_SPEED && ExtCsdFields.DEVICE_TYPE_DDR52.isSet(type)) {
      ddr52();
    }
  }

  private void widen(Timing timing, int hz) throws CardException {
    int lines = lines();
    if (lines == 1) {
      return;
    }
    int width = lines == 8 ? ExtCsdFields.WIDTH_8 : ExtCsdFields.WIDTH_4;
    write(ExtCsd.BUS_WIDTH, width, new Ios(true, lines, timing, hz, false));
    compareExtCsd();
  }

  /** How many data lines host and card share. */
  private int lines() {
    if (host.hasCap(MmcHost.CAP_8_BIT)) {
      return 8;
    }
    return host.hasCap(MmcHost.CAP_4_BIT) ? 4 : 1;
  }

  /** Both edges of the clock, from high speed over a wide bus; needs no tuning. */
  private void ddr52() throws CardException {
    int lines = lines();
    if (lines > 1) {
      int width = lines == 8 ? ExtCsdFields.WIDTH_8_DDR : ExtCsdFields.WIDTH_4_DDR;
      write(ExtCsd.BUS_WIDTH, width, new Ios(true, lines, Timing.DDR52, HIGH_SPEED_HZ, false));
    }
  }

  private void hs200() throws CardException {
    widen(Timing.LEGACY, LEGACY_HZ);
    switchToHs200();
  }

  /**
   * Looks for the sampling point anew, with the card selected and nothing in flight. HS400 has none
   * of its own: it steps down to HS200 for that.
   */
  void retune() throws CardException {
    switch (path.timing()) {
      case LEGACY, HIGH_SPEED, DDR52 -> {}
      case HS200 -> tune();
      case HS400 -> {
        write(
            ExtCsd.HS_TIMING,
            ExtCsdFields.TIMING_HIGH_SPEED,
            new Ios(true, 8, Timing.HIGH_SPEED, HIGH_SPEED_HZ, false));
        write(ExtCsd.BUS_WIDTH, ExtCsdFields.WIDTH_8, null);
        switchToHs200();
        hs400();
      }
    }
  }

  private void switchToHs200() throws CardException {
    write(
        ExtCsd.HS_TIMING,
        ExtCsdFields.TIMING_HS200,
        new Ios(true, lines(), Timing.HS200, HS200_HZ, false));
    tune();
  }

  private void tune() throws CardException {
    MmcError tuned = host.ops().executeTuning();
    if (tuned != MmcError.NONE) {
      throw new CardException(tuned, "tuning for HS200 must succeed: error=" + tuned);
    }
  }

  private void hs400() throws CardException {
    write(
        ExtCsd.HS_TIMING,
        ExtCsdFields.TIMING_HIGH_SPEED,
        new Ios(true, 8, Timing.HIGH_SPEED, HIGH_SPEED_HZ, false));
    write(ExtCsd.BUS_WIDTH, ExtCsdFields.WIDTH_8_DDR, null);
    write(
        ExtCsd.HS_TIMING,
        ExtCsdFields.TIMING_HS400,
        new Ios(true, 8, Timing.HS400, HS200_HZ, false));
  }

  /** Reads EXT_CSD over the wider bus and compares what must not have changed. */
  private void compareExtCsd() throws CardException {
    path.readExtCsd(buffer);
    byte[] wide = buffer.asSlice(0, ExtCsd.BYTES).toArray(ValueLayout.JAVA_BYTE);
    for (ExtCsd field : CONSTANT_FIELDS) {
      long before = MmcCard.value(extCsd, field);
      long after = MmcCard.value(wide, field);
      if (before != after) {
        throw new CardException(
            MmcError.CRC,
            field + " must read the same over the wide bus: before=" + before + " after=" + after);
      }
    }
  }

  private void switchOnFeatures() throws CardException {
    if (value(ExtCsd.HPI_FEATURES) % 2 == 1) {
      write(ExtCsd.HPI_MGMT, 1);
    }
    if (value(ExtCsd.EXT_CSD_REV) >= 6) {
      write(ExtCsd.EXCEPTION_EVENTS_CTRL, ExtCsdFields.EVENT_SYSPOOL_EXHAUSTED.mask32());
    }
    if (value(ExtCsd.CACHE_SIZE) > 0) {
      write(ExtCsd.CACHE_CTRL, ExtCsdFields.CACHE_ENABLE.mask32());
      cacheOn = true;
    }
    int depth = ExtCsdFields.CMDQ_DEPTH_LESS_ONE.extractInt(value(ExtCsd.CMDQ_DEPTH)) + 1;
    if (host.has(MmcHost.CAP2_CQE)
        && ExtCsdFields.CMDQ_SUPPORTED.isSet(value(ExtCsd.CMDQ_SUPPORT))
        && depth >= QUEUE_DEPTH_MIN) {
      write(ExtCsd.CMDQ_MODE_EN, ExtCsdFields.CMDQ_MODE_ENABLE.mask32());
      queueOn = true;
    }
  }

  private long value(ExtCsd field) {
    return MmcCard.value(extCsd, field);
  }

  private void write(ExtCsd field, int value) throws CardException {
    write(field, value, null);
  }

  private void write(ExtCsd field, int value, Ios ios) throws CardException {
    long limit = Math.max(value(ExtCsd.GENERIC_CMD6_TIME) * 10_000_000L, 500_000_000L);
    if (field == ExtCsd.CACHE_CTRL) {
      limit = Math.max(limit, CACHE_LIMIT_NANOS);
    }
    path.writeExtCsd(field, value, RCA, limit, ios);
  }
}
