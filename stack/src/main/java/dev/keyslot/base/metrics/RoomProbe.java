package dev.keyslot.base.metrics;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * Two probes for each room, where a request enters and where it leaves: events of the JDK's Flight
 * Recorder.
 *
 * <p>Until the recorder is first used, a probe is one test of a flag, and the event is no class
 * yet: to register it takes longer than to answer a first request. Safe from any thread.
 */
public final class RoomProbe {

  /** The slot of work that has none. */
  public static final int NO_SLOT = -1;

  private RoomProbe() {}

  /** Rooms with probes, in the order in which a request passes them. */
  public enum Room {
    NBD,
    VOLUME,
    BLOCK,
    MMC,
    CONTROLLER
  }

  /** What a recording holds. */
  @Name("dev.keyslot.Room")
  @Label("Room")
  @Category("Keyslot")
  @Description("A request enters or leaves a room")
  @StackTrace(false)
  @SuppressWarnings("UnusedVariable") // the recorder reads the fields
  static final class RoomEvent extends Event {

    private static final RoomEvent ANY = new RoomEvent();

    @Label("Room")
    private String room;

    @Label("Enters")
    @Description("True on its way in, false on its way out")
    private boolean enters;

    @Label("Id")
    @Description("NBD: requests of the turn; volume: offset in bytes; others: first sector")
    private long id;

    @Label("Slot")
    @Description("Of the controller's queue; -1 for none")
    private int slot;
  }

  /** Work goes into {@code room}. */
  public static void enter(Room room, long id, int slot) {
    if (wanted()) {
      emit(room, true, id, slot);
    }
  }

  /** Work comes out of {@code room}; same id and slot as when it entered. */
  public static void leave(Room room, long id, int slot) {
    if (wanted()) {
      emit(room, false, id, slot);
    }
  }

  private static boolean wanted() {
    return FlightRecorder.isInitialized() && RoomEvent.ANY.isEnabled();
  }

  private static void emit(Room room, boolean enters, long id, int slot) {
    RoomEvent event = new RoomEvent();
    event.room = room.name();
    event.enters = enters;
    event.id = id;
    event.slot = slot;
    event.commit();
  }
}
