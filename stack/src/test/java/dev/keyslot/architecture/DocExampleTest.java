package dev.keyslot.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.stack.VirtualController;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that docs/virtual-controller.md shows runs, as it stands there. */
class DocExampleTest {

  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  /**
   * Compiles and runs a program of one file; returns what it printed. The product is on its class
   * path, not a module: loaded once more, by a loader that knows no module of ours.
   */
  private String run(String source) throws Exception {
    var file =
        new SimpleJavaFileObject(URI.create("mem:///Drive.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    Path classes =
        Path.of(
            VirtualController.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var problems = new StringWriter();
    List<String> options = List.of("-d", directory.toString(), "-cp", classes.toString());
    ToolProvider.getSystemJavaCompiler()
        .getTask(problems, null, null, options, null, List.of(file))
        .call();
    assertThat(problems.toString()).as("what the compiler says").isEmpty();
    var printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    URL[] classPath = {directory.toUri().toURL(), classes.toUri().toURL()};
    try (var loader = new URLClassLoader(classPath, null)) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      Class<?> program = loader.loadClass("Drive");
      var constructor = program.getDeclaredConstructor();
      constructor.setAccessible(true);
      Method main = program.getDeclaredMethod("main");
      main.setAccessible(true);
      main.invoke(constructor.newInstance());
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** AES-256-XTS of zeros, key 00..3f, number 1: what every independent program says. */
  @Test
  void theExampleOfTheVirtualControllerRuns() throws Exception {
    String text = Files.readString(Path.of("..", "docs", "virtual-controller.md"));
    List<String> blocks = BLOCK.matcher(text).results().map((MatchResult r) -> r.group(1)).toList();
    assertThat(blocks).hasSize(1);
    assertThat(blocks.getFirst().lines().count()).as("it stays short").isBetween(40L, 60L);
    assertThat(run(blocks.getFirst()).strip()).isEqualTo("0c22ed7e2168a8500b30154c2ec00d26");
    assertThat(text).contains("It prints `0c22ed7e2168a8500b30154c2ec00d26`");
  }

  @Test
  void whatDoesNotCompileIsSeen() {
    assertThatThrownBy(() -> run("void main() { silicon.step(); }"))
        .hasMessageContaining("cannot find symbol");
  }
}
