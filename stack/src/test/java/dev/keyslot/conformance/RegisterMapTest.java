package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.ice.IceRegister;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.link.sdhci.SdhciRegister;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.testkit.Silicon;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The register maps against a second copy, typed from device-side reference 2.1, 3.1 and 4.1. */
class RegisterMapTest {

  /** name offset width access reset, all numbers hexadecimal. */
  private static final String CQHCI =
      """
      VER 00 4 READ_ONLY 510
      CAP 04 4 READ_ONLY 100030C0
      CFG 08 4 READ_WRITE 0
      CTL 0C 4 READ_WRITE 0
      IS 10 4 WRITE_ONE_TO_CLEAR 0
      ISTE 14 4 READ_WRITE 0
      ISGE 18 4 READ_WRITE 0
      IC 1C 4 READ_WRITE 0
      TDLBA 20 4 READ_WRITE 0
      TDLBAU 24 4 READ_WRITE 0
      TDBR 28 4 WRITE_ONE_TO_SET 0
      TCN 2C 4 WRITE_ONE_TO_CLEAR 0
      DQS 30 4 READ_ONLY 0
      DPT 34 4 READ_ONLY 0
      TCLR 38 4 WRITE_ONE_TO_SET 0
      TDPE 3C 4 WRITE_ONE_TO_CLEAR 0
      SSC1 40 4 READ_WRITE 11000
      SSC2 44 4 READ_WRITE 0
      CRDCT 48 4 READ_ONLY 0
      RMEM 50 4 READ_WRITE FDF9A080
      TERRI 54 4 READ_ONLY 0
      CRI 58 4 READ_ONLY 0
      CRA 5C 4 READ_ONLY 0
      CCAP 100 4 READ_ONLY 10001F01
      CRYPTOCAP 104 4 READ_ONLY 8003FF00
      CRYPTOCFG 1000 4 WRITE_ONLY 0
      """;

  private static final String SDHCI =
      """
      SDMA_ADDRESS 00 4 READ_WRITE 0
      BLOCK_SIZE 04 2 READ_WRITE 0
      BLOCK_COUNT 06 2 READ_WRITE 0
      ARGUMENT 08 4 READ_WRITE 0
      TRANSFER_MODE 0C 2 READ_WRITE 0
      COMMAND 0E 2 READ_WRITE 0
      RESPONSE_0 10 4 READ_ONLY 0
      RESPONSE_1 14 4 READ_ONLY 0
      RESPONSE_2 18 4 READ_ONLY 0
      RESPONSE_3 1C 4 READ_ONLY 0
      BUFFER_DATA 20 4 READ_WRITE 0
      PRESENT_STATE 24 4 READ_ONLY 1FF00F0
      HOST_CONTROL_1 28 1 READ_WRITE 0
      POWER_CONTROL 29 1 READ_WRITE 0
      BLOCK_GAP_CONTROL 2A 1 READ_WRITE 0
      WAKEUP_CONTROL 2B 1 READ_WRITE 0
      CLOCK_CONTROL 2C 2 READ_WRITE 0
      TIMEOUT_CONTROL 2E 1 READ_WRITE 0
      SOFTWARE_RESET 2F 1 WRITE_ONE_TO_SET 0
      NORMAL_INTERRUPT_STATUS 30 2 WRITE_ONE_TO_CLEAR 0
      ERROR_INTERRUPT_STATUS 32 2 WRITE_ONE_TO_CLEAR 0
      NORMAL_STATUS_ENABLE 34 2 READ_WRITE 0
      ERROR_STATUS_ENABLE 36 2 READ_WRITE 0
      NORMAL_SIGNAL_ENABLE 38 2 READ_WRITE 0
      ERROR_SIGNAL_ENABLE 3A 2 READ_WRITE 0
      AUTO_COMMAND_ERROR 3C 2 READ_ONLY 0
      HOST_CONTROL_2 3E 2 READ_WRITE 0
      CAPABILITIES_LOW 40 4 READ_ONLY 556CC881
      CAPABILITIES_HIGH 44 4 READ_ONLY 2007
      MAX_CURRENT 48 4 READ_ONLY 0
      MAX_CURRENT_HIGH 4C 4 READ_ONLY 0
      FORCE_AUTO_COMMAND_ERROR 50 2 WRITE_ONLY 0
      FORCE_ERROR_INTERRUPT 52 2 WRITE_ONLY 0
      ADMA_ERROR 54 1 READ_ONLY 0
      ADMA_ADDRESS_LOW 58 4 READ_WRITE 0
      ADMA_ADDRESS_HIGH 5C 4 READ_WRITE 0
      PRESET_INITIAL 60 2 READ_ONLY FA
      PRESET_DEFAULT 62 2 READ_ONLY 4
      PRESET_HIGH_SPEED 64 2 READ_ONLY 2
      PRESET_SDR12 66 2 READ_ONLY 4
      PRESET_SDR25 68 2 READ_ONLY 2
      PRESET_SDR50 6A 2 READ_ONLY 1
      PRESET_SDR104 6C 2 READ_ONLY 0
      PRESET_DDR50 6E 2 READ_ONLY 2
      PRESET_HS400 74 2 READ_ONLY 0
      ENHANCED_STROBE 78 4 READ_WRITE 0
      SLOT_INTERRUPT_STATUS FC 2 READ_ONLY 0
      HOST_VERSION FE 2 READ_ONLY 2
      """;

