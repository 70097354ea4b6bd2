package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as a user meets it: from any directory, through a link, with or without a JDK. */
class LauncherIT {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final String LAUNCHER = ROOT.resolve("keyslot").toString();

  @TempDir private Path directory;

  @Test
  void runsThroughALinkFromAnyDirectory() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("ks"), Path.of(LAUNCHER));
    Tool.Result result = Tool.run("env", "-C", "/", link.toString(), "--version").ok();
    assertThat(result.out()).startsWith("keyslot 0.1.0");
  }

  @Test
  void leavesRelativePathsToTheUsersDirectory() {
    Tool.run("env", "-C", directory.toString(), LAUNCHER, "create", "demo.img", "--size", "1M")
        .ok();
    assertThat(directory.resolve("demo.img")).hasSize(1 << 20);
    assertThat(directory.resolve("demo.img.key")).exists();
  }

  @Test
  void saysInOneLineWhatItLookedForWhereThereIsNoJdk() {
    String script = ". '%s/.mvn/find-jdk.sh'; KEYSLOT_JAVA_MIN=99; find_jdk".formatted(ROOT);
    Tool.Result result = Tool.run("bash", "-c", script);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err().lines())
        .singleElement()
        .asString()
        .startsWith("keyslot: no JDK 99 or newer found: looked at JAVA_HOME=")
        .contains("/usr/lib/jvm", "then set JAVA_HOME");
  }
}
