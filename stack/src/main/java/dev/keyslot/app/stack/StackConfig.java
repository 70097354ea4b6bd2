package dev.keyslot.app.stack;

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
 * @param exportName name of the export when the image has one volume; default: the volume's own
 *     name. Several volumes are exported under their own names
 * @param readOnly writes are refused, the image is opened read-only and locked shared
 * @param engine which XTS engine encrypts
 * @param host what kind of host, with how many keyslots
 * @param discard what TRIM and zeroing do to the medium
 * @param traces what is written down while it is in service
 */
public record StackConfig(
    Optional<String> exportName,
    boolean readOnly,
    Engine engine,
    HostChoice host,
    DiscardPolicy discard,
    List<TraceRequest> traces) {

  /** NBD's limit on names. */
  private static final int EXPORT_NAME_BYTES_MAX = 4096;

  /** Refuses what no host can be. */
  public StackConfig {
    traces = List.copyOf(traces);
    exportName.ifPresent(
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
        Optional.empty(),
        false,
        Engine.AUTO,
        HostChoice.defaults(),
        DiscardPolicy.DEALLOCATE,
        List.of());
  }

  /** Who computes AES-XTS; the lower-case name is what the cipher room and the operator say. */
  public enum Engine {
    AUTO,
    LIBCRYPTO,
    JDK
  }
}
