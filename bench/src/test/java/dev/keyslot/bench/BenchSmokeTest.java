package dev.keyslot.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Keeps every bench alive: each runs one short iteration. Says nothing about speed. */
class BenchSmokeTest {

  @Test
  void everyBenchRunsOneIteration() throws RunnerException {
    Options options =
        new OptionsBuilder()
            .param("engine", engines())
            .include("dev\\.keyslot\\.bench\\..*")
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(20))
            .shouldFailOnError(true)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    assertThat(results).isNotEmpty();
    assertThat(results)
        .allSatisfy(r -> assertThat(r.getPrimaryResult().getScore()).isGreaterThan(0));
  }

  /** The engines this machine has. */
  private static String[] engines() {
    return XtsEngines.all().stream().map(Xts::name).toArray(String[]::new);
  }
}
