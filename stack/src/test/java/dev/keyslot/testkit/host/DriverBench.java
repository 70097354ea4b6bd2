package dev.keyslot.testkit.host;

import dev.keyslot.base.Agent;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.DeviceWires;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.device.ResourceGrant;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** A device with a scripted window and card, its trace and its time, ready to be bound. */
public final class DriverBench implements ResourceGrant {

  /** 4 GiB: a sector-addressed card. */
  public static final long LARGE_SECTORS = 8L << 20;

  private static final int MEMORY_BYTES = 4 << 20;

  public final TestTime time = new TestTime();
  public final DmaSpace dma = new DmaSpace();
  public final InterruptLine line = new InterruptLine();
  public final LifecycleTrace trace = new LifecycleTrace(time);
  public final ScriptedCard card;
  public final ScriptedWindow window;
  public final Device device;

  /** Memory for data, mapped from the start. */
  public final MemorySegment memory = Arena.ofAuto().allocate(MEMORY_BYTES, 4096);

  public final long memoryBus = dma.map(memory);

  private Consumer<String> onGrant = what -> {};
  private int acquisitions;
  private int refuseAt = -1;

  public DriverBench() {
    this(new ScriptedCard(LARGE_SECTORS));
  }

  public DriverBench(ScriptedCard card) {
    this.card = card;
    window = new ScriptedWindow(dma, line, card);
    HardwareWait wait = new HardwareWait(time, time, new IdleHardware());
    device = new Device("mmc0", new DeviceWires(window, dma, line), wait, trace, this);
  }

  /** The window never does anything by itself. */
  private static final class IdleHardware implements Agent {
    @Override
    public int doWork() {
      return 0;
    }

    @Override
    public String roleName() {
      return "scripted";
    }
  }

  public MmcHost bind() throws ProbeException {
    return bind(true);
  }

  public MmcHost bind(boolean crypto) throws ProbeException {
    device.bind(new SdhciPciDriver(CqhciConfig.generic(), crypto));
    return SdhciPciDriver.hostOf(device);
  }

  /** The {@code index}th acquisition from now on, counted from 0, is refused; -1 for none. */
  public void refuseAcquisition(int index) {
    acquisitions = 0;
    refuseAt = index;
  }

  public int acquisitions() {
    return acquisitions;
  }

  /** Is told of each acquisition before it is granted or refused. */
  public void onGrant(Consumer<String> action) {
    onGrant = action;
  }

  @Override
  public boolean grant(String what) {
    onGrant.accept(what);
    return acquisitions++ != refuseAt;
  }
}
