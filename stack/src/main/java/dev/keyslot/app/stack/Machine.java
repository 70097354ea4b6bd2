package dev.keyslot.app.stack;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostBoard;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.base.Agent;
import dev.keyslot.base.Drive;
import dev.keyslot.base.metrics.Metrics;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.fallback.CryptoFallback;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.DeviceWires;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.device.ResourceGrant;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.model.card.CardSocket;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.media.Media;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Both machines, wired: the silicon with a card over a medium, and the host that drives it.
 *
 * <p>Building it probes the host, which brings the card up; closing it unbinds the host and takes
 * the silicon apart. Starts no thread. The medium stays the caller's, who closes it afterwards.
 */
public final class Machine implements AutoCloseable {

  private static final int SECTOR_BYTES = 512;

  private final DmaSpace dma = new DmaSpace();
  private final InterruptLine interrupt = new InterruptLine();
  private final CardSocket socket = new CardSocket();
  private final CqhciController controller;
  private final LifecycleTrace trace;
  private final Device device;
  private final HostKind kind;
  private final RequestQueue hardware;
  private final BlockDevice queue;
  private final Drive drive;

  /** Set by probing. */
  private MachineSource source;

  /** Null where the hardware encrypts. */
  private final CryptoFallback fallback;

  /**
   * Builds a machine whose card is as large as {@code media} and brings it up.
   *
   * @throws StackException if the host cannot be probed or the card not be brought up; nothing is
   *     left behind
   */
  public Machine(MachineConfig config, Media media) throws StackException {
    this(config, media, Disturbance.NONE);
  }

  /** The same, of silicon that misbehaves. */
  public Machine(MachineConfig config, Media media, Disturbance disturbance) throws StackException {
    kind = config.host().kind();
    HostBoard board =
        HostBoard.served(config.host(), config.dataPaths(), media.sizeBytes() / SECTOR_BYTES);
    socket.insert(disturbance.card(board.card(), media));
    controller =
        new CqhciController(
            board.controller().withFaults(disturbance.faults()),
            dma,
            interrupt,
            socket,
            new CryptoEngine(board.engine(), config.engine()));
    Agent stepped = config.probe().agent(controller);
    trace = new LifecycleTrace(config.clock(), config.probe()::step);
    device =
        new Device(
            "mmc0",
            new DeviceWires(
                config
                    .probe()
                    .registers(controller, interrupt, board.controller().identity().cqhciBase()),
                dma,
                interrupt),
            new HardwareWait(config.clock(), config.parker(), stepped),
            trace,
            ResourceGrant.ALWAYS);
    try {
      disturbance.faults().hold();
      hardware = probe(board.driver().make(controller, dma, UnaryOperator.identity()));
      disturbance.faults().arm();
    } catch (StackException | RuntimeException e) {
      controller.close();

      throw e;
    }
    fallback = encryptsInline() ? null : encryptInSoftware(config);
    queue = fallback == null ? hardware : fallback;
    drive = new Drive(config.parker(), this::claimable, stepped, new QueueAgent(queue));
  }

  private CryptoFallback encryptInSoftware(MachineConfig config) {
    var software =
        new CryptoFallback(
            hardware,
            config.engine(),
            CryptoFallback.Settings.defaults(),
            config.parker(),
            config.clock());
    map(software.bounceRegion());
    return software;
  }

  private RequestQueue probe(Driver driver) throws StackException {
    try {
      device.bind(driver);
    } catch (ProbeException e) {
      throw new StackException(Category.GIVE_UP, "host cannot be probed: " + e.getMessage(), e);
    }
    MmcHost host = SdhciPciDriver.hostOf(device);
    source = new MachineSource(host.keyslots(), trace);
    if (host.queue() == null) {
      String problem = host.cardProblem();
      device.unbind();
      throw new StackException(Category.GIVE_UP, "card cannot be brought up: " + problem);
    }
    return host.queue();
  }

  /** Whether the driver found an engine and gave its keyslots to the card's queue. */
  private boolean encryptsInline() {
    return hardware.keyslotManager() != null;
  }

  /** Which host this is and who encrypts, as its driver found it. */
  public String hostLine() {
    int keyslots = encryptsInline() ? hardware.keyslotManager().numSlots() : 0;
    return kind.describe(encryptsInline(), keyslots);
  }

  private boolean claimable() {
    return controller.ready() || interrupt.raised();
  }

  /** The card's request queue, with the fallback around it where the hardware does not encrypt. */
  public BlockDevice queue() {
    return queue;
  }

  /** Lends threads to this machine. */
  public Drive drive() {
    return drive;
  }

  /** Every life-cycle step since the machine was built. */
  public LifecycleTrace trace() {
    return trace;
  }

  /** What its keyslots and recoveries come to. */
  Metrics.Source source() {
    return source;
  }

  /** The host, whose card may be reset, put to sleep, taken out. */
  public MmcHost host() {
    return SdhciPciDriver.hostOf(device);
  }

  /** The slot that the card sits in. */
  public CardSocket socket() {
    return socket;
  }

  /** Makes memory reachable for the controller until the machine is closed. */
  public void map(MemorySegment memory) {
    dma.map(memory);
  }

  /**
   * What only time brings: late requests, recovery. To be called now and then by a thread that does
   * nothing else.
   */
  public void tick() {
    drive.step();
    drive.shareWork();
  }

  /** Puts host and card to sleep; requests wait from now on. */
  public void suspend() {
    host().suspend();
  }

  /** Wakes both; whoever waits for a request that was held back goes on at once. */
  public void resume() {
    host().resume();
    tick();
  }

  /** Stops the host's clock if nothing is in flight; whether it did. */
  public boolean runtimeSuspend() {
    boolean asleep = host().runtimeSuspend();
    tick();
    return asleep;
  }

  /** Unbinds the host and takes the silicon apart. Nothing may be in flight. */
  @Override
  public void close() throws StackException {
    List<String> failures;
    try {
      if (fallback != null) {
        fallback.close();
      }
      failures = device.unbind();
    } finally {
      controller.close();
    }
    if (!failures.isEmpty()) {
      throw new StackException(
          Category.GIVE_UP, "resources not released: " + String.join("; ", failures));
    }
  }

  /** Lets the queue complete what the hardware finished. */
  private record QueueAgent(BlockDevice queue) implements Agent {

    @Override
    public int doWork() {
      return queue.poll();
    }

    @Override
    public String roleName() {
      return "queue";
    }
  }
}
