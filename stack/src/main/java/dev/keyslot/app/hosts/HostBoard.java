package dev.keyslot.app.hosts;

import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.sdhci.InlineKeysDriver;
import dev.keyslot.host.sdhci.SdhciIceDriver;
import dev.keyslot.host.sdhci.SdhciMsmDriver;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.ice.IceBlock;
import dev.keyslot.model.ice.IceFirmware;
import java.util.function.UnaryOperator;

/**
 * What a machine with one kind of host is made of: the configurations of its silicon, and the
 * driver for it.
 *
 * @param controller how the controller is built
 * @param engine what its crypto engine can do
 * @param card the card in its slot
 * @param driver makes the driver once the controller is there
 */
public record HostBoard(
    ControllerConfig controller, EngineConfig engine, CardProfile card, DriverMaker driver) {

  /** Makes the driver once the controller is there. */
  @FunctionalInterface
  public interface DriverMaker {

    /**
     * The driver of {@code controller}.
     *
     * @param dma the memory that controller and firmware share with software
     * @param seen stands between the driver and the register windows it has beside the
     *     controller's: the identity, or an observer
     */
    Driver make(CqhciController controller, DmaSpace dma, UnaryOperator<Mmio> seen);
  }

  /**
   * The board that serves.
   *
   * @param dataPaths tasks, or batches of them, that move data at once
   * @param sectors of the card, of 512 bytes
   */
  public static HostBoard served(HostChoice choice, int dataPaths, long sectors) {
    return switch (choice.kind()) {
      case SDHCI_PCI, SDHCI_PLAIN ->
          new HostBoard(
              ControllerConfig.served(dataPaths),
              engine(choice),
              CardProfile.served(sectors),
              (_, _, _) -> new SdhciPciDriver(CqhciConfig.generic(), choice.inline()));
      case SDHCI_MSM -> qualcomm(choice, dataPaths, sectors);
      case SDHCI_ICE ->
          new HostBoard(
              ControllerConfig.served(dataPaths).withIdentity(HostIdentity.COMMAND_CRYPTO),
              engine(choice),
              withoutQueue(CardProfile.served(sectors)),
              (_, _, _) -> new SdhciIceDriver(CqhciConfig.generic(), choice.inline()));
      case INLINE_KEYS ->
          new HostBoard(
              ControllerConfig.served(dataPaths).withIdentity(HostIdentity.INLINE_KEYS),
              engine(choice),
              CardProfile.served(sectors),
              (_, _, _) -> new InlineKeysDriver(CqhciConfig.generic()));
    };
  }

  /** Without keyslots, the part lacks the region of its engine. */
  private static HostBoard qualcomm(HostChoice choice, int dataPaths, long sectors) {
    EngineConfig engine = engine(choice);
    HostIdentity identity = HostIdentity.QUALCOMM;
    CqhciConfig queue =
        new CqhciConfig(identity.cqhciBase(), CqhciConfig.Addressing.BITS_64, false, true);
    Mmio region = choice.inline() ? new IceBlock(IceBlock.Part.served(), engine.slots()) : null;
    return new HostBoard(
        ControllerConfig.served(dataPaths).withIdentity(identity),
        engine,
        CardProfile.served(sectors),
        (controller, dma, seen) ->
            new SdhciMsmDriver(
                queue,
                region == null ? null : seen.apply(region),
                new IceFirmware(engine, dma, controller::writeKeyslot)));
  }

  private static CardProfile withoutQueue(CardProfile card) {
    return new CardProfile(
        card.sectors(),
        card.erasedByte(),
        card.cacheKibit(),
        0,
        card.busyPolls(),
        card.holeQuery(),
        card.cache(),
        card.readiness(),
        card.loss(),
        card.seed(),
        card.traits());
  }

  private static EngineConfig engine(HostChoice choice) {
    EngineConfig served = EngineConfig.served();
    return new EngineConfig(
        Math.max(choice.keyslots(), 1),
        served.configPointer(),
        served.capabilities(),
        served.wrap());
  }
}
