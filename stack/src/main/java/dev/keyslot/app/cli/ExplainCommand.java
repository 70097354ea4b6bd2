package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.survey.Explanation;
import dev.keyslot.app.survey.OtherReaders;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keyslot explain}: what lies at an offset, and how other programs would read it. */
@Command(
    name = "explain",
    sortOptions = false,
    description = {
      "Explain where a byte lies and how others would read it.",
      "",
      "Names its volume, data unit, tweak and sectors, and the parameters with which",
      "dm-crypt and dm-default-key would read the volume. Needs no key.",
      ""
    })
final class ExplainCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "IMAGE", description = "The image file.")
  private Path image;

  @Parameters(paramLabel = "OFFSET", description = "From the image's start; bytes or K, M, G, T.")
  private String offset;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "Key file to name in the commands; default: IMAGE.key.")
  private Path keyFile;

  ExplainCommand() {}

  @Override
  public Integer call() throws StackException {
    Sidecar sidecar = Sidecar.readUnchecked(image);
    Explanation found = Explanation.of(image, sidecar, offsetBytes());
    PrintWriter out = command.commandLine().getOut();
    Sidecar.Volume volume = found.volume();
    Report report = new Report(out);
    report.line(
        "volume",
        "%s, bytes %d to %d",
        volume.name().isEmpty() ? "the whole image" : volume.name(),
        volume.offsetBytes(),
        volume.endBytes() - 1);
    report.line(
        "data unit",
        "%d of the volume, %d bytes from offset %d",
        found.unit(),
        found.dataUnitBytes(),
        found.unitOffsetBytes());
    report.line("DUN", "%d (0x%x)", found.dun(), found.dun());
    report.line("tweak", "%s (16 bytes, little-endian)", found.tweak());
    report.line("sectors", "%d to %d of the image", found.firstSector(), found.lastSector());
    report.line("stored", "%s", words(found.place()));
    printReaders(out, sidecar, volume);
    return 0;
  }

  private long offsetBytes() {
    try {
      return ByteSize.parse(offset, "offset");
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static String words(Explanation.Place place) {
    return switch (place) {
      case HOLE -> "hole: nothing on the medium, reads as zeros";
      case DATA -> "data";
      case PARTLY -> "in part: the rest is a hole and reads as zeros";
    };
  }

  private void printReaders(PrintWriter out, Sidecar sidecar, Sidecar.Volume volume) {
    if (!OtherReaders.canRead(sidecar, volume)) {
      out.println("dm-crypt and dm-default-key cannot count data units as this volume does");
      out.flush();
      return;
    }
    Path key = keyFile != null ? keyFile : ImageRequest.beside(image, ".key");
    out.println();
    out.println("dm-crypt reads the volume with (root; attaches a loop device itself):");
    out.println("  " + OtherReaders.cryptsetup(image, sidecar, volume, key));
    out.println("dm-default-key with the device-mapper table:");
    out.println("  " + OtherReaders.defaultKeyTable(sidecar, volume));
    out.println();
    out.println("warning: both read holes as noise, where Keyslot reads zeros.");
    out.println("A key file of hex digits must be made raw for cryptsetup:");
    out.printf("  (umask 077; xxd -r -p %s > KEY.raw)%n", OtherReaders.quoted(key));
    out.flush();
  }
}
