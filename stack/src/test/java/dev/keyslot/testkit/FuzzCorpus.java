package dev.keyslot.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Inputs that are worth keeping, of one kind ({@code silicon}, {@code nbd}): one a line, in hex.
 * Lines that start with # say what an input was; those that come from a fuzzer have none.
 *
 * <p>Jazzer wants a file for each: {@code KIND unpack DIRECTORY} makes them, {@code KIND pack
 * DIRECTORY FILE} writes the lines of those found there, the shortest first.
 */
public final class FuzzCorpus {

  private static final HexFormat HEX = HexFormat.of();

  private FuzzCorpus() {}

  /** Inputs of a kind as lines of hex, in the order of the file. */
  public static List<String> lines(String kind) {
    String resource = "/dev/keyslot/fault/" + kind + "-corpus.txt";
    try (var in = FuzzCorpus.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Inputs of a kind as bytes. */
  public static Stream<byte[]> inputs(String kind) {
    return lines(kind).stream().map(HEX::parseHex);
  }

  /** Writes each input into a file of its own. */
  static void unpack(String kind, Path directory) throws IOException {
    Files.createDirectories(directory);
    int number = 0;
    for (String line : lines(kind)) {
      Files.write(directory.resolve("kept-" + number++), HEX.parseHex(line));
    }
  }

  /** Writes the inputs of a directory into one file of lines. */
  static void pack(Path directory, Path file) throws IOException {
    List<String> packed = new ArrayList<>();
    try (Stream<Path> inputs = Files.list(directory)) {
      for (Path input : inputs.toList()) {
        packed.add(HEX.formatHex(Files.readAllBytes(input)));
      }
    }
    packed.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    Files.write(file, packed);
  }

  /** What {@code mvn -Pfuzz} calls before and after. */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[2]);
    switch (arguments[1]) {
      case "fresh" -> Files.createDirectories(directory);
      case "unpack" -> unpack(arguments[0], directory);
      case "pack" -> pack(directory, Path.of(arguments[3]));
      default ->
          throw new IllegalArgumentException("fresh, unpack or pack expected: " + arguments[1]);
    }
  }
}
