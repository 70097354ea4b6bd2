package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.stack.Machine;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import dev.keyslot.host.nbd.transport.Transport;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RecordingLogger;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.XtsOracle;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One encrypted write through every room, in order, on one thread: the stack as shipped, looked at
 * where it meets what is injected into it: the registers, the cipher, the medium, the client's
 * transport.
 */
class JourneyOfAWriteTest {

  private static final int UNIT = 4096;
  private static final long MEDIA_BYTES = 1 << 20;

  /**
   * Where the write was seen, and through which rooms the thread had come there, outermost first.
   */
  private record Sighting(String where, List<String> rooms) {}

  private final List<Sighting> journey = new ArrayList<>();
  private boolean recording;

  private void see(String where) {
    if (recording) {
      journey.add(new Sighting(where, roomsOnTheStack()));
    }
  }

  private static List<String> roomsOnTheStack() {
    List<String> rooms = new ArrayList<>();
    StackWalker.getInstance()
        .forEach(
            frame -> {
              String room = roomOf(frame.getClassName());
              if (room != null && (rooms.isEmpty() || !rooms.getFirst().equals(room))) {
                rooms.addFirst(room);
              }
            });
    return rooms;
  }

  private static String roomOf(String className) {
    String name = className.replaceFirst("^dev[.]keyslot[.]", "");
    boolean ours =
        name.startsWith("host.") || name.startsWith("model.") || name.startsWith("base.Drive");
    return ours ? name.substring(0, name.lastIndexOf('.')) : null;
  }

  @Test
  void aWriteGoesThroughEveryRoomInOrderAndLeavesCiphertext() throws Exception {
    byte[] plain = Patterns.sevens(UNIT);
    try (HeapMedia heap = new HeapMedia(MEDIA_BYTES);
        SteppedStack stack =
            new SteppedStack(
                watched(heap, Media.class, "write", "medium"),
                UNIT,
                DiscardPolicy.DEALLOCATE,
                32,
                watchedEngine(),
                (registers, line, base) -> watchedRegisters(registers))) {
      recording = true;
      byte[] replies = serve(stack, plain);
      recording = false;

      assertThat(journey.stream().map(Sighting::where).distinct())
          .containsExactly("key", "doorbell", "cipher", "medium", "interrupt", "reply");
      assertThat(first("key").rooms())
          .containsSubsequence(
              "host.nbd",
              "host.volume",
              "host.block",
              "host.block.crypto",
              "host.cqhci",
              "model.controller",
              "model.engine");
      assertThat(first("doorbell").rooms())
          .containsSubsequence("host.nbd", "host.volume", "host.block", "host.mmc", "host.cqhci");
      assertThat(first("cipher").rooms())
          .containsSubsequence("host.volume", "base", "model.controller", "model.engine");
      assertThat(first("medium").rooms())
          .containsSubsequence("host.volume", "base", "model.controller", "model.card");
      assertThat(first("interrupt").rooms())
          .containsSubsequence("host.volume", "base", "host.block", "host.mmc", "host.cqhci");
      assertThat(first("reply").rooms()).containsOnly("host.nbd");

      assertThat(replies).endsWith(NbdTestClient.bytes("67446698 00000000 0000000000000007"));
      assertThat(stored(heap, 3))
          .isEqualTo(new XtsOracle(SteppedStack.key()).encrypt(3, UNIT, plain));
    }
  }