  private static final String ICE =
      """
      CONTROL 00 4 READ_WRITE 1
      VERSION 08 4 READ_ONLY 3020001
      FUSE_SETTING 10 4 READ_ONLY 0
      BIST_STATUS 70 4 READ_ONLY 0
      ADVANCED_CONTROL 1000 4 READ_WRITE 0
      FIRMWARE_FEATURES 1FFC 4 READ_ONLY 0
      CRYPTOCFG 4040 4 READ_WRITE 0
      HWKM_TZ_KM_CTL 9000 4 READ_WRITE 6
      HWKM_TZ_KM_STATUS 9004 4 READ_ONLY 287
      HWKM_BANK0_IRQ_STATUS A008 4 WRITE_ONE_TO_CLEAR 0
      HWKM_BANK0_ACCESS_0 D000 4 READ_WRITE 0
      HWKM_BANK0_ACCESS_1 D004 4 READ_WRITE 0
      HWKM_BANK0_ACCESS_2 D008 4 READ_WRITE 0
      HWKM_BANK0_ACCESS_3 D00C 4 READ_WRITE 0
      HWKM_BANK0_ACCESS_4 D010 4 READ_WRITE 0
      """;

  private static List<String> lines(Register[] map) {
    return Arrays.stream(map)
        .map(
            r ->
                "%s %02X %X %s %X"
                    .formatted(r.name(), r.offset(), r.widthBytes(), r.access(), r.resetValue()))
        .toList();
  }

  @Test
  void listsTheQueueControllersRegisters() {
    assertThat(lines(CqhciRegister.values())).isEqualTo(CQHCI.lines().toList());
  }

  @Test
  void listsTheHostControllersRegisters() {
    assertThat(lines(SdhciRegister.values())).isEqualTo(SDHCI.lines().toList());
  }

  @Test
  void listsTheQualcommEnginesRegisters() {
    assertThat(lines(IceRegister.values())).isEqualTo(ICE.lines().toList());
  }

  /** Qualcomm's two registers beside the queue's: device-side reference 3.1, 70h and 74h. */
  @Test
  void listsTheRegistersOfCommandsOutsideTheQueue() {
    assertThat(lines(NonQueueCryptoRegister.values()))
        .containsExactly("PARAMETER 70 4 READ_WRITE 0", "DATA_UNIT_NUMBER 74 4 READ_WRITE 0");
  }

