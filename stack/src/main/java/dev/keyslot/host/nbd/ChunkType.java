package dev.keyslot.host.nbd;

/** Chunks of a structured reply with their numbers on the wire; errors have bit 15 set. */
enum ChunkType {
  NONE(0),
  OFFSET_DATA(1),
  OFFSET_HOLE(2),
  BLOCK_STATUS(5),
  BLOCK_STATUS_EXT(6),
  ERROR(0x8001),
  ERROR_OFFSET(0x8002);

  private final int wireValue;

  ChunkType(int wireValue) {
    this.wireValue = wireValue;
  }

  int wireValue() {
    return wireValue;
  }
}
