package dev.keyslot.testkit;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;

/** A controller with its card and medium, and a {@link BareDriver} on it. Belongs to one thread. */
public final class Silicon implements AutoCloseable {

  private final DmaSpace dma = new DmaSpace();
  private final InterruptLine line = new InterruptLine();
  private final CqhciController controller;
  private final BareDriver driver;

  public Silicon(ControllerConfig config, EngineConfig engine, CardPort card) {
    this(config, engine, card, BareDriver.DATA_BYTES);
  }

  /** With so many bytes for the driver's data: large memory takes long to come by. */
  public Silicon(ControllerConfig config, EngineConfig engine, CardPort card, int dataBytes) {
    controller =
        new CqhciController(config, dma, line, card, new CryptoEngine(engine, XtsEngines.jdk()));
    driver =
        new BareDriver(
            controller,
            dma,
            line,
            controller::doWork,
            config.identity().transferBytes(),
            dataBytes);
  }

  /** What serves volumes, over {@code media}. */
  public static Silicon served(Media media) {
    CardProfile profile = CardProfile.served(media.sizeBytes() / 512);
    return new Silicon(
        ControllerConfig.served(2), EngineConfig.served(), new EmmcCard(profile, media));
  }

  /** What serves volumes, over a fresh heap medium. */
  public static Silicon served(long sectors) {
    return served(new HeapMedia(sectors * 512));
  }

  public CqhciController controller() {
    return controller;
  }

  public BareDriver driver() {
    return driver;
  }

  public InterruptLine line() {
    return line;
  }

  public DmaSpace dma() {
    return dma;
  }

  @Override
  public void close() {
    controller.close();
    driver.close();
  }
}
