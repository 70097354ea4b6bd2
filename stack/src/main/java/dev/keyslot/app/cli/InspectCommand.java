package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.survey.ImageSurvey;
import dev.keyslot.app.survey.UnitKind;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code keyslot inspect}: what an image looks like from outside, and from inside with its key. */
final class InspectCommand implements Command {

  private static final String ALL_UNITS = "all-units";

  InspectCommand() {}

  @Override
  public String name() {
    return "inspect";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Show what is allocated and whether it looks encrypted.",
        "",
        "Works without the key and while the image is being served. With the key,",
        "which is used if it lies at its default place, the sidecar's seal is checked",
        "and the plaintext looked at too.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .operand(ImageArguments.LABEL, ImageArguments.MEANING)
        .value(
            ImageArguments.DATA_UNIT,
            "BYTES",
            "512 or 4096 (default), for an image without sidecar.")
        .flag(ALL_UNITS, "Look at every allocated unit, not at 16384 of them.");
    ImageArguments.declareKeys(syntax);
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    ImageRequest request = ImageArguments.request(words);
    if (!Files.isRegularFile(request.image())) {
      throw StackException.fix("image must exist and be a regular file: image=%s", request.image());
    }
    long samples = words.has(ALL_UNITS) ? Long.MAX_VALUE : ImageSurvey.SAMPLES_DEFAULT;
    if (!Files.exists(Sidecar.pathFor(request.image()))) {
      withoutSidecar(request, samples, new Report(out));
    } else if (hasKeys(request)) {
      withKeys(request, samples, new Report(out));
    } else {
      withoutKeys(request, samples, new Report(out));
    }
    out.flush();
  }

  private static boolean hasKeys(ImageRequest request) {
    return request.keyFile().isPresent()
        || !request.volumes().isEmpty()
        || Files.exists(request.keyFileOrDefault());
  }

  private static void withKeys(ImageRequest request, long samples, Report report)
      throws StackException {
    try (ImageFile image = ImageFile.open(request, ImageFile.Access.PEEK)) {
      ImageSurvey survey =
          ImageSurvey.of(
              request.image(), image.sidecar().dataUnitBytes(), image.volumes(), samples);
      geometry(report, request, image.sidecar());
      report.line(
          "key",
          "matches the sidecar's seal%s",
          image.volumes().size() < image.sidecar().volumes().size()
              ? " (of %d volumes among %d)"
                  .formatted(image.volumes().size(), image.sidecar().volumes().size())
              : "");
      print(report, survey);
      plain(report, survey.plainKinds());
    }
  }

  private static void withoutKeys(ImageRequest request, long samples, Report report)
      throws StackException {
    Sidecar sidecar = Sidecar.readUnchecked(request.image());
    ImageSurvey survey =
        ImageSurvey.of(request.image(), sidecar.dataUnitBytes(), List.of(), samples);
    geometry(report, request, sidecar);
    report.line("key", "not at hand: the sidecar's seal is not checked");
    print(report, survey);
  }

  private static void withoutSidecar(ImageRequest request, long samples, Report report)
      throws StackException {
    int unitBytes = request.dataUnitBytes().orElse(ImageRequest.DEFAULT_DATA_UNIT_BYTES);
    ImageSurvey survey = ImageSurvey.of(request.image(), unitBytes, List.of(), samples);
    report.line("image", "%s", request.image());
    report.line("sidecar", "none (keyslot adopt makes one)");
    report.line("data unit", "%d bytes, assumed", unitBytes);
    print(report, survey);
  }

  private static void geometry(Report report, ImageRequest request, Sidecar sidecar) {
    report.line("image", "%s", request.image());
    report.line("uuid", "%s", sidecar.imageUuid());
    report.line("data unit", "%d bytes", sidecar.dataUnitBytes());
    report.line("volumes", "%d", sidecar.volumes().size());
    for (Sidecar.Volume volume : sidecar.volumes()) {
      report.line(
          "",
          "%s: %s from offset %d, first DUN %d, step %d, key generation %d",
          volume.name().isEmpty() ? "(the whole image)" : volume.name(),
          ByteSize.exact(volume.sizeBytes()),
          volume.offsetBytes(),
          volume.dunRule().firstDun(),
          volume.dunRule().stepPerUnit(),
          volume.keyGeneration());
    }
  }

  private static void print(Report report, ImageSurvey survey) {
    var extents = survey.extents();
    bytes(report, "size", extents.sizeBytes());
    bytes(report, "allocated", extents.dataBytes());
    bytes(report, "holes", extents.holeBytes());
    report.line(
        "units", "%d of %d allocated looked at", survey.sampledUnits(), survey.allocatedUnits());
    report.line("ciphertext", "%d look like it", count(survey.kinds(), UnitKind.RANDOM));
    report.line("zero", "%d allocated, but all zero", count(survey.kinds(), UnitKind.ZERO));
    report.line("torn", "%d with some sectors all zero", count(survey.kinds(), UnitKind.TORN));
    report.line(
        "suspicious",
        "%d with uneven bytes or repeated blocks, not what AES-XTS leaves",
        count(survey.kinds(), UnitKind.STRUCTURED));
    if (!survey.suspectOffsets().isEmpty()) {
      report.line(
          "look at",
          "offsets %s",
          survey.suspectOffsets().stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }
  }

  private static void plain(Report report, Map<UnitKind, Long> kinds) {
    report.line(
        "plaintext",
        "%d units structured, %d zero, %d zero in part, %d random (compressed, encrypted, or"
            + " wrong)",
        count(kinds, UnitKind.STRUCTURED),
        count(kinds, UnitKind.ZERO),
        count(kinds, UnitKind.TORN),
        count(kinds, UnitKind.RANDOM));
  }

  private static long count(Map<UnitKind, Long> kinds, UnitKind kind) {
    return kinds.getOrDefault(kind, 0L);
  }

  private static void bytes(Report report, String name, long bytes) {
    report.line(name, bytes < 1024 ? "%s" : "%s (%d bytes)", ByteSize.approximate(bytes), bytes);
  }
}
