package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.volume.DunRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sidecar is read back as it was written; anything else in the file is refused by name. */
class SidecarCodecTest {

  private static final String SEAL = "ab".repeat(32);

  /** Typed by hand from docs/data-at-rest.md. */
  private static final String TEXT =
      """
      { "format": "keyslot-sidecar", "version": 1,
        "imageUuid": "00112233-4455-6677-8899-aabbccddeeff",
        "imageBytes": 8192, "dataUnitBytes": 4096,
        "volumes": [ { "name": "", "offsetBytes": 0, "sizeBytes": 8192,
          "dunRule": { "firstDun": 0, "stepPerUnit": 1 },
          "keyGeneration": 1, "seal": "%s" } ] }
      """
          .formatted(SEAL);

  @Test
  void readsTheDocumentedForm() {
    assertThat(decode(TEXT))
        .isEqualTo(
            new Sidecar(
                UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
                8192,
                4096,
                List.of(new Sidecar.Volume("", 0, 8192, new DunRule(0, 1), 1, SEAL))));
  }

  @Test
  void aThousandVolumesReturnAsTheyWereAndFitTheLimit() {
    List<Sidecar.Volume> volumes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      String name = "volume-with-a-name-of-some-length-" + i;
      volumes.add(new Sidecar.Volume(name, i * 4096L, 4096, new DunRule(i, 1), i + 1, SEAL));
    }
    Sidecar sidecar = new Sidecar(UUID.randomUUID(), 1000 * 4096L, 4096, volumes);
    byte[] text = SidecarCodec.encode(sidecar);
    assertThat(text.length).isLessThan(SidecarCodec.FILE_BYTES_MAX);
    assertThat(SidecarCodec.decode(text)).isEqualTo(sidecar);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"version\": 1 | \"version\": 2 | version must be 1, all this program knows: version=2",
        "keyslot-sidecar | other | format must be keyslot-sidecar: format=other",
        "\"imageBytes\": 8192, | | field must be present: field=imageBytes",
        "\"imageBytes\" | \"imageByte\" | unknown=[imageByte]",
        "\"firstDun\": 0, | \"firstDun\": 0, \"x\": 1, | unknown=[x]",
        "\"imageBytes\": 8192 | \"imageBytes\": \"8192\" | imageBytes must be a whole number",
        "\"imageBytes\": 8192 | \"imageBytes\": 8192.0 | imageBytes must be a whole number",
        "\"imageBytes\": 8192 | \"imageBytes\": 1e400 | imageBytes must be a whole number",
        "\"imageBytes\": 8192 | \"imageBytes\": 99999999999999999999 | whole number below 2^63",
        "\"imageBytes\": 8192 | \"imageBytes\": -8192 | imageBytes must be in [0,",
        "\"imageBytes\": 8192 | \"imageBytes\": 4096 | volume must end inside the image",
        "\"dataUnitBytes\": 4096 | \"dataUnitBytes\": 1024 | data unit must be 512 or 4096 bytes",
        "\"offsetBytes\": 0 | \"offsetBytes\": 100 | volume must start at a multiple",
        "\"stepPerUnit\": 1 | \"stepPerUnit\": 0 | stepPerUnit must be at least 1: stepPerUnit=0",
        "\"firstDun\": 0 | \"firstDun\": 4294967295 | data unit numbers must stay below 2^32",
        "\"keyGeneration\": 1 | \"keyGeneration\": 0 | key generation must be at least 1",
        "\"keyGeneration\": 1 | \"keyGeneration\": 4294967297 | keyGeneration must be in [0, 2147",
        "\"name\": \"\" | \"name\": \"a b\" | volume name must be 1 to 255 letters",
        "00112233-4455 | 00112233_4455 | imageUuid must be a lower-case UUID",
        "abababab | ABababab | seal must be 64 lower-case hex digits: length=64",
        "\"seal\": | \"seal\": 1, \"seal\": | sidecar must be JSON: field named twice at line 6",
      })
  void refusesByNameWhatIsNotTheForm(String old, String replacement, String message) {
    String text =
        TEXT.replaceFirst(
            java.util.regex.Pattern.quote(old), replacement == null ? "" : replacement);
    assertThat(text).isNotEqualTo(TEXT);
    assertThatThrownBy(() -> decode(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | sidecar must be JSON: malformed at line 1, column 1",
        "[] | sidecar must be a JSON object: found=array",
        "null | sidecar must be a JSON object: found=null",
        "{\"format\": | sidecar must be JSON: malformed at line 1, column 11",
        "{} {} | sidecar must be JSON: malformed at line 1, column 5",
        "{} | field must be present: field=format",
      })
  void refusesWhatIsNoJsonObject(String text, String message) {
    assertThatThrownBy(() -> decode(text)).hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsNoText() {
    assertThatThrownBy(() -> SidecarCodec.decode(new byte[] {'{', (byte) 0xff, '}'}))
        .hasMessage("sidecar must be JSON: text must be UTF-8");
  }

  @Test
  void depthDoesNotExhaustTheStack() {
    assertThatThrownBy(() -> decode("[".repeat(1_000_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sidecar must be JSON");
  }

  @Test
  void overlappingVolumesAreRefusedByName() {
    assertThatThrownBy(() -> twoVolumes("a", 0, 8192, "b", 4096, 4096))
        .hasMessage("volumes must not overlap: volume=a endBytes=8192, volume=b offsetBytes=4096");
    assertThatThrownBy(() -> twoVolumes("b", 4096, 4096, "a", 0, 8192))
        .hasMessage("volumes must not overlap: volume=a endBytes=8192, volume=b offsetBytes=4096");
    assertThatThrownBy(() -> twoVolumes("a", 0, 4096, "a", 4096, 4096))
        .hasMessage("volume names must differ: volume=a");
    assertThatThrownBy(() -> twoVolumes("a", 0, 4096, "", 4096, 4096))
        .hasMessageContaining("volume name must be");
  }

  private static Sidecar twoVolumes(
      String first, long firstAt, long firstBytes, String second, long secondAt, long secondBytes) {
    return new Sidecar(
        UUID.randomUUID(),
        16384,
        4096,
        List.of(
            new Sidecar.Volume(first, firstAt, firstBytes, DunRule.FROM_ZERO, 1, SEAL),
            new Sidecar.Volume(second, secondAt, secondBytes, DunRule.FROM_ZERO, 1, SEAL)));
  }

  private static Sidecar decode(String text) {
    return SidecarCodec.decode(text.getBytes(StandardCharsets.UTF_8));
  }
}
