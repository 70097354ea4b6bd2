package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.DirectorySnapshot;
import dev.keyslot.testkit.Patterns;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An image is opened only if file, sidecar, keys and the operator's words agree. */
class ImageFileTest {

  private static final int SIZE = 1 << 16;

  @TempDir private Path directory;

  private Path image;

  @BeforeEach
  void create() throws Exception {
    image = directory.resolve("v.img");
    ImageCreation.create(
        new ImageRequest(
            image, OptionalLong.of(SIZE), OptionalInt.of(4096), Optional.empty(), List.of()));
  }

  @Test
  void opensWithTheKeyItWasMadeWith() throws Exception {
    try (ImageFile opened = open()) {
      assertThat(opened.path()).isEqualTo(image);
      assertThat(opened.sidecar().dataUnitBytes()).isEqualTo(4096);
      assertThat(opened.file().size()).isEqualTo(SIZE);
      byte[] key = Files.readAllBytes(image.resolveSibling("v.img.key"));
      List<byte[]> lent = new ArrayList<>();
      opened
          .volumes()
          .getFirst()
          .key()
          .withBytes(bytes -> lent.add(bytes.toArray(ValueLayout.JAVA_BYTE)));
      assertThat(lent).containsExactly(key);
    }
  }

  @Test
  void refusesAnotherKey() throws Exception {
    Path key = directory.resolve("v.img.key");
    Files.write(key, Patterns.ascending(1, VolumeKey.BYTES));
    assertRefused(
        ImageRequest.of(image),
        "key does not match this image, or the sidecar was changed: image=" + image);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"imageUuid\": \"', '\"imageUuid\": \"00000000-0000-0000-0000-000000000000\", \"x\": \"'",
    "'\"dataUnitBytes\": 4096', '\"dataUnitBytes\": 512'",
    "'\"sizeBytes\": 65536', '\"sizeBytes\": 4096'",
    "'\"firstDun\": 0', '\"firstDun\": 1'",
    "'\"stepPerUnit\": 1', '\"stepPerUnit\": 8'",
    "'\"keyGeneration\": 1', '\"keyGeneration\": 2'",
    "'\"name\": \"\"', '\"name\": \"other\"'",
  })
  void refusesASidecarEditedInAnyField(String old, String edited) throws Exception {
    Path sidecar = Sidecar.pathFor(image);
    String text = Files.readString(sidecar);
    assertThat(text).contains(old);
    Files.writeString(sidecar, text.replace(old, edited));
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(this::open).isInstanceOf(StackException.class);
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  @Test
  void refusesTheSidecarOfAnotherImageOfTheSameKey() throws Exception {
    Path other = directory.resolve("w.img");
    ImageCreation.create(
        new ImageRequest(
            other,
            OptionalLong.of(SIZE),
            OptionalInt.of(512),
            Optional.of(image.resolveSibling("v.img.key")),
            List.of()));
    String mine = Files.readString(Sidecar.pathFor(image));
    String seal = Sidecar.readUnchecked(other).volumes().getFirst().seal();
    Files.writeString(
        Sidecar.pathFor(image),
        mine.replace(Sidecar.readUnchecked(image).volumes().getFirst().seal(), seal));
    assertRefused(ImageRequest.of(image), "key does not match this image, or the sidecar");
  }

  @ParameterizedTest
  @CsvSource({"0, truncated", "65535, truncated", "65537, grown", "131072, grown"})
  void refusesAnImageThatChangedItsSize(long bytes, String how) throws Exception {
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    assertRefused(
        ImageRequest.of(image),
        "image has been %s: its sidecar says imageBytes=65536, its file has bytes=%d: image=%s"
            .formatted(how, bytes, image));
  }

  @Test
  void refusesWordsThatDisagree() {
    assertRefused(
        new ImageRequest(
            image, OptionalLong.of(8192), OptionalInt.empty(), Optional.empty(), List.of()),
        "image exists with another size: --size says bytes=8192, it has bytes=65536: image="
            + image);
    assertRefused(
        new ImageRequest(
            image, OptionalLong.empty(), OptionalInt.of(512), Optional.empty(), List.of()),
        "image has another data unit: --data-unit says bytes=512, its sidecar bytes=4096: image="
            + image);
    assertRefused(
        volumes("a=0+64K,key-file=v.img.key"),
        "volume must be one of the sidecar's: volume=a volumes=(the whole image)");
  }

  @Test
  void refusesWhatIsMissing() throws Exception {
    assertRefused(
        ImageRequest.of(directory.resolve("none")),
        "image must exist (--size creates it): image=" + directory.resolve("none"));
    assertRefused(ImageRequest.of(directory), "image must be a regular file: image=" + directory);
    Files.delete(image.resolveSibling("v.img.key"));
    assertRefused(ImageRequest.of(image), "key file must exist and be a regular file");
    assertThat(image.resolveSibling("v.img.key")).doesNotExist();
  }

  @Test
  void namesTheCommandThatAdoptsAnImageWithoutSidecar() throws Exception {
    Files.delete(Sidecar.pathFor(image));
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.write(1);
    }
    assertRefused(
        new ImageRequest(
            image, OptionalLong.empty(), OptionalInt.of(512), Optional.empty(), List.of()),
        "image has no sidecar; make one with: keyslot adopt %s --data-unit 512 --key-file %s.key"
            .formatted(image, image));
  }

  @Test
  void refusesAnImmenseSidecarUnread() throws Exception {
    try (var file = new RandomAccessFile(Sidecar.pathFor(image).toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    assertThatThrownBy(this::open)
        .hasMessage(
            "sidecar must be a regular file of at most 4194304 bytes: bytes=1099511627776 sidecar="
                + Sidecar.pathFor(image));
  }

  @Test
  void oneWriterOrManyReadersAndAnyNumberOfOnlookers() throws Exception {
    try (ImageFile _ = open()) {
      assertInUse(ImageFile.Access.WRITE);
      assertInUse(ImageFile.Access.READ);
      ImageFile.open(ImageRequest.of(image), ImageFile.Access.PEEK).close();
    }
    try (ImageFile _ = ImageFile.open(ImageRequest.of(image), ImageFile.Access.READ);
        ImageFile _ = ImageFile.open(ImageRequest.of(image), ImageFile.Access.READ)) {
      assertInUse(ImageFile.Access.WRITE);
    }
    open().close();
  }

  /** Opening a file elsewhere in the process and closing it would drop a lock of the POSIX kind. */
  @Test
  void theLockOutlivesOtherUsesOfTheFileInThisProcess() throws Exception {
    try (ImageFile _ = open()) {
      Files.readAllBytes(image);
      assertInUse(ImageFile.Access.WRITE);
    }
  }

  @Test
  void aRefusedOpeningLeavesNoLock() throws Exception {
    Path key = directory.resolve("v.img.key");
    byte[] bytes = Files.readAllBytes(key);
    Files.write(key, new byte[1]);
    assertThatThrownBy(this::open).isInstanceOf(StackException.class);
    Files.write(key, bytes);
    open().close();
  }

  @Test
  void opensNamedVolumesByTheirKeysAllOrSome() throws Exception {
    image = directory.resolve("many.img");
    key("A", 1);
    key("B", 2);
    ImageCreation.create(
        new ImageRequest(
            image,
            OptionalLong.of(SIZE),
            OptionalInt.empty(),
            Optional.empty(),
            volumes("a=0+16K,key-file=A", "b=16K+8K,key-file=B").volumes()));
    try (ImageFile both =
        ImageFile.open(
            volumes("b=16K+8K,key-file=B", "a=0+16K,key-file=A"), ImageFile.Access.WRITE)) {
      assertThat(both.volumes()).extracting(v -> v.entry().name()).containsExactly("a", "b");
    }
    try (ImageFile one = ImageFile.open(volumes("b=16K+8K,key-file=B"), ImageFile.Access.WRITE)) {
      assertThat(one.volumes()).extracting(v -> v.entry().name()).containsExactly("b");
    }
    assertRefused(
        volumes("b=16K+8K,key-file=A"),
        "key does not match this image, or the sidecar was changed: image=" + image + " volume=b");
    assertRefused(
        volumes("b=16K+16K,key-file=B"),
        "volume lies elsewhere: --volume says 16384+16384, the sidecar 16384+8192: volume=b");
    assertRefused(
        volumes("c=16K+8K,key-file=B"),
        "volume must be one of the sidecar's: volume=c volumes=a,b");
    assertRefused(
        ImageRequest.of(image),
        "image has named volumes, list those to serve with --volume"
            + " NAME=OFFSET+SIZE,key-file=FILE: volumes=a,b image="
            + image);
  }

  private ImageFile open() throws StackException {
    return ImageFile.open(ImageRequest.of(image), ImageFile.Access.WRITE);
  }

  private void assertInUse(ImageFile.Access access) {
    assertThatThrownBy(() -> ImageFile.open(ImageRequest.of(image), access))
        .isInstanceOfSatisfying(
            StackException.class,
            e -> assertThat(e.category()).isEqualTo(StackException.Category.RETRY))
        .hasMessage(
            "image is in use by another server (one that writes, or any number that are"
                + " --read-only): image="
                + image);
  }

  private void assertRefused(ImageRequest request, String message) {
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(() -> ImageFile.open(request, ImageFile.Access.WRITE))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(message);
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  private ImageRequest volumes(String... volumes) {
    return new ImageRequest(
        image,
        OptionalLong.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        List.of(volumes).stream()
            .map(text -> text.replace("key-file=", "key-file=" + directory + "/"))
            .map(ImageRequest.Volume::parse)
            .toList());
  }

  private void key(String name, int first) throws java.io.IOException {
    Path file = directory.resolve(name);
    Files.write(file, Patterns.ascending(first, VolumeKey.BYTES));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
