package dev.keyslot.app.stack;

import dev.keyslot.base.Checks;
import dev.keyslot.host.volume.DiscardPolicy;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * How an opened image is put into service.
 *
 * @param exportName name of the export when the image has one volume; default: the volume's own
 *     name. Several volumes are exported under their own names
 * @param readOnly writes are refused, the image is opened read-only and locked shared
 * @param engine which XTS engine encrypts
 * @param keyslots keyslots of the host's crypto engine; 0 leaves everything to the fallback
 * @param discard what TRIM and zeroing do to the medium
 */
public record StackConfig(
    Optional<String> exportName,
    boolean readOnly,
    Engine engine,
    int keyslots,
    DiscardPolicy discard) {

  /** Keyslots of a host that nobody asked anything about. */
  public static final int DEFAULT_KEYSLOTS = 32;

  /** A task descriptor names its keyslot in 8 bits, but the capability counts one less. */
  public static final int KEYSLOTS_MAX = 256;

  /** NBD's limit on names. */
  private static final int EXPORT_NAME_BYTES_MAX = 4096;

  /** Refuses what no host can be. */
  public StackConfig {
    Checks.argument(
        keyslots >= 0 && keyslots <= KEYSLOTS_MAX,
        "keyslots must be in [0, %d]: keyslots=%d",
        KEYSLOTS_MAX,
        keyslots);
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
        Optional.empty(), false, Engine.AUTO, DEFAULT_KEYSLOTS, DiscardPolicy.DEALLOCATE);
  }

  /** Who computes AES-XTS; the lower-case name is what the cipher room and the operator say. */
  public enum Engine {
    AUTO,
    LIBCRYPTO,
    JDK
  }
}
