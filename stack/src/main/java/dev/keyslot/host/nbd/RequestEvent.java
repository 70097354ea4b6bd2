package dev.keyslot.host.nbd;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/**
 * One request that was answered, for the JDK's Flight Recorder; made only while somebody records.
 *
 * <p>Touched only once the recorder is in use: to register an event takes longer than to answer a
 * first request.
 */
@Name("dev.keyslot.Request")
@Label("NBD request")
@Category("Keyslot")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // the recorder reads the fields
final class RequestEvent extends Event {

  private static final RequestEvent ANY = new RequestEvent();

  /** Empty if the request was refused at the door. */
  @Label("Command")
  private String command;

  @Label("Cookie")
  private long cookie;

  @Label("Offset")
  @DataAmount
  private long offsetBytes;

  @Label("Length")
  @DataAmount
  private long lengthBytes;

  @Label("Error")
  private String error;

  @Label("Time from whole request to whole reply")
  @Timespan(Timespan.NANOSECONDS)
  private long took;

  private RequestEvent() {}

  /** Whether somebody records: one test of a flag. */
  static boolean wanted() {
    return ANY.isEnabled();
  }

  static void emit(Pending request, NbdError error, long nanos) {
    RequestEvent event = new RequestEvent();
    event.command = request.command() == null ? "" : request.command().name();
    event.cookie = request.cookie();
    event.offsetBytes = request.offsetBytes();
    event.lengthBytes = request.lengthBytes();
    event.error = error.name();
    event.took = nanos;
    event.commit();
  }
}