  /** The probes of the Flight Recorder tell the same journey, there and back. */
  @Test
  void aRecordingShowsTheRoomsInOrder(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("journey.jfr");
    try (HeapMedia heap = new HeapMedia(MEDIA_BYTES);
        SteppedStack stack = new SteppedStack(heap, UNIT, DiscardPolicy.DEALLOCATE);
        Recording flight = new Recording()) {
      flight.enable("dev.keyslot.Room").withoutThreshold();
      flight.start();
      serve(stack, Patterns.sevens(UNIT));
      flight.stop();
      flight.dump(file);
    }
    assertThat(
            RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("dev.keyslot.Room"))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .map(e -> (e.getBoolean("enters") ? "into " : "out of ") + e.getString("room")))
        .containsSubsequence(
            "into NBD",
            "into VOLUME",
            "into BLOCK",
            "into MMC",
            "into CONTROLLER",
            "out of CONTROLLER",
            "out of MMC",
            "out of BLOCK",
            "out of VOLUME",
            "out of NBD");
  }

  private static byte[] stored(HeapMedia media, long unit) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(UNIT);
      media.read(unit * UNIT, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private Sighting first(String where) {
    return journey.stream().filter(s -> s.where().equals(where)).findFirst().orElseThrow();
  }

  // ---- what is injected

  private Mmio watchedRegisters(Mmio registers) {
    long base = CqhciLayout.DEFAULT_BASE;
    return (Mmio)
        Proxy.newProxyInstance(
            Mmio.class.getClassLoader(),
            new Class<?>[] {Mmio.class},
            (_, method, arguments) -> {
              if (method.getName().equals("write32")) {
                long offset = (long) arguments[0] - base;
                if (offset == CqhciRegister.TDBR.offset()) {
                  see("doorbell");
                } else if (offset == CqhciRegister.TCN.offset()) {
                  see("interrupt");
                }
              }
              return method.invoke(registers, arguments);
            });
  }

  private Xts watchedEngine() {
    Xts real = XtsEngines.byName("jdk");
    return (Xts)
        Proxy.newProxyInstance(
            Xts.class.getClassLoader(),
            new Class<?>[] {Xts.class},
            (_, method, arguments) -> {
              if (!method.getReturnType().equals(XtsKey.class)) {
                return method.invoke(real, arguments);
              }
              see("key");
              return watched(
                  (XtsKey) method.invoke(real, arguments), XtsKey.class, "encrypt", "cipher");
            });
  }

  private <T> T watched(T real, Class<T> type, String methodName, String where) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              if (method.getName().equals(methodName)) {
                see(where);
              }
              return method.invoke(real, arguments);
            }));
  }

  // ---- the client: GO, one WRITE of unit 3, DISC

  private byte[] serve(SteppedStack stack, byte[] plain) {
    Machine machine = stack.machine();
    BufferPool pool = new BufferPool(33);
    machine.map(pool.region());
    NbdServer server =
        new NbdServer(
            NbdLimits.standard(),
            pool,
            (_, work) -> work.run(),
            new FakeClock(),
            new RecordingLogger());
    server.add(stack.volume());
    ByteArrayOutputStream script = new ByteArrayOutputStream();
    script.writeBytes(
        NbdTestClient.bytes(
            "00000003 49484156454f5054 00000007 00000006 00000000 0000"
                + "25609513 0000 0001 0000000000000007 0000000000003000 00001000"));
    script.writeBytes(plain);
    script.writeBytes(
        NbdTestClient.bytes("25609513 0000 0002 0000000000000008 0000000000000000 00000000"));
    ScriptedClient client = new ScriptedClient(script.toByteArray());
    server.accept(client);
    pool.close();
    return client.replies.toByteArray();
  }

  /** Says everything at once and listens. */
  private final class ScriptedClient implements Transport {
    private final ByteBuffer script;
    private final ByteArrayOutputStream replies = new ByteArrayOutputStream();

    ScriptedClient(byte[] script) {
      this.script = ByteBuffer.wrap(script);
    }

    @Override
    public int read(ByteBuffer into) {
      int count = Math.min(into.remaining(), script.remaining());
      if (count == 0) {
        return -1;
      }
      into.put(script.slice(script.position(), count));
      script.position(script.position() + count);
      return count;
    }

    @Override
    public void write(ByteBuffer[] from, int count) {
      if (!journey.isEmpty()) {
        see("reply");
      }
      for (int i = 0; i < count; i++) {
        byte[] bytes = new byte[from[i].remaining()];
        from[i].get(bytes);
        replies.writeBytes(bytes);
      }
    }

    @Override
    public void endInput() {
      script.position(script.limit());
    }

    @Override
    public String peer() {
      return "script";
    }

    @Override
    public void close() {}
  }
}
