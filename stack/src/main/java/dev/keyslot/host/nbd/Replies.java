package dev.keyslot.host.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Gathers the replies of a turn into one write: headers from here, data from the turn's chunks.
 *
 * <p>If they are more than fit, what is there goes out first; the write role is then kept until all
 * are sent. Belongs to its turn.
 */
final class Replies {

  /** Buffers in one write. */
  static final int GATHER_MAX = 256;

  /** Headers of 31 refusals with their texts, or of all the chunks of a MiB with holes. */
  private static final int HEADS_BYTES = 8 << 10;

  private final ByteBuffer heads = ByteBuffer.allocateDirect(HEADS_BYTES);
  private final ByteBuffer[] headViews = new ByteBuffer[GATHER_MAX];
  private final ByteBuffer[] gather = new ByteBuffer[GATHER_MAX];
  private int count;
  private int headViewsUsed;

  /** Where in {@link #heads} the bytes begin that are not in {@link #gather} yet. */
  private int headStart;

  private Turn turn;
  private Outlet outlet;
  private boolean inRole;

  /** Prepares for the replies of {@code newTurn}. */
  void open(Turn newTurn, Outlet newOutlet) {
    turn = newTurn;
    outlet = newOutlet;
    inRole = false;
    reset();
  }

  /** Room for {@code bytes} of header, to be written here at once. */
  ByteBuffer head(int bytes) throws IOException {
    if (heads.remaining() < bytes || count + 2 >= GATHER_MAX) {
      send();
    }
    return heads;
  }

  /** Adds data behind the header written last. */
  void data(ByteBuffer view) throws IOException {
    if (count + 2 >= GATHER_MAX) {
      // the view was made for this write: what is before it must go first, and it with it
      closeHead();
      gather[count++] = view;
      send();
      return;
    }
    closeHead();
    gather[count++] = view;
  }

  /** Sends what is left and gives the write role back. */
  void finish() throws IOException {
    send();
    leave();
  }

  /** Gives the write role back after whatever happened. */
  void leave() {
    if (inRole) {
      inRole = false;
      outlet.giveRole();
    }
  }

  /** Largest answer of one context. */
  static int statusBytesMax() {
    return 2 * Long.BYTES * (ExtentList.EXTENTS_MAX + 1);
  }

  private void send() throws IOException {
    closeHead();
    if (count > 0) {
      if (!inRole) {
        outlet.takeRole();
        inRole = true;
      }
      outlet.write(gather, count);
    }
    reset();
    turn.reuseViews();
  }

  private void reset() {
    heads.clear();
    headStart = 0;
    headViewsUsed = 0;
    count = 0;
  }

  private void closeHead() {
    int end = heads.position();
    if (end == headStart) {
      return;
    }
    ByteBuffer view = headViews[headViewsUsed];
    if (view == null) {
      view = heads.duplicate();
      headViews[headViewsUsed] = view;
    }
    headViewsUsed++;
    gather[count++] = view.limit(end).position(headStart);
    headStart = end;
  }
}
