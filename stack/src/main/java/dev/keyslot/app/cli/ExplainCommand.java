package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.survey.Explanation;
import dev.keyslot.app.survey.OtherReaders;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** {@code keyslot explain}: what lies at an offset, and how other programs would read it. */
final class ExplainCommand implements Command {

  ExplainCommand() {}

  @Override
  public String name() {
    return "explain";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Explain where a byte lies and how others would read it.",
        "",
        "Names its volume, data unit, tweak and sectors, and the parameters with which",
        "dm-crypt and dm-default-key would read the volume. Needs no key.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .operand(ImageArguments.LABEL, ImageArguments.MEANING)
        .operand("OFFSET", "From the image's start; bytes or K, M, G, T.")
        .value(
            ImageArguments.KEY_FILE,
            "FILE",
            "Key file to name in the commands; default: IMAGE.key.");
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    Path image = words.operandPath(0);
    Path key = words.path(ImageArguments.KEY_FILE).orElse(ImageRequest.beside(image, ".key"));
    long offsetBytes =
        UsageException.ifRefused(() -> ByteSize.parse(words.operands().get(1), "offset"));
    Sidecar sidecar = Sidecar.readUnchecked(image);
    Explanation found = Explanation.of(image, sidecar, offsetBytes);
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
    report.line("stored", "%s", described(found.place()));
    if (OtherReaders.canRead(sidecar, volume)) {
      printReaders(out, image, sidecar, volume, key);
    } else {
      out.println("dm-crypt and dm-default-key cannot count data units as this volume does");
    }
    out.flush();
  }

  private static String described(Explanation.Place place) {
    return switch (place) {
      case HOLE -> "hole: nothing on the medium, reads as zeros";
      case DATA -> "data";
      case PARTLY -> "in part: the rest is a hole and reads as zeros";
    };
  }

  private static void printReaders(
      PrintWriter out, Path image, Sidecar sidecar, Sidecar.Volume volume, Path key) {
    out.println();
    out.println("dm-crypt reads the volume with (root; attaches a loop device itself):");
    out.println("  " + OtherReaders.cryptsetup(image, sidecar, volume, key));
    out.println("dm-default-key with the device-mapper table:");
    out.println("  " + OtherReaders.defaultKeyTable(sidecar, volume));
    out.println();
    out.println("warning: both read holes as noise, where Keyslot reads zeros.");
    out.println("A key file of hex digits must be made raw for cryptsetup:");
    out.printf("  (umask 077; xxd -r -p %s > KEY.raw)%n", OtherReaders.quoted(key));
  }
}
