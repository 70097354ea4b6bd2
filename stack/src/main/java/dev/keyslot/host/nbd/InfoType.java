package dev.keyslot.host.nbd;

/** What INFO and GO can tell about an export, with the numbers on the wire. */
enum InfoType {
  EXPORT(0),
  NAME(1),
  DESCRIPTION(2),
  BLOCK_SIZE(3);

  private final int wireValue;

  InfoType(int wireValue) {
    this.wireValue = wireValue;
  }

  int wireValue() {
    return wireValue;
  }
}
