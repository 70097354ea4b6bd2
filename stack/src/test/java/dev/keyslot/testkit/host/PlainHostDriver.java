package dev.keyslot.testkit.host;

import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcCommand;
import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.host.mmc.MmcHostOps;

/** A driver whose probe is a script of the test's. */
public final class PlainHostDriver implements Driver {

  /** What probing does. */
  @FunctionalInterface
  public interface Probe {
    void run(Device device) throws ProbeException;
  }

  /** Operations of a host whose slot stays empty. */
  public static final MmcHostOps NO_CARD =
      new MmcHostOps() {
        @Override
        public void request(MmcCommand command) {
          command.fail(MmcError.TIMEOUT);
        }

        @Override
        public void setIos(Ios ios) {
          // No bus.
        }

        @Override
        public MmcError executeTuning() {
          return MmcError.UNSUPPORTED;
        }

        @Override
        public boolean cardPresent() {
          return false;
        }

        @Override
        public void resetCard() {
          // No card.
        }

        @Override
        public void commit() {
          // No queue.
        }

        @Override
        public int serviceInterrupt() {
          return 0;
        }

        @Override
        public void suspend() {
          // No state.
        }

        @Override
        public MmcError resume() {
          return MmcError.NONE;
        }
      };

  private final Probe probe;

  public PlainHostDriver(Probe probe) {
    this.probe = probe;
  }

  @Override
  public String name() {
    return "scripted";
  }

  @Override
  public void probe(Device device) throws ProbeException {
    probe.run(device);
  }

  @Override
  public void remove(Device device) {
    // Everything is managed.
  }
}