  /** The table's columns as a model obeys them: all ones written to each register of a kind. */
  @Test
  void theModelKeepsTheAccessKindsOfTheQueuesTable() {
    try (Silicon silicon = Silicon.served(16384)) {
      var registers = silicon.controller();
      int[] before = new int[0x60 / 4];
      for (int i = 0; i < before.length; i++) {
        before[i] = registers.read32(0x200 + 4 * i);
      }
      for (String line : CQHCI.lines().toList()) {
        String[] columns = line.split(" ", -1);
        int offset = Integer.parseInt(columns[1], 16);
        if (offset < 0x60 && columns[3].equals("READ_ONLY")) {
          registers.write32(0x200 + offset, ~before[offset / 4]);
          assertThat(registers.read32(0x200 + offset)).as(line).isEqualTo(before[offset / 4]);
        }
        if (columns[3].equals("WRITE_ONE_TO_CLEAR")) {
          registers.write32(0x200 + offset, -1);
          assertThat(registers.read32(0x200 + offset)).as(line).isZero();
        }
      }
      for (int offset : new int[] {0x14, 0x18, 0x20, 0x24, 0x40, 0x44, 0x50}) {
        registers.write32(0x200 + offset, 0xA5A5_5A5A);
        assertThat(registers.read32(0x200 + offset)).as("%x", offset).isEqualTo(0xA5A5_5A5A);
      }
      for (int gap : new int[] {0x4C, 0x60, 0x64, 0x68, 0x6C, 0x78, 0xFC}) {
        registers.write32(0x200 + gap, -1);
        assertThat(registers.read32(0x200 + gap)).as("gap %x", gap).isZero();
      }
    }
  }

  // ---- and the model does what its map says

  /** Reading or writing these does something; other tests say what. */
  private static final Set<String> ACTIVE =
      Set.of("COMMAND", "BUFFER_DATA", "SDMA_ADDRESS", "SOFTWARE_RESET");

  static Stream<String> modelled() {
    return Stream.concat(
        SDHCI.lines().map(line -> "0 " + line), CQHCI.lines().map(line -> "200 " + line));
  }

  /** Reset value, then all ones written: what is there afterwards is what the access kind says. */
  @ParameterizedTest
  @MethodSource("modelled")
  void theModelHasTheRegister(String line) {
    String[] words = line.trim().splitWithDelimiters(" ", 0);
    int offset = Integer.parseInt(words[0], 16) + Integer.parseInt(words[4], 16);
    int width = Integer.parseInt(words[6]);
    String access = words[8];
    int reset = Integer.parseUnsignedInt(words[10], 16);
    try (Silicon silicon = Silicon.served(16384)) {
      CqhciController model = silicon.controller();
      assertThat(read(model, offset, width)).as("reset").isEqualTo(reset);
      if (ACTIVE.contains(words[2])) {
        return;
      }
      write(model, offset, width, -1);
      int after = read(model, offset, width);
      switch (access) {
        case "READ_ONLY" -> assertThat(after).isEqualTo(reset);
        case "READ_WRITE" -> assertThat(after).as("some bit is kept").isNotEqualTo(reset);
        case "WRITE_ONE_TO_CLEAR", "WRITE_ONE_TO_SET", "WRITE_ONLY" ->
            assertThat(after).as("nothing to clear, nothing enabled, nothing to read").isZero();
        default -> throw new AssertionError(access);
      }
    }
  }

  private static int read(CqhciController model, int offset, int width) {
    return switch (width) {
      case 1 -> Byte.toUnsignedInt(model.read8(offset));
      case 2 -> Short.toUnsignedInt(model.read16(offset));
      default -> model.read32(offset);
    };
  }

  private static void write(CqhciController model, int offset, int width, int value) {
    switch (width) {
      case 1 -> model.write8(offset, (byte) value);
      case 2 -> model.write16(offset, (short) value);
      default -> model.write32(offset, value);
    }
  }
}
