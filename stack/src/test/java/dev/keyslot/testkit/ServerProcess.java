package dev.keyslot.testkit;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The real server, in a process of its own, started as the launcher starts it. Ready when it greets
 * on its socket; killed on close. One thread.
 */
public final class ServerProcess implements AutoCloseable {

  private static final long START_SECONDS_MAX = 60;
  private static final long STOP_SECONDS_MAX = 30;
  private static final byte[] GREETING =
      "NBDMAGIC".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final Process process;
  private final Path image;
  private final Path socket;
  private final Path log;

  private ServerProcess(Process process, Path image, Path socket, Path log) {
    this.process = process;
    this.image = image;
    this.socket = socket;
    this.log = log;
  }

  /**
   * Serves {@code image} with more arguments of {@code keyslot serve}; its socket lies beside it.
   */
  public static ServerProcess serve(Path image, String... arguments) {
    return serveUnder(List.of(), image, arguments);
  }

  /** The same, with more options of the virtual machine, such as {@code -Xmx64m}. */
  public static ServerProcess serveWith(
      List<String> machineOptions, Path image, String... arguments) {
    return start(List.of(), machineOptions, image, arguments);
  }

  /** Serves what a configuration file says; ready when it greets on {@code socket}. */
  public static ServerProcess serveConfig(Path config, Path socket) {
    Path log = config.resolveSibling(config.getFileName() + ".log");
    return start(
        new ArrayList<>(command("serve", "--config", config.toString())),
        List.of(),
        config,
        socket,
        log);
  }

  /** The same, with another program (strace, for one) in front of the server's command. */
  public static ServerProcess serveUnder(List<String> wrapper, Path image, String... arguments) {
    return start(wrapper, List.of(), image, arguments);
  }

  private static ServerProcess start(
      List<String> wrapper, List<String> machineOptions, Path image, String... arguments) {
    Path socket = image.resolveSibling(image.getFileName() + ".nbd");
    Path log = image.resolveSibling(image.getFileName() + ".log");
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(command("serve", image.toString(), "--unix", socket.toString()));
    command.addAll(List.of(arguments));
    return start(command, machineOptions, image, socket, log);
  }

  private static ServerProcess start(
      List<String> command, List<String> machineOptions, Path image, Path socket, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    if (command.contains("-p")) {
      command.addAll(command.indexOf("-p"), machineOptions);
    } else {
      builder.environment().put("KEYSLOT_JAVA_OPTS", String.join(" ", machineOptions));
    }
    try {
      Process process = builder.start();
      ServerProcess server = new ServerProcess(process, image, socket, log);
      server.awaitGreeting();
      return server;
    } catch (IOException e) {
      throw new AssertionError("server must start", e);
    }
  }

  /** Runs any command of the real command line to its end. */
  public static Tool.Result keyslot(String... arguments) {
    return Tool.run(command(arguments).toArray(String[]::new));
  }

  /**
   * The command that the launcher would run; for programs that start the server themselves. {@code
   * -Dkeyslot.command=PROGRAM} puts another build, or another server, in its place.
   */
  public static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(System.getProperty("keyslot.command", "")));
    if (command.getFirst().isEmpty()) {
      command = java();
    }
    command.addAll(List.of(arguments));
    return command;
  }

  private static List<String> java() {
    String modulePath = System.getProperty("jdk.module.path");
    if (modulePath == null) {
      modulePath =
          Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
              .filter(entry -> !entry.endsWith("test-classes"))
              .collect(Collectors.joining(File.pathSeparator));
    }
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms32m",
            "-Xmx256m",
            "-XX:NewSize=16m",
            "-XX:StackShadowPages=10",
            "-XX:CompileThresholdScaling=3",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=dev.keyslot",
            "-p",
            modulePath,
            "-m",
            "dev.keyslot/dev.keyslot.app.cli.Main"));
  }

  /** How clients reach the export with the empty name. */
  public String uri() {
    return "nbd+unix:///?socket=" + socket;
  }

  /** The process, where no wrapper stands in front of it. */
  public long pid() {
    return process.pid();
  }

  /** The Unix socket that it listens on. */
  public Path socket() {
    return socket;
  }

  /** The image file. */
  public Path image() {
    return image;
  }

  /** Everything that it printed so far. */
  public String output() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new AssertionError(log.toString(), e);
    }
  }

  /** Asks it to stop and waits; its exit code. */
  public int stop() {
    process.destroy();
    try {
      if (process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    throw new AssertionError("SIGTERM must end the server: " + output());
  }

  /** Asks the server to stop where it runs below a wrapper, and waits for the wrapper. */
  public void stopTree() {
    process.descendants().forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new AssertionError("SIGTERM must end the server: " + output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitGreeting() throws IOException {
    for (long waits = 0; waits < START_SECONDS_MAX * 100; waits++) {
      if (greets()) {
        return;
      }
      if (!process.isAlive()) {
        throw new AssertionError("server ended with " + process.exitValue() + ": " + output());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    close();
    throw new AssertionError("server must answer within " + START_SECONDS_MAX + " s: " + output());
  }

  private boolean greets() {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer greeting = ByteBuffer.allocate(GREETING.length);
      while (greeting.hasRemaining() && channel.read(greeting) >= 0) {
        // reads on
      }
      return java.util.Arrays.equals(greeting.array(), GREETING);
    } catch (IOException e) {
      return false;
    }
  }
}
