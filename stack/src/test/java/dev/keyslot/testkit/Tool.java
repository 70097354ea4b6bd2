package dev.keyslot.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Other people's programs: found or skipped over loudly, run to their end within a limit. */
public final class Tool {

  /** Debian's Python, the one that its python3-libnbd and python3-cryptography belong to. */
  public static final String PYTHON = "/usr/bin/python3";

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final String PATH =
      System.getenv().getOrDefault("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

  private Tool() {}

  /** How a program ended: its exit code and what it printed. */
  public record Result(List<String> command, int exit, String out, String err) {

    /** This, if the program ended well; the test fails with everything it said if not. */
    public Result ok() {
      if (exit != 0) {
        throw new AssertionError(this);
      }
      return this;
    }

    @Override
    public String toString() {
      return "%s: exit=%d%n%s%n%s".formatted(String.join(" ", command), exit, out, err);
    }
  }

  /** Skips the test, saying why, unless all these programs are there. */
  public static void need(String... programs) {
    for (String program : programs) {
      assumeTrue(find(program) != null, "needs a program that is not here: " + program);
    }
  }

  /** Skips the test, saying why, unless Debian's Python has this module. */
  public static void needPython(String module) {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs " + PYTHON);
    assumeTrue(
        run(PYTHON, "-c", "import " + module).exit() == 0,
        "needs a Python module that is not here: " + module);
  }

  /** Whether this run asks for the long campaigns too. */
  public static boolean isLongRun() {
    return Boolean.getBoolean("keyslot.long");
  }

  /** Runs {@code script} with Debian's Python. */
  public static Result python(String script, Object... arguments) {
    return run(
        Stream.concat(Stream.of(PYTHON, "-c", script), Stream.of(arguments).map(String::valueOf))
            .toArray(String[]::new));
  }

  /** Runs a program to its end. */
  public static Result run(String... command) {
    try {
      Path out = Files.createTempFile("keyslot-tool", ".out");
      Path err = Files.createTempFile("keyslot-tool", ".err");
      try {
        return run(List.of(command), out, err);
      } finally {
        Files.delete(out);
        Files.delete(err);
      }
    } catch (IOException e) {
      throw new AssertionError(String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(String.join(" ", command), e);
    }
  }

  /** Bytes that {@code file} takes on its disk; holes take none. */
  public static long allocatedBytes(Path file) {
    return Long.parseLong(run("stat", "-c", "%b", file.toString()).ok().out().strip()) * 512;
  }

  private static Result run(List<String> command, Path out, Path err)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command));
    String found = find(command.getFirst());
    if (found != null) {
      builder.command().set(0, found);
    }
    builder.environment().put("PATH", PATH);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    Result result =
        new Result(command, process.exitValue(), Files.readString(out), Files.readString(err));
    if (!ended) {
      throw new AssertionError("not finished within " + LIMIT + ": " + result);
    }
    return result;
  }

  private static String find(String program) {
    if (program.contains("/")) {
      return Files.isExecutable(Path.of(program)) ? program : null;
    }
    return Stream.of(PATH.split(":"))
        .map(directory -> Path.of(directory.isEmpty() ? "." : directory, program))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }
}
