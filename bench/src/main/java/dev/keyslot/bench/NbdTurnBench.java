package dev.keyslot.bench;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import dev.keyslot.host.nbd.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does the NBD room cost for one request, over an export that does nothing and a client
 * without a socket?
 *
 * <p>31 requests of 4 KiB come in at once and their replies go out at once; the figure is for one
 * request. The reader is a thread of the server's own and both threads look for each other without
 * parking: some tenth of a microsecond a turn of 31 is theirs.
 */
public class NbdTurnBench extends RoomBench {

  private static final int REQUESTS = 31;
  private static final int BYTES = 4096;
  private static final int HEADER_BYTES = 28;

  /** Says that all is done. */
  private record NullExport(String name) implements Export {
    @Override
    public String description() {
      return "";
    }

    @Override
    public long sizeBytes() {
      return 1L << 30;
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public int minimumBlockBytes() {
      return 1;
    }

    @Override
    public int preferredBlockBytes() {
      return BYTES;
    }

    @Override
    public boolean supports(ExportRequest.Kind kind) {
      return true;
    }

    @Override
    public boolean fastZero() {
      return false;
    }

    @Override
    public void run(ExportRequest[] requests, int count) {
      for (int i = 0; i < count; i++) {
        requests[i].done(NbdError.OK);
      }
    }
  }

  /** A client that shows the same bytes as often as it is let, and counts what comes back. */
  private static final class Client implements Transport {
    private final ByteBuffer hello;
    private final ByteBuffer requests;
    private volatile long shown;
    private volatile long allowed;
    private volatile boolean closed;

    Client(ByteBuffer hello, ByteBuffer requests) {
      this.hello = hello;
      this.requests = requests;
    }

    @Override
    public int read(ByteBuffer into) {
      ByteBuffer from = hello.hasRemaining() ? hello : requests;
      if (from == requests && !requests.hasRemaining()) {
        while (shown == allowed && !closed) {
          Thread.onSpinWait();
        }
        requests.rewind();
      }
      if (closed) {
        return -1;
      }
      int count = Math.min(into.remaining(), from.remaining());
      into.put(into.position(), from, from.position(), count);
      into.position(into.position() + count);
      from.position(from.position() + count);
      return count;
    }

    @Override
    public void write(ByteBuffer[] from, int count) {
      for (int i = 0; i < count; i++) {
        from[i].position(from[i].limit());
      }
      if (!hello.hasRemaining() && !requests.hasRemaining()) {
        shown = allowed;
      }
    }

    void turn() {
      long now = allowed + 1;
      allowed = now;
      while (shown != now) {
        Thread.onSpinWait();
      }
    }

    @Override
    public void endInput() {
      closed = true;
    }

    @Override
    public String peer() {
      return "bench";
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** Numbers of the protocol. */
  @Param({"0", "1"})
  int command;

  private Client client;

  @Setup
  public void connect() {
    NbdServer server =
        new NbdServer(
            NbdLimits.standard(),
            new BufferPool(64),
            (name, work) -> Thread.ofPlatform().daemon().name(name).start(work),
            Clock.system(),
            System.getLogger("bench"));
    server.add(new NullExport("x"));
    client = new Client(hello(), requests(command));
    client.requests.position(client.requests.limit());
    server.accept(client);
    client.turn();
  }

  @TearDown
  public void leave() {
    client.close();
  }

  /** Client flags, and NBD_OPT_GO for the export. */
  private static ByteBuffer hello() {
    byte[] name = "x".getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocateDirect(64)
        .putInt(3)
        .putLong(0x49484156454F5054L)
        .putInt(7)
        .putInt(4 + name.length + 2)
        .putInt(name.length)
        .put(name)
        .putShort((short) 0)
        .flip();
  }

  private static ByteBuffer requests(int command) {
    int payload = command == 1 ? BYTES : 0;
    ByteBuffer all = ByteBuffer.allocateDirect(REQUESTS * (HEADER_BYTES + payload));
    for (int i = 0; i < REQUESTS; i++) {
      all.putInt(0x25609513).putShort((short) 0).putShort((short) command).putLong(i);
      all.putLong((long) i * 2 * BYTES).putInt(BYTES);
      all.position(all.position() + payload);
    }
    return all.flip();
  }

  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public void turn() {
    client.turn();
  }
}
