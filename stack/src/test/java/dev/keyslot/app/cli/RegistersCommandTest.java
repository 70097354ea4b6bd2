package dev.keyslot.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The register map as a table and as JSON; the lines below are typed by hand. */
class RegistersCommandTest {

  private static String print(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    assertThat(exit).as(err.toString()).isZero();
    return out.toString();
  }

  @Test
  void printsATableOfEveryDatasheet() {
    assertThat(print("registers").lines())
        .contains(
            "sdhci at 000h",
            "cqhci at 200h",
            "cqhci-command-crypto at 200h",
            "ice at 000h",
            "  0FE    HOST_VERSION             read only          0002      7:0 specification"
                + " version, 15:8 vendor",
            "  228    TDBR                     write one to set   00000000  doorbell: bit i starts"
                + " the task in slot i",
            "  250    RMEM                     read write         FDF9A080  response mode error"
                + " mask",
            "  274    DATA_UNIT_NUMBER         read write         00000000  number of the first"
                + " data unit",
            "  9004   HWKM_TZ_KM_STATUS        read only          00000287  key table, boot lists,"
                + " self-tests");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sdhci-pci", "sdhci-plain"})
  void printsJsonOfOneHost(String host) {
    JsonNode map = JsonMapper.shared().readTree(print("registers", "--host", host, "--json"));
    JsonNode blocks = map.get("blocks");
    assertThat(List.of(blocks.get(0).get("name").asString(), blocks.get(1).get("name").asString()))
        .containsExactly("sdhci", "cqhci");
    assertThat(blocks.get(1).get("base").asInt()).isEqualTo(0x200);
    JsonNode cap = blocks.get(1).get("registers").get(1);
    assertThat(cap.get("name").asString()).isEqualTo("CAP");
    assertThat(cap.get("offset").asInt()).isEqualTo(0x204);
    assertThat(cap.get("widthBytes").asInt()).isEqualTo(4);
    assertThat(cap.get("access").asString()).isEqualTo("read only");
    assertThat(cap.get("reset").asLong()).isEqualTo(0x100030C0L);
    assertThat(cap.get("meaning").asString()).startsWith("capabilities");
  }

  /** What no driver on that host can reach is not said to be writable. */
  @Test
  void saysWhichHostHasKeyslotsForSoftware() {
    assertThat(line("sdhci-pci", "CRYPTOCFG"))
        .isEqualTo(
            "  1200   CRYPTOCFG                write only         00000000  keyslots, 128 bytes"
                + " each, at CCAP.CFGPTR * 100h");
    assertThat(line("sdhci-msm", "CRYPTOCFG"))
        .isEqualTo(
            "  1800   CRYPTOCFG                firmware only      00000000  keyslots, by secure"
                + " calls; software reads 0, writes are lost\n"
                + "  4040   CRYPTOCFG                read write         00000000  dword 16 of slot"
                + " s at + 80h s; wrapped keys only");
    assertThat(line("inline-keys", "CRYPTOCFG")).isEmpty();
    JsonNode json = JsonMapper.shared().readTree(print("registers", "--host=sdhci-msm", "--json"));
    JsonNode registers = json.get("blocks").get(1).get("registers");
    JsonNode last = registers.get(registers.size() - 1);
    assertThat(last.get("name").asString()).isEqualTo("CRYPTOCFG");
    assertThat(last.get("access").asString()).isEqualTo("firmware only");
  }

  private static String line(String host, String register) {
    return print("registers", "--host", host)
        .lines()
        .filter(line -> line.contains(" " + register + " "))
        .collect(Collectors.joining("\n"));
  }

  /** CAP and CCAP of each, by hand: bit 28 crypto, 31 keys with tasks; slots less one in 15:8. */
  @ParameterizedTest
  @CsvSource({
    "sdhci-pci, 204, 100030C0, 300, 10001F01",
    "sdhci-msm, 804, 100030C0, 900, 10001F01",
    "sdhci-ice, 204, 100030C0, 300, 10001F01",
    "inline-keys, 204, 800030C0, 300, 00000001",
    "sdhci-plain, 204, 100030C0, 300, 10000001"
  })
  void showsTheCapabilitiesOfThatHost(
      String host, String capAt, String cap, String ccapAt, String ccap) {
    assertThat(line(host, "CAP"))
        .startsWith("  " + capAt + "    CAP                      read only          " + cap);
    assertThat(line(host, "CCAP"))
        .startsWith("  " + ccapAt + "    CCAP                     read only          " + ccap);
  }

  @Test
  void listsTheVendorRegistersOfQualcommsHost() {
    assertThat(print("registers", "--host", "sdhci-msm").lines())
        .contains(
            "qualcomm-vendor at 000h",
            "  260    VENDOR_FUNCTION_4        read write         00008000  SDHCI block; bit 15: no"
                + " crypto for commands outside the queue",
            "  1200   QUEUE_VENDOR_CONFIG      read write         00006000  CQHCI block; 14:13:"
                + " reset when the queue is enabled");
    assertThat(line("sdhci-msm", "FIRMWARE_FEATURES"))
        .as("the served part's firmware takes the zero rule")
        .startsWith("  1FFC   FIRMWARE_FEATURES        read only          00000001");
    assertThat(print("registers", "--host", "sdhci-pci")).doesNotContain("qualcomm");
  }

  @Test
  void namesTheHostsThereAre() {
    StringWriter err = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(new StringWriter()),
            new PrintWriter(err),
            "registers",
            "--host",
            "sdhci-acpi");
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).startsWith("keyslot: host must be one of sdhci-pci");
  }
}
