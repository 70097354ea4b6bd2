package dev.keyslot.host.mmc;

import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;

/** Brings up whatever card is in the slot. Used with the host claimed. */
final class CardFinder {

  private static final Logger LOG = System.getLogger(CardFinder.class.getName());

  /** Linux tries as often, at lower clocks. */
  private static final int TRIES = 4;

  private final MmcHost host;
  private final Device device;
  private final CommandPath path;
  private final MemorySegment buffer;
  private final Runnable initialState;

  /**
   * @param buffer at least 512 bytes that the device can reach
   * @param initialState takes the host to its initial state
   */
  CardFinder(
      MmcHost host, Device device, CommandPath path, MemorySegment buffer, Runnable initialState) {
    this.host = host;
    this.device = device;
    this.path = path;
    this.buffer = buffer;
    this.initialState = initialState;
  }

  /** One try. */
  MmcCard once() throws CardException {
    MmcCard card = newBringUp().run();
    device.trace().emit(LifecycleStep.BUS_SET, device.name() + " " + path.bus());
    device.trace().emit(LifecycleStep.CARD_FOUND, device.name());
    return card;
  }

  private CardBringUp newBringUp() {
    return new CardBringUp(host, path, device.hardwareWait(), buffer);
  }

  /** Several tries: a single error on the bus must not cost the card. */
  MmcCard patiently() throws CardException {
    for (int left = TRIES - 1; left > 0; left--) {
      try {
        return once();
      } catch (CardException failure) {
        if (!host.ops().cardPresent()) {
          throw failure;
        }
        LOG.log(Level.WARNING, "tried again: device={0}: {1}", device.name(), failure.getMessage());
        host.ops().resetCard();
        initialState.run();
      }
    }
    return once();
  }

  /** Tunes the bus to the card that is in service, with nothing in flight. */
  void retune() throws CardException {
    newBringUp().retune();
  }
}
