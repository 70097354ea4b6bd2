package dev.keyslot.host.nbd;

/** Options a client sends in the handshake, with their numbers on the wire. */
enum NbdOption {
  EXPORT_NAME(1),
  ABORT(2),
  LIST(3),
  STARTTLS(5),
  INFO(6),
  GO(7),
  STRUCTURED_REPLY(8),
  LIST_META_CONTEXT(9),
  SET_META_CONTEXT(10),
  EXTENDED_HEADERS(11);

  private static final NbdOption[] ALL = values();

  private final int wireValue;

  NbdOption(int wireValue) {
    this.wireValue = wireValue;
  }

  int wireValue() {
    return wireValue;
  }

  /** The option with this number, or null. */
  static NbdOption of(int wireValue) {
    for (NbdOption option : ALL) {
      if (option.wireValue == wireValue) {
        return option;
      }
    }
    return null;
  }
}
