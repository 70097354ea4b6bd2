package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import java.io.PrintWriter;
import java.util.List;

/** {@code keyslot create}: a sparse image, its key, and its sidecar. */
final class CreateCommand implements Command {

  CreateCommand() {}

  @Override
  public String name() {
    return "create";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Make an encrypted image, its key and its sidecar.",
        "",
        "The image is a sparse file; the sidecar IMAGE.keyslot describes it. A key",
        "file that exists is used, a missing one is made. Volumes may be listed, each",
        "with its own key; otherwise one volume covers the image.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .operand(ImageArguments.LABEL, ImageArguments.MEANING)
        .requiredValue(
            ImageArguments.SIZE, "SIZE", "Bytes, or a number with K, M, G or T (powers of 1024).")
        .value(ImageArguments.DATA_UNIT, "BYTES", "Bytes encrypted as one: 512 or 4096 (default).");
    ImageArguments.declareKeys(syntax);
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    ImageRequest request = ImageArguments.request(words);
    print(out, request, ImageCreation.create(request));
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
