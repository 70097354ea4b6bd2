package dev.keyslot.app.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.XtsOracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A survey counts what was put into an image by hand. */
class ImageSurveyTest {

  private static final int UNIT = 4096;
  private static final long SIZE = 1L << 30;

  @TempDir private Path directory;

  @Test
  void anEmptyImageIsAllHole() throws Exception {
    Path image = create();
    ImageSurvey survey = ImageSurvey.of(image, UNIT, List.of(), 100);
    assertThat(survey.extents()).isEqualTo(new ImageSurvey.Extents(SIZE, 0));
    assertThat(survey.extents().holeBytes()).isEqualTo(SIZE);
    assertThat(survey.allocatedUnits()).isZero();
    assertThat(survey.kinds()).isEmpty();
  }

  @Test
  void countsKindsAndTellsWhereToLook() throws Exception {
    Path image = create();
    byte[] key = Files.readAllBytes(ImageRequest.of(image).keyFileOrDefault());
    byte[] torn = unit(key, 300, Patterns.sevens(UNIT));
    Arrays.fill(torn, 512, 1024, (byte) 0);
    byte[] text =
        Arrays.copyOf(
            "plain text in the open ".repeat(200).getBytes(StandardCharsets.US_ASCII), UNIT);
    write(image, 100, unit(key, 100, text));
    write(image, 101, unit(key, 101, Patterns.sevens(UNIT)));
    write(image, 200, new byte[UNIT]);
    write(image, 300, torn);
    write(image, 262_143, text);

    ImageSurvey blind = ImageSurvey.of(image, UNIT, List.of(), Long.MAX_VALUE);
    assertThat(blind.sampledUnits()).isEqualTo(blind.allocatedUnits());
    assertThat(blind.kinds())
        .containsEntry(UnitKind.RANDOM, 2L)
        .containsEntry(UnitKind.TORN, 1L)
        .containsEntry(UnitKind.STRUCTURED, 1L);
    assertThat(blind.suspectOffsets()).containsExactly(300L * UNIT, 262_143L * UNIT);
    assertThat(blind.plainKinds()).isEmpty();

    try (ImageFile opened = ImageFile.open(ImageRequest.of(image), ImageFile.Access.PEEK)) {
      Map<UnitKind, Long> plain =
          ImageSurvey.of(image, UNIT, opened.volumes(), Long.MAX_VALUE).plainKinds();
      // The text of unit 100 appears; 101 and what is left of noise look random.
      assertThat(plain).containsEntry(UnitKind.STRUCTURED, 1L).containsEntry(UnitKind.TORN, 1L);
    }
  }

  @Test
  void samplesEvenlyAndNeverMoreThanAsked() throws Exception {
    Path image = create();
    var random = Seeds.random(ImageSurveyTest.class);
    for (int unit = 0; unit < 1000; unit++) {
      write(image, unit < 500 ? unit : 100_000 + unit, Seeds.bytes(random, UNIT));
    }
    ImageSurvey survey = ImageSurvey.of(image, UNIT, List.of(), 64);
    assertThat(survey.allocatedUnits()).isEqualTo(1000);
    // Every 16th of 1000.
    assertThat(survey.sampledUnits()).isEqualTo(63);
    assertThat(survey.kinds()).isEqualTo(Map.of(UnitKind.RANDOM, 63L));
  }

  private Path create() throws Exception {
    Path image = directory.resolve("v.img");
    ImageCreation.create(
        new ImageRequest(
            image, OptionalLong.of(SIZE), OptionalInt.of(UNIT), Optional.empty(), List.of()));
    return image;
  }

  private static byte[] unit(byte[] key, long dun, byte[] plaintext) {
    return new XtsOracle(key).encrypt(dun, UNIT, plaintext);
  }

  private static void write(Path image, long unit, byte[] bytes) throws IOException {
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(unit * UNIT);
      file.write(bytes);
    }
  }
}
