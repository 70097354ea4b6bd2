package dev.keyslot.host.nbd;

import java.lang.foreign.MemorySegment;

/**
 * One request on its way through an export; reused by its connection, never shared between turns.
 *
 * <p>Written by the reader that starts it, completed by whichever thread finishes it; {@link
 * Export#run} orders both.
 */
public final class ExportRequest {

  /** What a client can ask of an export. */
  public enum Kind {
    READ,
    WRITE,
    FLUSH,
    TRIM,
    WRITE_ZEROES,
    CACHE,
    BLOCK_STATUS
  }

  /**
   * At most this many bytes of data in one request; longer ones are cut into pieces by the server.
   */
  public static final int DATA_BYTES_MAX = 1 << 20;

  private Kind kind;
  private long offsetBytes;
  private long lengthBytes;
  private boolean fua;
  private boolean noHole;
  private boolean fastZero;
  private boolean oneExtent;
  private MemorySegment data;
  private NbdError error;
  private long errorOffsetBytes;

  /** Extents answered to BLOCK_STATUS; null for other kinds. */
  private ExtentList extents;

  /** Makes this a new request; flags are off, no data. */
  public ExportRequest start(Kind newKind, long newOffsetBytes, long newLengthBytes) {
    kind = newKind;
    offsetBytes = newOffsetBytes;
    lengthBytes = newLengthBytes;
    fua = false;
    noHole = false;
    fastZero = false;
    oneExtent = false;
    data = null;
    extents = null;
    error = null;
    errorOffsetBytes = -1;
    return this;
  }

  /** Durable before it is done. */
  public ExportRequest fua(boolean on) {
    fua = on;
    return this;
  }

  /** WRITE_ZEROES must leave allocated space behind. */
  public ExportRequest noHole(boolean on) {
    noHole = on;
    return this;
  }

  /** WRITE_ZEROES fails with {@link NbdError#ENOTSUP} at once where it would be slow. */
  public ExportRequest fastZero(boolean on) {
    fastZero = on;
    return this;
  }

  /** BLOCK_STATUS answers one extent only. */
  public ExportRequest oneExtent(boolean on) {
    oneExtent = on;
    return this;
  }

  /**
   * The buffer: filled by READ, read by WRITE; exactly {@link #lengthBytes} long, inside memory
   * mapped for DMA. Belongs to the caller, who leaves it alone until the request is done; WRITE
   * does not change it.
   */
  public ExportRequest data(MemorySegment newData) {
    data = newData;
    return this;
  }

  /** Where BLOCK_STATUS puts its answer. */
  public ExportRequest extents(ExtentList newExtents) {
    extents = newExtents;
    return this;
  }

  public Kind kind() {
    return kind;
  }

  public long offsetBytes() {
    return offsetBytes;
  }

  public long lengthBytes() {
    return lengthBytes;
  }

  public boolean fua() {
    return fua;
  }

  public boolean noHole() {
    return noHole;
  }

  public boolean fastZero() {
    return fastZero;
  }

  public boolean oneExtent() {
    return oneExtent;
  }

  public MemorySegment data() {
    return data;
  }

  public ExtentList extents() {
    return extents;
  }

  /** The outcome; null while not done. */
  public NbdError error() {
    return error;
  }

  /** Where in the export it failed; -1 if not known. */
  public long errorOffsetBytes() {
    return errorOffsetBytes;
  }

  /** Export side: the request is done. */
  public void done(NbdError outcome) {
    error = outcome;
  }

  /** Export side: the request failed at this offset, which the client is then told. */
  public void failedAt(NbdError outcome, long newErrorOffsetBytes) {
    errorOffsetBytes = newErrorOffsetBytes;
    error = outcome;
  }
}
