package dev.keyslot.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
