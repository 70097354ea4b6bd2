package dev.keyslot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.stack.VirtualController;
import java.io.StringWriter;
import java.net.URI;
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

/** The code that docs/virtual-controller.md shows compiles, as it stands there. */
class DocExampleTest {

  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  private String problems(String first, String second) throws Exception {
    String source =
        """
        import static java.lang.foreign.ValueLayout.*;
        import dev.keyslot.app.stack.VirtualController;
        import dev.keyslot.link.bus.Mmio;
        import dev.keyslot.model.card.CardProfile;
        import dev.keyslot.model.fault.FaultPlan;
        import dev.keyslot.model.media.HeapMedia;
        import java.lang.foreign.*;
        final class Example {
          static void run(Arena arena) {
        %s
          }
          static void command(VirtualController silicon, int index, int argument, int flags) {
            Mmio registers = silicon.registers();
        %s
          }
        }
        """
            .formatted(first, second);
    var file =
        new SimpleJavaFileObject(URI.create("mem:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    Path classes =
        Path.of(
            VirtualController.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var out = new StringWriter();
    List<String> options = List.of("-d", directory.toString(), "-cp", classes.toString());
    ToolProvider.getSystemJavaCompiler()
        .getTask(out, null, null, options, null, List.of(file))
        .call();
    return out.toString();
  }

  @Test
  void theExampleOfTheVirtualControllerCompiles() throws Exception {
    String text = Files.readString(Path.of("..", "docs", "virtual-controller.md"));
    List<String> blocks = BLOCK.matcher(text).results().map((MatchResult r) -> r.group(1)).toList();
    assertThat(blocks).hasSize(2);
    assertThat(blocks.getFirst().lines().count()).as("it stays short").isBetween(40L, 60L);
    assertThat(problems(blocks.get(0), blocks.get(1))).isEmpty();
  }

  @Test
  void whatDoesNotCompileIsSeen() throws Exception {
    assertThat(problems("silicon.step();", "")).contains("cannot find symbol");
  }
}
