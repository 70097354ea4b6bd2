package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keyslot create}: a sparse image, its key, and its sidecar. */
@Command(
    name = "create",
    sortOptions = false,
    description = {
      "Make an encrypted image, its key and its sidecar.",
      "",
      "The image is a sparse file; the sidecar IMAGE.keyslot describes it. A key",
      "file that exists is used, a missing one is made. Volumes may be listed, each",
      "with its own key; otherwise one volume covers the image.",
      ""
    })
final class CreateCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Mixin private ImageArguments arguments;

  @Option(
      names = "--size",
      required = true,
      paramLabel = "SIZE",
      order = 1,
      description = "Bytes, or a number with K, M, G or T (powers of 1024).")
  private String size;

  @Option(
      names = "--data-unit",
      paramLabel = "BYTES",
      order = 2,
      description = "Bytes encrypted as one: 512 or 4096 (default).")
  private Integer dataUnitBytes;

  CreateCommand() {}

  @Override
  public Integer call() throws StackException {
    ImageRequest request = arguments.request(size, dataUnitBytes);
    ImageCreation.Result result = ImageCreation.create(request);
    print(command.commandLine().getOut(), request, result);
    return 0;
  }

  /** What was made, for this command and for {@code serve --size}. */
  static void print(PrintWriter out, ImageRequest request, ImageCreation.Result result) {
    out.printf(
        "created %s (%s, data unit %d bytes)%n",
        request.image(),
        ByteSize.exact(result.sidecar().imageBytes()),
        result.sidecar().dataUnitBytes());
    out.printf("created %s%n", Sidecar.pathFor(request.image()));
    result.keysCreated().forEach(key -> out.printf("created %s%n", key));
    printKeyHint(out, request);
  }

  /** The warning that belongs to the default place of a key. */
  static void printKeyHint(PrintWriter out, ImageRequest request) {
    if (request.keyFile().isEmpty() && request.volumes().isEmpty()) {
      out.println(
          "note: a key beside its image protects nothing if both are taken; keep it elsewhere"
              + " and name it with --key-file");
    }
    out.flush();
  }
}
