package dev.keyslot.testkit;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import dev.keyslot.host.nbd.transport.Transport;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * All that one client ever sends, as bytes, given to the connection code as it is shipped, on
 * channels in memory.
 *
 * <p>The first byte says what is sent in front (nothing, or a handshake up to the transmission in
 * one of three styles) and whether the rest comes in pieces; the rest is sent as it is. Afterwards
 * nothing may be left: no connection, no buffer, no mistake in the log; and every byte of the
 * answer must be one that {@link NbdGrammar} knows. One thread at a time.
 */
public final class NbdStream {

  /** Above a MiB, so that requests of several chunks fit; small, so that a run takes no time. */
  public static final int EXPORT_BYTES = (1 << 20) + (256 << 10);

  private static final int CHUNKS = 40;
  private static final int SPINS = 10_000;

  private static final String OPTION = "49484156454f5054";
  private static final String CONTEXTS =
      OPTION
          + "0000000a 00000032 00000003 72616d 00000002"
          + "00000010 782d6b6579736c6f743a63727970746f"
          + "0000000f 626173653a616c6c6f636174696f6e";
  private static final String GO = OPTION + "00000007 00000009 00000003 72616d 0000";

  /** What is sent in front: nothing, or up to the transmission in one of three styles. */
  private static final byte[][] PRELUDES = {
    {},
    NbdTestClient.bytes("00000003" + GO),
    NbdTestClient.bytes("00000003" + OPTION + "00000008 00000000" + CONTEXTS + GO),
    NbdTestClient.bytes("00000003" + OPTION + "0000000b 00000000" + CONTEXTS + GO),
  };

  private static final NbdStream ONLY = new NbdStream();

  private final ExecutorService seconds =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "nbd-second-reader");
            thread.setDaemon(true);
            return thread;
          });
  private final BufferPool pool = new BufferPool(CHUNKS);
  private RecordingLogger log = new RecordingLogger();
  private NbdServer server = serve();

  private NbdStream() {}

  private NbdServer serve() {
    NbdServer made =
        new NbdServer(
            NbdLimits.standard(),
            pool,
            (name, work) -> {
              if (name.equals("nbd-reader")) {
                work.run(); // the first reader is the caller
              } else {
                seconds.execute(work);
              }
            },
            Clock.system(),
            log);
    made.add(new RamExport("ram", EXPORT_BYTES).withKey(1, 1));
    made.add(new RamExport("ro", EXPORT_BYTES).withReadOnly());
    return made;
  }

  /** Bytes of a client, and where the answer goes. */
  private static final class Memory implements Transport {

    private final ByteBuffer sent;
    private final int pieceBytes;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private volatile boolean ended;

    Memory(byte[] sent, int pieceBytes) {
      this.sent = ByteBuffer.wrap(sent);
      this.pieceBytes = pieceBytes;
    }

    @Override
    public int read(ByteBuffer into) {
      if (ended || !sent.hasRemaining()) {
        return -1;
      }
      int count = Math.min(Math.min(into.remaining(), sent.remaining()), pieceBytes);
      into.put(into.position(), sent, sent.position(), count);
      into.position(into.position() + count);
      sent.position(sent.position() + count);
      return count;
    }

    @Override
    public void write(ByteBuffer[] from, int count) {
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[from[i].remaining()];
        from[i].get(bytes);
        answer.writeBytes(bytes);
      }
    }

    @Override
    public void endInput() {
      ended = true;
    }

    @Override
    public String peer() {
      return "memory";
    }

    @Override
    public void close() {
      ended = true;
    }
  }

  /**
   * Lets a client send {@code input}.
   *
   * @return what the answer showed, in words that tell one kind of answer from another
   * @throws AssertionError if something is left, or the answer is none
   */
  public static synchronized Set<String> run(byte[] input) {
    return input.length == 0 ? Set.of() : ONLY.play(input);
  }

  private Set<String> play(byte[] input) {
    byte[] prelude = PRELUDES[input[0] & 3];
    byte[] stream = Arrays.copyOf(prelude, prelude.length + input.length - 1);
    System.arraycopy(input, 1, stream, prelude.length, input.length - 1);
    int pieceBytes = (input[0] & 4) == 0 ? Integer.MAX_VALUE : 1 + ((input[0] >> 3) & 31);
    Memory client = new Memory(stream, pieceBytes);
    server.accept(client);
    awaitItsEnd();
    if (pool.inUse() != 0 || !log.mistakes().isEmpty()) {
      throw new AssertionError("left: chunks=%d %s".formatted(pool.inUse(), log.mistakes()));
    }
    boolean zeroes = stream.length >= 4 && (stream[3] & 2) == 0;
    Set<String> shown = NbdGrammar.read(client.answer.toByteArray(), zeroes);
    if (log.lines().size() > 1000) { // it keeps all
      log = new RecordingLogger();
      server = serve();
    }
    return shown;
  }

  /** A second reader may still be about to end. */
  private void awaitItsEnd() {
    for (int i = 0; server.connections() > 0 && i < SPINS; i++) {
      Thread.onSpinWait();
    }
    Waiting.until("the end of the connection", () -> server.connections() == 0);
  }
}
