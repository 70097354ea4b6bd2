package dev.keyslot.app.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each step of a host's life is a line of the trace: time, name, whose, thread. */
class LifecycleOutputTest {

  @TempDir private Path directory;

  @Test
  void writesTheLifeOfAHostFromProbeToRelease() throws Exception {
    Path file = directory.resolve("life");
    try (LifecycleOutput output = LifecycleOutput.create(Optional.of(file));
        HeapMedia media = new HeapMedia(1 << 20)) {
      SiliconProbe probe =
          new SiliconProbe() {
            @Override
            public Mmio registers(Mmio registers, InterruptLine interrupt, int queueBase) {
              return registers;
            }

            @Override
            public void step(LifecycleTrace.Event event) {
              output.print(event);
            }
          };
      new SteppedStack(
              media,
              4096,
              DiscardPolicy.DEALLOCATE,
              HostChoice.of(HostKind.SDHCI_MSM),
              XtsEngines.byName("jdk"),
              probe)
          .close();
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).allMatch(line -> line.matches(" *[0-9]+ us  .* mmc0( HS400 x8)? \\[.+\\]"));
    assertThat(lines.getFirst()).contains(" us  probe {");
    assertThat(lines.getLast()).contains(" us  all resources released");
    assertThat(lines.getLast()).endsWith("mmc0 [" + Thread.currentThread().getName() + "]");
    assertThat(lines)
        .anyMatch(line -> line.contains(LifecycleStep.ICE_INITIALISED.label()))
        .anyMatch(line -> line.contains(LifecycleStep.KEYSLOTS_DESTROYED.label()));
  }

  @Test
  void aFileThatExistsIsLeftAlone() throws Exception {
    Path file = Files.writeString(directory.resolve("life"), "mine");
    assertThatThrownBy(() -> LifecycleOutput.create(Optional.of(file)))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("mine");
  }
}
