package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients that send nonsense, too little, or leave: nothing escapes, nothing leaks, and a client
 * that behaves is served all the while.
 *
 * <p>The long run sends 100,000 streams in all; {@code -Dkeyslot.garbage=N} sends N of each kind.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class NbdGarbageTest {

  private static final int MIB = 1 << 20;
  private static final int STREAMS =
      Integer.getInteger("keyslot.garbage", Boolean.getBoolean("keyslot.long") ? 33_400 : 1000);
  private static final String GREETING = "4e42444d41474943 49484156454f5054 0003";

  /** Options that are all right: a base for what is not. */
  private static final String[] OPTIONS = {
    "00000008 00000000",
    "0000000b 00000000",
    "00000003 00000000",
    "00000005 00000000",
    "00000006 0000000b 00000003 72616d 0002 0001 0003",
    "00000009 0000000b 00000003 72616d 00000000",
    "0000000a 0000001e 00000003 72616d 00000001 0000000f 626173653a616c6c6f636174696f6e",
    "00000007 00000009 00000003 72616d 0000",
    "0000000a 0000001f 00000003 72616d 00000001 00000010 782d6b6579736c6f743a63727970746f",
    "00000001 00000003 72616d",
  };

  private final SplittableRandom random = Seeds.random(NbdGarbageTest.class);
  private final RamExport ram = new RamExport("ram", 2L * MIB);
  private final byte[] kept = Patterns.sevens(4096);
  private NbdFixture fixture;
  private NbdTestClient control;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(new RamExport("control", MIB), ram.withKey(1, 1));
    control = fixture.greeted();
    control.send("49484156454f5054 00000001 00000007 636f6e74726f6c").receive(10);
    control
        .send("25609513 0000 0001 0000000000000001 0000000000001000 00001000")
        .send(kept)
        .expect("67446698 00000000 0000000000000001");
  }

  @AfterEach
  void end() throws IOException {
    controlIsServed();
    control.close();
    fixture.awaitNoConnections();
    assertThat(fixture.pool().inUse()).isZero();
    fixture.close();
  }

  @Test
  void pureNoiseInPlaceOfAHandshake() throws IOException {
    for (int i = 0; i < STREAMS; i++) {
      exchange(fixture.connect(), Seeds.bytes(random, random.nextInt(200)));
    }
  }

  @Test
  void handshakesWithFlippedBitsAndCutEnds() throws IOException {
    for (int i = 0; i < STREAMS; i++) {
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      stream.writeBytes(NbdTestClient.bytes("00000003"));
      for (int options = random.nextInt(1, 8); options > 0; options--) {
        stream.writeBytes(NbdTestClient.bytes("49484156454f5054"));
        stream.writeBytes(NbdTestClient.bytes(OPTIONS[random.nextInt(OPTIONS.length)]));
      }
      exchange(fixture.connect(), spoil(stream.toByteArray()));
    }
  }

  @Test
  void transmissionsWithSpoiltRequests() throws IOException {
    String[] preludes = {
      "", "49484156454f5054 00000008 00000000", "49484156454f5054 0000000b 00000000"
    };
    for (int i = 0; i < STREAMS; i++) {
      int style = random.nextInt(3);
      NbdTestClient client = fixture.connect();
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      stream.writeBytes(NbdTestClient.bytes("00000003" + preludes[style]));
      String select = "49484156454f5054" + OPTIONS[random.nextBoolean() ? 6 : 8];
      stream.writeBytes(NbdTestClient.bytes(select));
      stream.writeBytes(NbdTestClient.bytes("49484156454f5054" + OPTIONS[7]));
      ByteArrayOutputStream requests = new ByteArrayOutputStream();
      for (int count = random.nextInt(1, 40); count > 0; count--) {
        requests.writeBytes(request(style == 2));
      }
      boolean spoilt = random.nextBoolean();
      stream.writeBytes(spoilt ? spoil(requests.toByteArray()) : requests.toByteArray());
      exchange(client, stream.toByteArray());
    }
  }

  @Test
  void clientsThatLeaveWithoutTakingTheirReplies() throws IOException {
    for (int i = 0; i < STREAMS / 10; i++) {
      try (NbdTestClient client = fixture.greeted()) {
        client.send("49484156454f5054 00000001 00000003 72616d").receive(10);
        for (int count = random.nextInt(1, 20); count > 0; count--) {
          client.send("25609513 0000 0000 0000000000000001 0000000000000000 00200000");
        }
        client.receive(random.nextInt(MIB));
      } catch (IOException gone) {
        throw new AssertionError("server must not end first", gone);
      }
    }
  }

  @Test
  void clientsThatLeaveInsideAPayload() throws IOException {
    for (int i = 0; i < STREAMS / 10; i++) {
      try (NbdTestClient client = fixture.greeted()) {
        client.send("49484156454f5054 00000001 00000003 72616d").receive(10);
        int length = random.nextInt(2, 2 * MIB);
        client
            .send("25609513 0000 0001 0000000000000001 0000000000000000 %08x".formatted(length))
            .send(new byte[random.nextInt(length - 1)]);
      }
    }
  }

  /** Sends all, takes all that is answered, until the server ends. */
  private void exchange(NbdTestClient client, byte[] stream) throws IOException {
    try (client) {
      Thread sender = new Thread(() -> sendAll(client, stream));
      sender.start();
      assertThat(client.receive(18)).isEqualTo(NbdTestClient.bytes(GREETING));
      try {
        client.receiveAll();
      } catch (IOException reset) {
        // it left bytes of ours unread
      }
    }
    if (random.nextInt(20) == 0) {
      controlIsServed();
    }
  }

  private static void sendAll(NbdTestClient client, byte[] stream) {
    try {
      client.send(stream).endOutput();
    } catch (IOException gone) {
      // the server had enough
    }
  }

  private void controlIsServed() throws IOException {
    control
        .send("25609513 0000 0000 0000000000000002 0000000000001000 00001000")
        .expect("67446698 00000000 0000000000000002");
    assertThat(control.receive(4096)).isEqualTo(kept);
  }

  /** Flips bits, cuts, or doubles a part. */
  private byte[] spoil(byte[] stream) {
    byte[] spoilt = stream.clone();
    for (int flips = random.nextInt(4); flips > 0; flips--) {
      int bit = random.nextInt(spoilt.length * 8);
      spoilt[bit / 8] = (byte) (spoilt[bit / 8] ^ (1 << (bit % 8)));
    }
    if (random.nextInt(3) == 0) {
      return Arrays.copyOf(spoilt, random.nextInt(spoilt.length + 1));
    }
    return spoilt;
  }

  /** A request with a right magic, and the rest now right, now wrong. */
  private byte[] request(boolean extended) {
    int type = random.nextInt(4) == 0 ? random.nextInt(1 << 16) : random.nextInt(8);
    int flags = random.nextInt(3) == 0 ? random.nextInt(64) : 0;
    long offset = random.nextInt(8) == 0 ? random.nextLong() : random.nextInt(2 * MIB);
    int length = random.nextInt(16) == 0 ? random.nextInt() : random.nextInt(70_000);
    if (type == 2) {
      type = 3; // a disconnect would end it all too soon
    }
    boolean payload = type == 1 || (extended && (flags & 32) != 0);
    int payloadBytes = payload && length > 0 && length < 200_000 ? length : 0;
    ByteBuffer request = ByteBuffer.allocate(32 + payloadBytes);
    request.putInt(extended ? 0x21e41c71 : 0x25609513).putShort((short) flags);
    request.putShort((short) type).putLong(random.nextLong()).putLong(offset);
    if (extended) {
      request.putLong(length);
    } else {
      request.putInt(length);
    }
    request.position(request.position() + payloadBytes);
    return Arrays.copyOf(request.array(), request.position());
  }
}
