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
    /** The host sends bytes that are not for the medium: RPMB frames, a CSD, a password. */
    TAKE_BYTES
  }

  /** Who wants the bytes that the host sends. */
  interface Payload {
    /** All of them, under the card's lock. */
    void take(byte[] bytes);
  }

  /** {@link #blocksLeft} of a transfer that CMD12 ends. */
  static final long OPEN_ENDED = -1;

  private Kind kind = Kind.NONE;
  private CardStore store;
  private long sector;
  private long blocksLeft;
  private boolean durable;

  /** Whether protected sectors were met: what follows is not stored either. */
  private boolean refused;

  private byte[] bytes;
  private Payload payload;
  private int position;

  void startBlocks(Kind what, CardStore where, long firstSector, long blocks, boolean reliable) {
    kind = what;
    store = where;
    sector = firstSector;
    blocksLeft = blocks;
    durable = reliable;
    refused = false;
    bytes = null;
  }

  void startSending(byte[] content) {
    kind = Kind.SEND_BYTES;
    store = null;
    bytes = content;
    position = 0;
  }

  void startTaking(int length, Payload taker) {
    kind = Kind.TAKE_BYTES;
    store = null;
    bytes = new byte[length];
    payload = taker;
    position = 0;
  }

  void stop() {
    kind = Kind.NONE;
    store = null;
    bytes = null;
    payload = null;
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

  boolean refused() {
    return refused;
  }

  void refuse() {
    refused = true;
  }

  byte[] bytes() {
    return bytes;
  }

  Payload payload() {
    return payload;
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
