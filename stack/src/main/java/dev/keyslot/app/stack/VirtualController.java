package dev.keyslot.app.stack;

import dev.keyslot.app.trace.WaveTrace;
import dev.keyslot.base.Agent;
import dev.keyslot.base.Clock;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.sdhci.SdhciRegister;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardSocket;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.FaultyCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.KeyWrapper;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.Media;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The silicon for other people's drivers: registers, memory, an interrupt line and a card slot,
 * without any of our host software.
 *
 * <p>Nothing runs by itself: whoever waits for the hardware calls {@link #step}. Safe from any
 * thread. Key words leave neither by a register nor by a snapshot. An example stands in
 * docs/virtual-controller.md.
 */
public final class VirtualController implements AutoCloseable {

  /**
   * What a part is built of.
   *
   * @param identity the real part it looks like
   * @param engine what its engine announces
   * @param wrapper seals the keys that slots take in wrapped form, in place of the part's firmware;
   *     closed with the controller; null where the engine takes none
   * @param faults what goes wrong in it, and when
   * @param clock counts for interrupt coalescing and queue status; null: the part has no timers,
   *     coalesces by count and asks its card at each step
   */
  public record Part(
      HostIdentity identity,
      EngineConfig engine,
      KeyWrapper wrapper,
      FaultPlan faults,
      Clock clock) {

    /** A part without faults and timers, whose engine is that of a served volume. */
    public static Part of(HostIdentity identity) {
      return new Part(identity, EngineConfig.served(), null, FaultPlan.NONE, null);
    }

    /** The same, with another engine. */
    public Part engine(EngineConfig other) {
      return new Part(identity, other, wrapper, faults, clock);
    }

    /** The same, with an engine that takes keys raw or sealed by {@code by}. */
    public Part wrapping(KeyWrapper by) {
      return new Part(identity, EngineConfig.wrapping(), by, faults, clock);
    }

    /** The same, misbehaving. */
    public Part failing(FaultPlan plan) {
      return new Part(identity, engine, wrapper, plan, clock);
    }

    /** The same, with timers. */
    public Part timedBy(Clock by) {
      return new Part(identity, engine, wrapper, faults, by);
    }
  }

  private final DmaSpace memory;
  private final InterruptLine interrupt = new InterruptLine();
  private final CardSocket socket = new CardSocket();
  private final FaultPlan faults;
  private final HostIdentity identity;
  private final CqhciController controller;
  private final CryptoEngine engine;
  private final List<WaveTrace> waves = new ArrayList<>();

  /** The controller, or a trace around it. */
  private Mmio window;

  /** The controller, or a trace around it. */
  private Agent stepped;

  private VirtualController(Part part) {
    identity = part.identity();
    memory =
        new DmaSpace(identity.wide() ? DmaSpace.FIRST_BUS_ADDRESS : DmaSpace.FIRST_BUS_ADDRESS_32);
    faults = part.faults();
    engine = new CryptoEngine(part.engine(), XtsEngines.fastest(4096), part.wrapper());
    controller =
        new CqhciController(
            ControllerConfig.faithful(identity).withFaults(faults).timedBy(part.clock()),
            memory,
            interrupt,
            socket,
            engine);
    window = controller;
    stepped = controller;
  }

  /** A controller of our default part with an empty slot, whose faults {@code plan} decides. */
  public static VirtualController create(FaultPlan plan) {
    return create(HostIdentity.PLATFORM_64, plan);
  }

  /** The same, looking like {@code identity}. */
  public static VirtualController create(HostIdentity identity, FaultPlan plan) {
    return create(Part.of(identity).failing(plan));
  }

  /** A controller with an empty slot, built of {@code part}. */
  public static VirtualController create(Part part) {
    return new VirtualController(part);
  }

  /** The register window: SDHCI at 0, CQHCI at 200h. */
  public Mmio registers() {
    return window;
  }

  /**
   * Writes register, doorbell and interrupt activity into a new wave file, without keys, from now
   * until it is closed or {@link WaveTrace#FILE_BYTES_MAX} is reached. To be called by one thread,
   * before {@link #registers} is asked for.
   */
  public void trace(Path file, Clock clock) throws IOException {
    WaveTrace wave = WaveTrace.create(file, clock);
    waves.add(wave);
    window = wave.registers(window, interrupt, identity.cqhciBase());
    stepped = wave.agent(stepped);
  }

  /** Map here what descriptors and data lie in. */
  public DmaSpace memory() {
    return memory;
  }

  /** The level of the controller's only interrupt. */
  public InterruptLine interrupt() {
    return interrupt;
  }

  /** Length of a transfer descriptor, which no register tells. */
  public int transferDescriptorBytes() {
    return identity.transferBytes();
  }

  /** Lets the hardware do what it can do now; returns 0 when that was nothing. */
  public int step() {
    return stepped.doWork();
  }

  /** Puts in a card with {@code media} behind it, taking out the one that is there. */
  public void insertCard(CardProfile profile, Media media) {
    socket.insert(new FaultyCard(new EmmcCard(profile, new FaultyMedia(media, faults)), faults));
  }

  /** Takes the card out; its volatile cache is lost as its profile says. */
  public void removeCard() {
    socket.remove();
  }

  /** The engine's supply goes and comes back: keyslots are empty, keys sealed for them are void. */
  public void powerCycleEngine() {
    engine.powerCycle();
  }

  /** Every register as {@code BLOCK NAME offset value}, keyslots without their keys. */
  public List<String> snapshot() {
    List<String> lines = new ArrayList<>();
    for (SdhciRegister register : SdhciRegister.values()) {
      if (register != SdhciRegister.BUFFER_DATA) { // reading it would take data away
        lines.add(line("SDHCI", register, 0));
      }
    }
    for (CqhciRegister register : CqhciRegister.values()) {
      lines.add(line("CQHCI", register, identity.cqhciBase()));
    }
    return lines;
  }

  private String line(String block, Register register, int base) {
    int offset = base + register.offset();
    String value =
        switch (register.widthBytes()) {
          case Byte.BYTES -> "%02x".formatted(controller.read8(offset));
          case Short.BYTES -> "%04x".formatted(controller.read16(offset));
          default -> "%08x".formatted(controller.read32(offset));
        };
    return "%s %s %04x %s".formatted(block, register.name(), offset, value);
  }

  @Override
  public void close() {
    waves.forEach(WaveTrace::close);
    controller.close();
  }
}
