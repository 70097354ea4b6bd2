package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Card and controller lose their state at seeded points while fio verifies, on every kind of host.
 * {@code -Dkeyslot.long=true}: a hundred resets each.
 */
class ResetUnderLoadIT {

  private static final Pattern STRIKE =
      Pattern.compile("fault \\d+: (card-reset|power-drop|controller-reset) at index \\d+");
  private static final Pattern RESET = Pattern.compile("card reset: device=mmc0 took=(\\d+) ms");

  /** Halt 500 ms, CMD12 and CMD48 1 s each, and bring-up, on a machine that has other work. */
  private static final long RECOVERY_MILLIS_MAX = 3_000;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @ParameterizedTest
  @EnumSource
  void fioFindsNoWrongByte(HostKind host) {
    Tool.need("fio");
    long seed = Seeds.next(ResetUnderLoadIT.class) & 0xFFFF_FFFFL;
    int resetsMin = Tool.isLongRun() ? 100 : 4;
    String log;
    try (ServerProcess server =
        ServerProcess.serve(
            directory.resolve("v.img"),
            "--size",
            "64M",
            "--host",
            host.label(),
            "--reset-every",
            "150",
            "--seed",
            "" + seed)) {
      for (int round = 0; strikes(server.output()) < resetsMin; round++) {
        fio(server.uri(), seed + round);
        assertThat(round).as("rounds").isLessThan(40);
      }
      assertThat(server.stop()).isZero();
      log = server.output();
    }
    List<Long> times =
        RESET.matcher(log).results().map(match -> Long.parseLong(match.group(1))).toList();
    assertThat(times).hasSizeGreaterThanOrEqualTo(resetsMin / 2);
    assertThat(times).allMatch(millis -> millis < RECOVERY_MILLIS_MAX);
    System.out.printf(
        "%s: %d resets, %d recoveries, the longest %d ms%n",
        host, strikes(log), times.size(), times.stream().mapToLong(t -> t).max().orElse(0));
  }

  private static long strikes(String log) {
    return STRIKE.matcher(log).results().count();
  }

  private static void fio(String uri, long seed) {
    Tool.Result result =
        Tool.run(
            "fio",
            "--name=v",
            "--ioengine=nbd",
            "--uri=" + uri,
            "--thread",
            "--numjobs=2",
            "--iodepth=8",
            "--rw=randwrite",
            "--bsrange=4k-64k",
            "--size=8m",
            "--offset_increment=16m",
            "--fsync=32",
            "--verify=crc32c",
            "--verify_fatal=1",
            "--verify_state_save=0",
            "--randseed=" + seed,
            "--group_reporting");
    assertThat(result.ok().err()).doesNotContain("verify");
  }

  @Test
  void aWrongPlanIsOneLineWithItsPlace() {
    Tool.Result result =
        ServerProcess.keyslot(
            "serve", directory.resolve("v.img").toString(), "--faults", "read-crc,write-crc often");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("keyslot: --faults: a rule must be POINT [index N]")
        .contains("line=1 column=20 word=often");
  }

  @Test
  void helpListsTheCatalogueWithoutAnImage() {
    Tool.Result result = ServerProcess.keyslot("serve", "--faults", "help");
    assertThat(result.ok().out()).contains("  controller-reset ").contains("POINT [index N]");
  }
}
