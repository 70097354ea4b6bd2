package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.volume.DunRule;
import dev.keyslot.testkit.DirectorySnapshot;
import dev.keyslot.testkit.Patterns;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An image is made whole or not at all, and never over anything that exists. */
class ImageCreationTest {

  private static final long SIZE = 1 << 20;

  @TempDir private Path directory;

  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("v.img");
  }

  @Test
  void makesASparseImageItsKeyAndItsSidecarForTheOwnerOnly() throws Exception {
    ImageCreation.Result result = ImageCreation.create(request(1L << 40));
    assertThat(names()).containsExactly("v.img", "v.img.key", "v.img.keyslot");
    for (String name : names()) {
      assertThat(Files.getPosixFilePermissions(directory.resolve(name)))
          .as(name)
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    assertThat(Files.size(image)).isEqualTo(1L << 40);
    assertThat(Files.getAttribute(image, "unix:nlink")).isEqualTo(1);
    assertThat(result.keysCreated()).containsExactly(directory.resolve("v.img.key"));
    Sidecar sidecar = Sidecar.readUnchecked(image);
    assertThat(sidecar).isEqualTo(result.sidecar());
    assertThat(sidecar.imageBytes()).isEqualTo(1L << 40);
    assertThat(sidecar.dataUnitBytes()).isEqualTo(4096);
    assertThat(sidecar.volumes())
        .singleElement()
        .satisfies(
            volume -> {
              assertThat(volume.name()).isEmpty();
              assertThat(volume.offsetBytes()).isZero();
              assertThat(volume.sizeBytes()).isEqualTo(1L << 40);
              assertThat(volume.dunRule()).isEqualTo(DunRule.FROM_ZERO);
              assertThat(volume.keyGeneration()).isEqualTo(1);
            });
  }

  @Test
  void twoImagesOfOneKeyHaveNothingInCommon() throws Exception {
    Sidecar first = ImageCreation.create(request(SIZE)).sidecar();
    Path second = directory.resolve("w.img");
    Files.copy(
        image.resolveSibling("v.img.key"),
        second.resolveSibling("w.img.key"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Sidecar other = ImageCreation.create(request(second, SIZE)).sidecar();
    assertThat(other.imageUuid()).isNotEqualTo(first.imageUuid());
    assertThat(other.volumes().getFirst().seal()).isNotEqualTo(first.volumes().getFirst().seal());
  }

  @Test
  void aKeyThatExistsIsUsedAndNotChanged() throws Exception {
    Path key = key("given.key", 9);
    byte[] before = Files.readAllBytes(key);
    var result =
        ImageCreation.create(
            new ImageRequest(
                image, OptionalLong.of(SIZE), OptionalInt.of(512), Optional.of(key), List.of()));
    assertThat(result.keysCreated()).isEmpty();
    assertThat(result.sidecar().dataUnitBytes()).isEqualTo(512);
    assertThat(Files.readAllBytes(key)).isEqualTo(before);
    assertThat(directory.resolve("v.img.key")).doesNotExist();
  }

  @Test
  void refusesToMakeAnythingOverAnImage() throws Exception {
    Files.writeString(image, "precious");
    assertRefused(request(SIZE), "image must not exist yet: image=" + image);
  }

  @Test
  void refusesAnImageThatIsADanglingLink() throws Exception {
    Files.createSymbolicLink(image, directory.resolve("elsewhere"));
    assertThatThrownBy(() -> ImageCreation.create(request(SIZE)))
        .hasMessage("image must not exist yet: image=" + image);
    assertThat(directory.resolve("elsewhere")).doesNotExist();
  }

  @Test
  void refusesToMakeAnImageUnderTheSidecarOfAnother() throws Exception {
    ImageCreation.create(request(SIZE));
    Files.delete(image);
    assertRefused(
        request(SIZE),
        "a sidecar lies here without its image; put the image back, or delete the sidecar if it is"
            + " gone for good: sidecar="
            + image
            + ".keyslot");
  }

  @Test
  void refusesABadKeyAndLeavesNothing() throws Exception {
    Files.write(key("v.img.key", 0), new byte[3]);
    assertRefused(request(SIZE), "key file must hold 64 raw bytes or 128 hex digits: bytes=3");
  }

  @Test
  void refusesADirectoryThatIsNotThereAndLeavesNothing() throws Exception {
    Path elsewhere = directory.resolve("no/v.img");
    assertThatThrownBy(() -> ImageCreation.create(request(elsewhere, SIZE)))
        .isInstanceOf(StackException.class)
        .hasMessage(
            "key file must be creatable: no such file or directory: file=" + elsewhere + ".key");
    assertThat(names()).isEmpty();
  }

  /** A directory where the sidecar's draft should lie makes the last step fail. */
  @Test
  void aFailureInTheLastStepTakesBackAllBefore() throws Exception {
    Path obstacle = directory.resolve("v.img.keyslot.new");
    Files.createDirectories(obstacle.resolve("full"));
    assertRefused(request(SIZE), "sidecar must be creatable");
    Path key = key("v.img.key", 3);
    assertRefused(request(SIZE), "sidecar must be creatable");
    assertThat(key).exists();
  }

  @Test
  void aCrashAfterTheKeyIsMadeGoodByTheNextCreation() throws Exception {
    KeyFile.create(image.resolveSibling("v.img.key"), new UndoList()).close();
    assertThat(ImageCreation.create(request(SIZE)).keysCreated()).isEmpty();
  }

  @Test
  void aCrashBeforeTheSidecarNamesBothWaysOut() throws Exception {
    ImageCreation.create(request(SIZE));
    Files.move(image.resolveSibling("v.img.keyslot"), image.resolveSibling("v.img.keyslot.new"));
    assertThatThrownBy(() -> ImageFile.open(ImageRequest.of(image), ImageFile.Access.WRITE))
        .hasMessage(
            "image has no sidecar; make one with: keyslot adopt %s --data-unit 4096 --key-file"
                + " %s.key (nothing was ever written to it: a create that was cut short leaves such"
                + " an image; it may be deleted and created again)",
            image, image);
    ImageCreation.adopt(adoption(4096));
    assertThat(image.resolveSibling("v.img.keyslot.new")).doesNotExist();
    ImageFile.open(ImageRequest.of(image), ImageFile.Access.WRITE).close();
  }

  @Test
  void undoingACreationDeletesWhatItMade() throws Exception {
    Path key = key("given.key", 9);
    var before = DirectorySnapshot.of(directory);
    ImageCreation.create(
            new ImageRequest(
                image, OptionalLong.of(SIZE), OptionalInt.empty(), Optional.of(key), List.of()))
        .undo();
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
    ImageCreation.create(request(SIZE)).undo();
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  @Test
  void severalVolumesHaveTheirOwnKeysAndSeals() throws Exception {
    var result = ImageCreation.create(volumes("b=512K+512K,key-file=B", "a=0+256K,key-file=A"));
    assertThat(result.keysCreated()).hasSize(2);
    assertThat(result.sidecar().volumes())
        .extracting(Sidecar.Volume::name)
        .containsExactly("a", "b");
    assertThat(result.sidecar().volumes()).extracting(Sidecar.Volume::seal).doesNotHaveDuplicates();
  }

  @Test
  void volumesThatCannotBeAreRefusedByName() throws Exception {
    key("A", 1);
    key("B", 2);
    Files.copy(directory.resolve("A"), directory.resolve("A2"), StandardCopyOption.COPY_ATTRIBUTES);
    assertRefused(
        volumes("a=0+512K,key-file=A", "b=256K+256K,key-file=B"),
        "volumes must not overlap: volume=a endBytes=524288, volume=b offsetBytes=262144");
    assertRefused(
        volumes("a=512K+1M,key-file=A"),
        "volume must end inside the image: volume=a offsetBytes=524288 sizeBytes=1048576"
            + " imageBytes=1048576");
    assertRefused(
        volumes("a=1K+4K,key-file=A"),
        "volume must start at a multiple of the data unit: volume=a offsetBytes=1024"
            + " dataUnitBytes=4096");
    assertRefused(
        volumes("a=0+512,key-file=A"), "volume size must be a positive multiple of the data unit");
    assertRefused(
        volumes("a=0+512K,key-file=A", "b=512K+4K,key-file=A2"),
        "volumes must have different keys: volume=a volume=b");
    assertRefused(
        volumes("a=0+512K,key-file=new", "b=512K+4K,key-file=new"),
        "volumes must have different keys: volume=a volume=b");
  }

  @Test
  void adoptsAnImageAndTouchesNeitherItNorItsKey() throws Exception {
    image(12 * 4096);
    key("v.img.key", 5);
    var before = DirectorySnapshot.of(directory);
    Sidecar sidecar = ImageCreation.adopt(adoption(512));
    assertThat(sidecar.imageBytes()).isEqualTo(12 * 4096);
    assertThat(sidecar.dataUnitBytes()).isEqualTo(512);
    var after = DirectorySnapshot.of(directory);
    assertThat(after.remove("v.img.keyslot")).startsWith("rw-------");
    assertThat(after).isEqualTo(before);
    ImageFile.open(ImageRequest.of(image), ImageFile.Access.READ).close();
  }

  @Test
  void adoptsNothingTwiceNorWithoutAKeyNorInPart() throws Exception {
    image(3 * 512);
    assertAdoptionRefused(
        4096, "size must be a positive multiple of the data unit: sizeBytes=1536");
    assertAdoptionRefused(512, "key file must exist and be a regular file");
    key("v.img.key", 5);
    ImageCreation.adopt(adoption(512));
    assertAdoptionRefused(
        512,
        "image has a sidecar already, which is never overwritten: sidecar=" + image + ".keyslot");
    image = directory.resolve("none");
    assertAdoptionRefused(512, "image must exist and be a regular file: image=" + image);
  }

  @Test
  void adoptsNoImageThatIsBeingWritten() throws Exception {
    ImageCreation.create(request(SIZE));
    try (ImageFile _ = ImageFile.open(ImageRequest.of(image), ImageFile.Access.WRITE)) {
      Files.delete(Sidecar.pathFor(image));
      assertAdoptionRefused(4096, "image is in use by another server");
    }
  }

  private void assertRefused(ImageRequest request, String message) {
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(() -> ImageCreation.create(request))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(message);
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  private void assertAdoptionRefused(int dataUnitBytes, String message) {
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(() -> ImageCreation.adopt(adoption(dataUnitBytes)))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(message);
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  private ImageRequest request(long sizeBytes) {
    return request(image, sizeBytes);
  }

  private static ImageRequest request(Path image, long sizeBytes) {
    return new ImageRequest(
        image, OptionalLong.of(sizeBytes), OptionalInt.empty(), Optional.empty(), List.of());
  }

  private ImageRequest adoption(int dataUnitBytes) {
    return new ImageRequest(
        image, OptionalLong.empty(), OptionalInt.of(dataUnitBytes), Optional.empty(), List.of());
  }

  /** Key files are relative to the test's directory. */
  private ImageRequest volumes(String... volumes) {
    return new ImageRequest(
        image,
        OptionalLong.of(SIZE),
        OptionalInt.empty(),
        Optional.empty(),
        List.of(volumes).stream()
            .map(text -> text.replace("key-file=", "key-file=" + directory + "/"))
            .map(ImageRequest.Volume::parse)
            .toList());
  }

  private void image(long bytes) throws IOException {
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
      file.write(Patterns.sevens(100));
    }
  }

  private Path key(String name, int first) throws IOException {
    Path file = directory.resolve(name);
    Files.write(file, Patterns.ascending(first, VolumeKey.BYTES));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  /** Names only: nobody hashes a terabyte of hole. */
  private List<String> names() throws IOException {
    try (var list = Files.list(directory)) {
      return list.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
