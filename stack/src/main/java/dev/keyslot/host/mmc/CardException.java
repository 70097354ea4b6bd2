package dev.keyslot.host.mmc;

/** A card that cannot be taken into service; the message names the step and what was expected. */
final class CardException extends Exception {

  private static final long serialVersionUID = 1L;

  private final MmcError error;

  CardException(MmcError error, String message) {
    super(message);
    this.error = error;
  }

  MmcError error() {
    return error;
  }
}
