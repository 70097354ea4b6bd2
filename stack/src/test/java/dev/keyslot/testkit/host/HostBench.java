package dev.keyslot.testkit.host;

import dev.keyslot.app.hosts.HostBoard;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.DeviceWires;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Any kind of host on its real silicon, seen through a window that counts accesses and can spoil
 * one: a fault at one acquisition or one register read.
 */
public final class HostBench implements AutoCloseable {

  /** What a read gives that goes wrong. */
  public enum ReadFault {
    /** This read alone gives all ones. */
    GLITCH,
    /** It and every later one do: the device fell off its bus. */
    DEATH
  }

  /** 44h of the register window. */
  private static final Long CAPABILITIES_HIGH = 0x44L;

  public final TestTime time = new TestTime();
  public final DmaSpace dma = new DmaSpace();
  public final InterruptLine line = new InterruptLine();
  public final LifecycleTrace trace = new LifecycleTrace(time);
  public final HeapMedia media;
  public final EmmcCard card;
  public final CqhciController controller;
  public final Device device;

  /** Memory for data, mapped from the start. */
  public final MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 4096);

  private final Driver driver;
  private int acquisitions;
  private int refuseAt = -1;
  private int reads;
  private int hiddenCapabilities;
  private Runnable onAccess = () -> {};
  private int faultAt = -1;
  private ReadFault fault = ReadFault.GLITCH;

  public HostBench(HostChoice choice, long sectors) {
    HostBoard board = HostBoard.served(choice, 1, sectors);
    media = new HeapMedia(sectors * 512);
    dma.map(memory);
    card = new EmmcCard(board.card(), media);
    controller =
        new CqhciController(
            board.controller(),
            dma,
            line,
            card,
            new CryptoEngine(board.engine(), XtsEngines.byName("jdk")));
    driver = board.driver().make(controller, dma, this::seen);
    device =
        new Device(
            "mmc0",
            new DeviceWires(seen(controller), dma, line),
            new HardwareWait(time, time, controller),
            trace,
            what -> acquisitions++ != refuseAt);
  }

  /** Counts reads, and spoils the one that is to go wrong. */
  private Mmio seen(Mmio window) {
    return (Mmio)
        Proxy.newProxyInstance(
            Mmio.class.getClassLoader(),
            new Class<?>[] {Mmio.class},
            (_, method, arguments) -> {
              onAccess.run();
              Object result;
              try {
                result = method.invoke(window, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (method.getName().equals("read32") && arguments[0].equals(CAPABILITIES_HIGH)) {
                result = (int) result & ~hiddenCapabilities;
              }
              return method.getName().startsWith("read") && spoiled() ? ones(result) : result;
            });
  }

  private boolean spoiled() {
    int index = reads++;
    return index == faultAt || (fault == ReadFault.DEATH && faultAt >= 0 && index > faultAt);
  }

  private static Object ones(Object value) {
    return switch (value) {
      case Byte _ -> (byte) -1;
      case Short _ -> (short) -1;
      case Integer _ -> -1;
      default -> -1L;
    };
  }

  /** The driver sees none of these bits in the second word of the host's capabilities. */
  public void hideCapabilities(int bits) {
    hiddenCapabilities = bits;
  }

  /** Runs before each register access of the driver, by its thread. */
  public void onAccess(Runnable action) {
    onAccess = action;
  }

  /** The {@code index}th acquisition from now on is refused; -1: none. */
  public void refuseAcquisition(int index) {
    acquisitions = 0;
    refuseAt = index;
  }

  /** The {@code index}th register read from now on goes wrong; -1: none. */
  public void failRead(int index, ReadFault how) {
    reads = 0;
    faultAt = index;
    fault = how;
  }

  public int acquisitions() {
    return acquisitions;
  }

  public int reads() {
    return reads;
  }

  public MmcHost bind() throws ProbeException {
    device.bind(driver);
    return SdhciPciDriver.hostOf(device);
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
