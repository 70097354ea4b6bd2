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
 * The programs that are worth keeping: one a line, in hex. Lines that start with # say what a
 * program was; those that come from a fuzzer have none.
 *
 * <p>Jazzer wants a file for each program: {@code unpack DIRECTORY} makes them, {@code pack
 * DIRECTORY FILE} writes the lines of the programs found there, the shortest first.
 */
public final class SiliconCorpus {

  private static final String RESOURCE = "/dev/keyslot/fault/silicon-corpus.txt";
  private static final HexFormat HEX = HexFormat.of();

  private SiliconCorpus() {}

  /** Programs as lines of hex, in the order of the file. */
  public static List<String> lines() {
    try (var in = SiliconCorpus.class.getResourceAsStream(RESOURCE)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Programs as bytes. */
  public static Stream<byte[]> programs() {
    return lines().stream().map(HEX::parseHex);
  }

  /** Writes each program into a file of its own. */
  static void unpack(Path directory) throws IOException {
    Files.createDirectories(directory);
    int number = 0;
    for (String line : lines()) {
      Files.write(directory.resolve("kept-" + number++), HEX.parseHex(line));
    }
  }

  /** Writes the programs of a directory into one file of lines. */
  static void pack(Path directory, Path file) throws IOException {
    List<String> packed = new ArrayList<>();
    try (Stream<Path> programs = Files.list(directory)) {
      for (Path program : programs.toList()) {
        packed.add(HEX.formatHex(Files.readAllBytes(program)));
      }
    }
    packed.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    Files.write(file, packed);
  }

  /** What {@code mvn -Pfuzz} calls before and after. */
  public static void main(String[] arguments) throws IOException {
    switch (arguments[0]) {
      case "fresh" -> Files.createDirectories(Path.of(arguments[1]));
      case "unpack" -> unpack(Path.of(arguments[1]));
      case "pack" -> pack(Path.of(arguments[1]), Path.of(arguments[2]));
      default ->
          throw new IllegalArgumentException("fresh, unpack or pack expected: " + arguments[0]);
    }
  }
}
