package dev.keyslot.testkit.host;

import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.cqhci.CqhciConfig;
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
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/** A device over the model of controller, engine and card, stepped by one thread. */
public final class ModelBench implements AutoCloseable {

  private static final int MEMORY_BYTES = 8 << 20;

  public final TestTime time = new TestTime();
  public final DmaSpace dma;
  public final InterruptLine line = new InterruptLine();
  public final LifecycleTrace trace = new LifecycleTrace(time);
  public final Media media;
  public final EmmcCard card;
  public final CqhciController controller;
  public final Device device;

  /** Memory for data, mapped from the start. */
  public final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_BYTES, 4096);

  private final long bus;

  /** The served profile with a medium on the heap. */
  public ModelBench(long sectors) {
    this(
        CardProfile.served(sectors),
        EngineConfig.served(),
        ControllerConfig.served(1),
        new HeapMedia(sectors * 512));
  }

  public ModelBench(
      CardProfile profile, EngineConfig engine, ControllerConfig config, Media media) {
    this(profile, engine, config, media, null);
  }

  /** With {@code realTime} waits really wait: for tests with threads. */
  public ModelBench(
      CardProfile profile,
      EngineConfig engine,
      ControllerConfig config,
      Media media,
      Clock realTime) {
    this.media = media;
    dma =
        new DmaSpace(
            config.identity().wide() ? DmaSpace.FIRST_BUS_ADDRESS : DmaSpace.FIRST_BUS_ADDRESS_32);
    bus = dma.map(memory);
    card = new EmmcCard(profile, media);
    CryptoEngine silicon = new CryptoEngine(engine, XtsEngines.byName("jdk"));
    controller = new CqhciController(config, dma, line, card, silicon);
    HardwareWait wait =
        realTime == null
            ? new HardwareWait(time, time, controller)
            : new HardwareWait(realTime, new YieldingParker(), controller);
    DeviceWires wires = new DeviceWires(controller, dma, line);
    device = new Device("mmc0", wires, wait, trace, ResourceGrant.ALWAYS);
  }

  /** Gives the processor away for a moment. */
  private static final class YieldingParker implements Parker {
    @Override
    public void park(Object blocker, long timeoutNanos) {
      LockSupport.parkNanos(timeoutNanos);
    }

    @Override
    public void unpark(Thread thread) {
      LockSupport.unpark(thread);
    }
  }

  /** A part as strict as the standard, with descriptors of the given identity. */
  public static ModelBench faithful(long sectors, HostIdentity identity, long seed) {
    return new ModelBench(
        CardProfile.faithful(sectors, seed),
        EngineConfig.faithful(),
        ControllerConfig.faithful(identity),
        new HeapMedia(sectors * 512));
  }

  public MmcHost bind() throws ProbeException {
    return bind(new SdhciPciDriver(CqhciConfig.generic(), true));
  }

  public MmcHost bind(Driver driver) throws ProbeException {
    device.bind(driver);
    return SdhciPciDriver.hostOf(device);
  }

  /** Where the data memory lies for the device. */
  public long bus() {
    return bus;
  }

  /** Lets everything run until nothing can. */
  public void settle(MmcHost host) {
    int idle = 0;
    while (idle < 3) {
      int work = controller.doWork() + host.queue().poll();
      idle = work == 0 ? idle + 1 : 0;
    }
  }

  @Override
  public void close() {
    controller.close();
    media.close();
  }
}
