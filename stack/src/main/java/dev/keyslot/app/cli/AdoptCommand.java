package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import java.io.PrintWriter;
import java.util.List;

/** {@code keyslot adopt}: a sidecar for an image that lacks one. */
final class AdoptCommand implements Command {

  AdoptCommand() {}

  @Override
  public String name() {
    return "adopt";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Make a sidecar for an image that has none.",
        "",
        "For an image whose sidecar was lost, or that dm-crypt (plain64, large IV",
        "sectors) or dm-default-key wrote. The image and its key stay as they are; a",
        "sidecar is never overwritten.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .operand(ImageArguments.LABEL, ImageArguments.MEANING)
        .requiredValue(
            ImageArguments.DATA_UNIT, "BYTES", "Bytes that were encrypted as one: 512 or 4096.");
    ImageArguments.declareKeys(syntax);
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    ImageRequest request = ImageArguments.request(words);
    Sidecar sidecar = ImageCreation.adopt(request);
    out.printf(
        "created %s (%s, data unit %d bytes)%n",
        Sidecar.pathFor(request.image()),
        ByteSize.exact(sidecar.imageBytes()),
        sidecar.dataUnitBytes());
    out.println(
        "note: nothing in an image tells which key and data unit it was written with; read"
            + " something you know before you write");
    out.flush();
  }
}
