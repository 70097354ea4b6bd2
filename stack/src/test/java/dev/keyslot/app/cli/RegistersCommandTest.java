package dev.keyslot.app.cli;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Collectors;
import org.assertj.core.api.ListAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

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
    ListAssert<Object> blocks = blocks("registers", "--host", host, "--json");
    blocks.extracting("name").startsWith("sdhci", "cqhci");
    blocks.element(1).extracting("base").isEqualTo(0x200);
    var cap = blocks.element(1).extracting("registers", as(LIST)).element(1);
    cap.extracting("name", "offset", "widthBytes", "access", "reset")
        .containsExactly("CAP", 0x204, 4, "read only", 0x100030C0);
    cap.extracting("meaning", as(STRING)).startsWith("capabilities");
  }

  /** Read by another parser than wrote it: JSON is YAML. */
  private static ListAssert<Object> blocks(String... arguments) {
    Object json = new Load(LoadSettings.builder().build()).loadFromString(print(arguments));
    return assertThat(json).asInstanceOf(MAP).extractingByKey("blocks", as(LIST));
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
    blocks("registers", "--host=sdhci-msm", "--json")
        .element(1)
        .extracting("registers", as(LIST))
        .last()
        .extracting("name", "access")
        .containsExactly("CRYPTOCFG", "firmware only");
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
