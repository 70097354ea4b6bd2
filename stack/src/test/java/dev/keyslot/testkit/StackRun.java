package dev.keyslot.testkit;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.Agent;
import dev.keyslot.base.Clock;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * One run of random requests through the whole stack over silicon that misbehaves, in one thread
 * and in virtual time, with what must hold in every such run.
 *
 * <p>No wrong data returned as good; nothing acknowledged and flushed lost; no plaintext on the
 * medium; no hang; no leak. Once a silent fault has struck, the first two cannot be asked for.
 */
public final class StackRun {

  public static final int SECTORS = 512;

  private static final int SECTOR = SectorShadow.SECTOR_BYTES;
  private static final int REGION_SECTORS = 64;
  private static final int BATCH_MAX = 5;

  /** Register accesses while no time passes; a batch of requests needs some hundred. */
  private static final long ACCESSES_MAX = 1_000_000;

  /** Far above the time limits of three flushes that hang: 600 s each. */
  private static final long VIRTUAL_NANOS_MAX = 40_000L * 1_000_000_000L;

  private final SplittableRandom random;
  private final HostChoice host;
  private final int unit;
  private final Disturbance disturbance;
  private final SectorShadow shadow = new SectorShadow(SECTORS);
  private SteppedStack stack;
  private int values;
  private long accesses;
  private long accessesAtNanos;
  private int resetsSeen;
  private boolean trusting;
  private Plant plant = Plant.NOTHING;

  public StackRun(long seed, HostChoice host, int unit, Disturbance disturbance) {
    random = new SplittableRandom(seed);
    this.host = host;
    this.unit = unit;
    this.disturbance = disturbance;
  }

  /** The card's cache does not outlive a reset, which may tear a sector. */
  public StackRun withVolatileCache() {
    shadow.tearing();
    return this;
  }

  /** Silent faults are looked for as well: to see the checks fail. */
  public StackRun trusting() {
    trusting = true;
    return this;
  }

  /** Something is broken on purpose: to see the checks fail. */
  public StackRun planting(Plant offence) {
    plant = offence;
    return this;
  }

  /** A request, and what it means for the sectors it covers. */
  private record Step(ExportRequest request, int first, int count, int value) {
    Kind kind() {
      return request.kind();
    }

    boolean ok() {
      return request.error() == NbdError.OK;
    }
  }

  /** Runs {@code batches} batches; every violation is an {@link AssertionError}. */
  public void run(int batches) throws StackException {
    try (HeapMedia media = new HeapMedia((long) SECTORS * SECTOR)) {
      stack =
          SteppedStack.disturbed(plant.medium(media), unit, host, this::configured, disturbance);
      for (int i = 0; i < batches; i++) {
        batch();
        plant.afterBatch(stack);
        inTime();
      }
      leaksNothing();
      stack.close();
      noPlaintext(media);
      survives(media);
    }
  }

  private MachineConfig configured(MachineConfig config) {
    SiliconProbe probe =
        new SiliconProbe() {
          @Override
          public Mmio registers(Mmio registers, InterruptLine interrupt, int queueBase) {
            return counting(registers, config.clock());
          }

          @Override
          public Agent agent(Agent controller) {
            return plant.agent(controller);
          }
        };
    return plant.config(
        new MachineConfig(
            config.engine(),
            config.host(),
            config.dataPaths(),
            config.clock(),
            config.parker(),
            probe));
  }

  // ---- requests

  private void batch() {
    List<Step> steps = new ArrayList<>();
    int regions = SECTORS / REGION_SECTORS;
    int start = random.nextInt(regions);
    int count = 1 + random.nextInt(BATCH_MAX);
    for (int i = 0; i < count; i++) {
      steps.add(step(i, (start + i) % regions * REGION_SECTORS));
    }
    List<Set<Integer>> promise = shadow.promise();
    stack.run(steps.stream().map(Step::request).toArray(ExportRequest[]::new));
    boolean tainted = silent();
    if (steps.stream().anyMatch(s -> s.kind() == Kind.FLUSH && s.ok())) {
      shadow.flushed(promise);
    }
    steps.forEach(this::settle);
    if (cacheMayBeLost()) {
      shadow.cacheLost();
    }
    for (Step step : steps) {
      if (!tainted && step.kind() == Kind.READ && step.ok()) {
        complain(shadow.complaint(step.request().data(), step.first()));
      }
    }
  }

  private Step step(int index, int region) {
    int first = region + random.nextInt(REGION_SECTORS / 2);
    int count = 1 + random.nextInt(REGION_SECTORS / 2);
    if (random.nextInt(3) > 0) { // whole data units
      int perUnit = unit / SECTOR;
      first -= first % perUnit;
      count = Math.max(perUnit, count - count % perUnit);
    }
    long at = (long) first * SECTOR;
    long length = (long) count * SECTOR;
    boolean fua = random.nextInt(4) == 0;
    ExportRequest request = new ExportRequest();
    return switch (random.nextInt(8)) {
      case 0 -> new Step(request.start(Kind.FLUSH, 0, 0), 0, 0, 0);
      case 1 -> new Step(request.start(Kind.TRIM, at, length).fua(fua), first, count, 0);
      case 2 -> new Step(request.start(Kind.WRITE_ZEROES, at, length).fua(fua), first, count, 0);
      case 3, 4, 5 -> {
        MemorySegment data = memory(index, length);
        int value = ++values;
        SectorShadow.fill(data, first, value);
        yield new Step(
            request.start(Kind.WRITE, at, length).fua(fua).data(data), first, count, value);
      }
      default -> {
        MemorySegment data = memory(index, length);
        data.fill((byte) 0xEE);
        yield new Step(request.start(Kind.READ, at, length).data(data), first, count, 0);
      }
    };
  }

