package dev.keyslot.app.stack;

import dev.keyslot.app.access.ExportRules;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.trace.TraceRequest;
import dev.keyslot.base.Checks;
import dev.keyslot.host.volume.DiscardPolicy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * How an opened image is put into service.
 *
 * @param exports names of exports, and who may use them
 * @param readOnly writes are refused, the image is opened read-only and locked shared
 * @param engine which XTS engine encrypts
 * @param host what kind of host, with how many keyslots
 * @param discard what TRIM and zeroing do to the medium
 * @param traces what is written down while it is in service
 */
public record StackConfig(
    ExportRules exports,
    boolean readOnly,
    Engine engine,
    HostChoice host,
    DiscardPolicy discard,
    List<TraceRequest> traces) {

  /** NBD's limit on names. */
  private static final int EXPORT_NAME_BYTES_MAX = 4096;

  /** The same for everybody; {@code exportName} is for an image with one volume. */
  public StackConfig(
      Optional<String> exportName,
      boolean readOnly,
      Engine engine,
      HostChoice host,
      DiscardPolicy discard,
      List<TraceRequest> traces) {
    this(ExportRules.named(exportName), readOnly, engine, host, discard, traces);
  }

  /** Refuses what no server can export. */
  public StackConfig {
    traces = List.copyOf(traces);
    exports
        .whenAlone()
        .ifPresent(
            name ->
                Checks.argument(
                    name.getBytes(StandardCharsets.UTF_8).length <= EXPORT_NAME_BYTES_MAX
                        && name.indexOf('\0') < 0,
                    "export name must be at most %d bytes without NUL: export=%s",
                    EXPORT_NAME_BYTES_MAX,
                    name));
  }

  /** Writable, the fastest engine, all keyslots, trimmed ranges given back. */
  public static StackConfig defaults() {
    return new StackConfig(
        ExportRules.NONE,
        false,
        Engine.AUTO,
        HostChoice.defaults(),
        DiscardPolicy.DEALLOCATE,
        List.of());
  }

  /** Whether a running stack would have to be built anew for {@code other}. */
  boolean needsAnother(StackConfig other) {
    return readOnly != other.readOnly
        || engine != other.engine
        || !host.equals(other.host)
        || discard != other.discard
        || !traces.equals(other.traces);
  }

  /** Under which name a volume is exported, alone on its image or not. */
  String exportName(String volume, boolean alone) {
    return exports.exportName(volume, alone);
  }

  /** Who computes AES-XTS; the lower-case name is what the cipher room and the operator say. */
  public enum Engine {
    AUTO,
    LIBCRYPTO,
    JDK
  }
}
