package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.stack.VirtualController;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.RegisterScript;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Linux's order of accesses from probe to an enabled queue, replayed from a script. */
class LinuxProbeScriptTest {

  private static final long SECTORS = 1 << 23;

  private static List<String> script() throws IOException {
    return script("linux-probe.txt");
  }

  private static List<String> script(String name) throws IOException {
    try (var in = LinuxProbeScriptTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
    }
  }

  private static int run(FaultPlan faults, List<String> lines) {
    try (HeapMedia media = new HeapMedia(SECTORS * 512);
        var silicon = VirtualController.create(HostIdentity.PCI_INTEL, faults)) {
      silicon.insertCard(CardProfile.served(SECTORS), media);
      return new RegisterScript(silicon.registers(), silicon::step).run(lines);
    }
  }

  @Test
  void comesOutAsTheReferenceSays() throws Exception {
    assertThat(run(FaultPlan.NONE, script())).isEqualTo(117);
  }

  /** A host with enhanced strobe goes another way from legacy timing to HS400. */
  @Test
  void comesOutAsTheReferenceSaysWithEnhancedStrobe() throws Exception {
    List<String> usual = script();
    int from =
        usual.indexOf(usual.stream().filter(s -> s.startsWith("# step 6")).findAny().orElseThrow());
    List<String> lines = new ArrayList<>(usual.subList(0, from));
    lines.addAll(script("linux-probe-strobe.txt"));
    lines.addAll(usual.subList(usual.indexOf("# step 7, 8"), usual.size()));
    assertThat(run(FaultPlan.NONE, lines)).isEqualTo(99);
  }

  /** The replay sees a difference: in a value, and in a card that stays silent. */
  @Test
  void aDifferenceIsSeen() throws Exception {
    List<String> wrong =
        script().stream().map(line -> line.replace("r 16 FE 0002", "r 16 FE 0003")).toList();
    assertThatThrownBy(() -> run(FaultPlan.NONE, wrong))
        .hasMessage("line 14: r 16 FE 0003: expected 3, was 2");
    List<String> lines = script();
    assertThatThrownBy(
            () -> run(FaultPlan.parse("command-silent index 3 nth 1", 0, line -> {}), lines))
        .hasMessageStartingWith("line 47: c 3 00010000 1A: never came: 1");
  }
}
