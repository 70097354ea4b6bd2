package dev.keyslot.model.card;

/**
 * The legacy data transfer under way: what CMD8, 17, 18, 24, 25 and the like have started.
 *
 * <p>Guarded by the card's lock.
 */
final class BlockTransfer {

  /** What moves. */
  enum Kind {
    NONE,
    READ,
    WRITE,
    /** The card sends bytes of its own: EXT_CSD, a tuning block, protection bits. */
    SEND_BYTES,
    /** The host sends bytes that are not for the medium: RPMB frames. */
    TAKE_BYTES
  }

  /** {@link #blocksLeft} of a transfer that CMD12 ends. */
  static final long OPEN_ENDED = -1;

  private Kind kind = Kind.NONE;
  private CardStore store;
  private long sector;
  private long blocksLeft;
  private boolean durable;
  private byte[] bytes;
  private int position;

  void startBlocks(Kind what, CardStore where, long firstSector, long blocks, boolean reliable) {
    kind = what;
    store = where;
    sector = firstSector;
    blocksLeft = blocks;
    durable = reliable;
    bytes = null;
  }

  void startBytes(Kind what, byte[] content) {
    kind = what;
    store = null;
    bytes = content;
    position = 0;
  }

  void stop() {
    kind = Kind.NONE;
    store = null;
    bytes = null;
  }

  /** Counts moved blocks; true when a counted transfer has ended. */
  boolean advance(long blocks) {
    sector += blocks;
    if (blocksLeft == OPEN_ENDED) {
      return false;
    }
    blocksLeft -= blocks;
    return blocksLeft <= 0;
  }

  Kind kind() {
    return kind;
  }

  CardStore store() {
    return store;
  }

  long sector() {
    return sector;
  }

  long blocksLeft() {
    return blocksLeft;
  }

  boolean durable() {
    return durable;
  }

  byte[] bytes() {
    return bytes;
  }

  /** Where in {@link #bytes} the next ones go, or come from. */
  int position() {
    return position;
  }

  /** Counts moved bytes; true when all have moved. */
  boolean advanceBytes(int count) {
    position += count;
    return position >= bytes.length;
  }
}
