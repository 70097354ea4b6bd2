package dev.keyslot.host.nbd;

/**
 * What an NBD server serves: any bytes that can be read, written and flushed.
 *
 * <p>Safe from any thread. Requests in flight may be done in any order; two that overlap leave one
 * of the two outcomes in every data unit.
 */
public interface Export {

  /** Name that clients ask for; at most 4096 bytes of UTF-8, no NUL. */
  String name();

  /** One line for humans, may be empty. */
  String description();

  /** Constant while served. */
  long sizeBytes();

  boolean readOnly();

  /** Smallest alignment of offset and length that is served: a power of two in [1, 65536]. */
  int minimumBlockBytes();

  /** Alignment that is fastest: a power of two, at least 512. */
  int preferredBlockBytes();

  /** Whether {@code kind} is offered; READ always is. */
  boolean supports(ExportRequest.Kind kind);

  /** Whether zeroing can be fast: without it FAST_ZERO is not offered. */
  boolean fastZero();

  /** Whether what lies on the medium is ciphertext: then {@code x-keyslot:crypto} is offered. */
  default boolean encrypted() {
    return false;
  }

  /** The key's group, in [0, 65535]; larger ones are told as 65535. */
  default int keyGroup() {
    return 0;
  }

  /** Which key of the volume it is, 1 for the first; those above 255 are told as 255. */
  default int keyGeneration() {
    return 0;
  }

  /**
   * Starts requests and lends the calling thread to the stack until all of them are done.
   *
   * <p>On return every {@link ExportRequest#error()} is set and every read buffer is filled. Never
   * throws for the outcome of I/O. Bounds and permissions were checked by the caller.
   *
   * @param requests the first {@code count} entries are started, in order
   */
  void run(ExportRequest[] requests, int count);
}
