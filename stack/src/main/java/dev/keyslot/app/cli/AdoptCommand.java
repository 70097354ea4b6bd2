package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keyslot adopt}: a sidecar for an image that lacks one. */
@Command(
    name = "adopt",
    sortOptions = false,
    description = {
      "Make a sidecar for an image that has none.",
      "",
      "For an image whose sidecar was lost, or that dm-crypt (plain64, large IV",
      "sectors) or dm-default-key wrote. The image and its key stay as they are; a",
      "sidecar is never overwritten.",
      ""
    })
final class AdoptCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private ImageArguments arguments;

  @Option(
      names = "--data-unit",
      required = true,
      paramLabel = "BYTES",
      order = 2,
      description = "Bytes that were encrypted as one: 512 or 4096.")
  private Integer dataUnitBytes;

  AdoptCommand() {}

  @Override
  public Integer call() throws StackException {
    ImageRequest request = arguments.request(null, dataUnitBytes);
    Sidecar sidecar = ImageCreation.adopt(request);
    var out = command.commandLine().getOut();
    out.printf(
        "created %s (%s, data unit %d bytes)%n",
        Sidecar.pathFor(request.image()),
        ByteSize.exact(sidecar.imageBytes()),
        sidecar.dataUnitBytes());
    out.println(
        "note: nothing in an image tells which key and data unit it was written with; read"
            + " something you know before you write");
    out.flush();
    return 0;
  }
}