  private MemorySegment memory(int index, long length) {
    return stack.buffer(0).asSlice((long) index * REGION_SECTORS * SECTOR, length);
  }

  private void settle(Step step) {
    switch (step.kind()) {
      case WRITE, WRITE_ZEROES -> {
        if (step.ok()) {
          shadow.wrote(step.first(), step.count(), step.value(), step.request().fua());
        } else {
          shadow.failed(step.first(), step.count(), step.value());
        }
        rewritten(step, step.kind() == Kind.WRITE && step.ok());
      }
      // A trim may leave the parts of data units at its ends alone.
      case TRIM -> trimmed(step);
      case READ, FLUSH, BLOCK_STATUS, CACHE -> {}
    }
  }

  private void trimmed(Step step) {
    int whole = unitAfter(step.first());
    int end = unitBefore(step.first() + step.count());
    shadow.failed(step.first(), step.count(), 0);
    if (step.ok() && end > whole) {
      shadow.wrote(whole, end - whole, 0, step.request().fua());
    }
    rewritten(step, false);
  }

  /** Sectors beside those of a step, in the same data units; of zeros also its own there. */
  private void rewritten(Step step, boolean surely) {
    int end = step.first() + step.count();
    boolean durable = step.request().fua();
    int head = unitBefore(step.first());
    int tail = unitAfter(end);
    shadow.rewritten(head, step.first() - head, surely, durable);
    shadow.rewritten(end, tail - end, surely, durable);
    if (step.value() == 0) {
      int whole = Math.min(unitAfter(step.first()), end);
      int wholeEnd = Math.max(unitBefore(end), step.first());
      shadow.rewritten(step.first(), whole - step.first(), false, false);
      shadow.rewritten(wholeEnd, end - wholeEnd, false, false);
    }
  }

  private int unitBefore(int sector) {
    return sector - sector % (unit / SECTOR);
  }

  private int unitAfter(int sector) {
    return unitBefore(sector + unit / SECTOR - 1);
  }

  // ---- what must hold

  private boolean silent() {
    return !trusting
        && disturbance.faults().strikesByPoint().keySet().stream().anyMatch(FaultPoint::silent);
  }

  /** Whether the card was reset, by a fault or by the host, since the last time this was asked. */
  private boolean cacheMayBeLost() {
    long resets =
        stack.machine().trace().steps().stream().filter(s -> s == LifecycleStep.CARD_RESET).count();
    for (FaultPoint point :
        List.of(FaultPoint.POWER_DROP, FaultPoint.CARD_RESET, FaultPoint.CONTROLLER_RESET)) {
      resets += disturbance.faults().strikesByPoint().getOrDefault(point, 0L);
    }
    boolean more = resets > resetsSeen;
    resetsSeen = (int) resets;
    return more;
  }

  private static void complain(String complaint) {
    if (complaint != null) {
      throw new AssertionError(complaint);
    }
  }

  private void leaksNothing() {
    if (stack.machine().queue() instanceof RequestQueue queue) {
      same("unfinished requests", queue.unfinished(), 0);
      KeyslotManager keyslots = queue.keyslotManager();
      same("keyslots in use", keyslots == null ? 0 : keyslots.slotsInUse(), 0);
    }
    same("bounce memory in use", stack.bounces().inUse(), 0);
  }

  private static void same(String what, long found, long expected) {
    if (found != expected) {
      throw new AssertionError("%s: %d, must be %d".formatted(what, found, expected));
    }
  }

  private static byte[] content(HeapMedia media) {
    byte[] bytes = new byte[SECTORS * SECTOR];
    media.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Fails where a sector of ours lies on the medium as it was written. */
  public static void noPlaintext(HeapMedia media) {
    String text = new String(content(media), StandardCharsets.ISO_8859_1);
    if (text.contains(SectorShadow.MARK)) {
      throw new AssertionError("plaintext on the medium at " + text.indexOf(SectorShadow.MARK));
    }
  }

  /** A machine without faults, over the same medium after a power cut, finds what was promised. */
  private void survives(HeapMedia media) throws StackException {
    if (silent()) {
      return;
    }
    shadow.cacheLost();
    try (SteppedStack healthy =
        SteppedStack.disturbed(
            media, unit, HostChoice.defaults(), UnaryOperator.identity(), Disturbance.NONE)) {
      MemorySegment data = healthy.buffer(0).asSlice(0, (long) SECTORS * SECTOR);
      NbdError error =
          healthy.runOne(new ExportRequest().start(Kind.READ, 0, data.byteSize()).data(data));
      if (error != NbdError.OK) {
        throw new AssertionError("medium must be readable afterwards: error=" + error);
      }
      complain(shadow.complaint(data, 0));
    }
  }

  // ---- no hang

  private void inTime() {
    if (stack.clock().nanoTime() > VIRTUAL_NANOS_MAX) {
      throw new AssertionError("too much virtual time: " + stack.clock().nanoTime() + " ns");
    }
  }

  private Mmio counting(Mmio registers, Clock clock) {
    return (Mmio)
        Proxy.newProxyInstance(
            Mmio.class.getClassLoader(),
            new Class<?>[] {Mmio.class},
            (proxy, method, arguments) -> {
              count(clock.nanoTime());
              try {
                return method.invoke(registers, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private void count(long nanos) {
    accesses = nanos == accessesAtNanos ? accesses + 1 : 0;
    accessesAtNanos = nanos;
    if (accesses > ACCESSES_MAX) {
      throw new AssertionError("hang: more than " + ACCESSES_MAX + " register accesses at a time");
    }
  }
}
