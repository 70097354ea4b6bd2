package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.trace.LifecycleOutput;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.app.trace.TraceRequest;
import dev.keyslot.app.trace.WaveTrace;
import dev.keyslot.base.Agent;
import dev.keyslot.base.Clock;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The traces of one stack, from before its machine is built until after it is taken apart. */
final class OpenTraces implements SiliconProbe, AutoCloseable {

  private final List<WaveTrace> waves = new ArrayList<>();
  private final List<LifecycleOutput> lives = new ArrayList<>();

  private OpenTraces() {}

  /** Opens what was asked for; nothing stays open if one of them cannot be. */
  static OpenTraces open(List<TraceRequest> requests, Clock clock) throws StackException {
    var traces = new OpenTraces();
    try {
      for (TraceRequest request : requests) {
        switch (request.kind()) {
          case VCD -> {
            Path file = request.file().orElseThrow();
            traces.waves.add(opened(file, () -> WaveTrace.create(file, clock)));
          }
          case LIFECYCLE -> {
            Optional<Path> file = request.file();
            Path named = file.orElse(Path.of("log"));
            traces.lives.add(opened(named, () -> LifecycleOutput.create(file)));
          }
        }
      }
      return traces;
    } catch (StackException | RuntimeException e) {
      traces.close();
      throw e;
    }
  }

  /** Makes one trace. */
  private interface Maker<T> {
    T make() throws IOException;
  }

  private static <T> T opened(Path file, Maker<T> maker) throws StackException {
    try {
      return maker.make();
    } catch (FileAlreadyExistsException e) {
      throw new StackException(
          Category.FIX_CONFIG, "trace file must not exist yet: file=" + file, e);
    } catch (IOException e) {
      throw new StackException(
          Category.FIX_CONFIG,
          "trace file must be writable: file=%s reason=%s".formatted(file, Reasons.of(e)),
          e);
    }
  }

  @Override
  public Mmio registers(Mmio registers, InterruptLine interrupt, int queueBase) {
    Mmio seen = registers;
    for (WaveTrace wave : waves) {
      seen = wave.registers(seen, interrupt, queueBase);
    }
    return seen;
  }

  @Override
  public Agent agent(Agent controller) {
    Agent seen = controller;
    for (WaveTrace wave : waves) {
      seen = wave.agent(seen);
    }
    return seen;
  }

  @Override
  public void step(LifecycleTrace.Event event) {
    lives.forEach(life -> life.print(event));
  }

  @Override
  public void close() {
    waves.forEach(WaveTrace::close);
    lives.forEach(LifecycleOutput::close);
  }
}
