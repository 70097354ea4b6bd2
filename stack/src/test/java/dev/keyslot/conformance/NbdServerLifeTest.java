package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.Clock;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits, deadlines and shutdown of the server, as its clients see them. */
@Timeout(60)
class NbdServerLifeTest {

  private static final int MIB = 1 << 20;
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private static NbdTestClient open(NbdFixture fixture) throws IOException {
    return fixture.opened("00000003 72616d");
  }

  @Test
  void oneConnectionTooManyIsClosedAndTheOthersGoOn() throws IOException {
    NbdLimits two = new NbdLimits(2, SECOND, SECOND);
    try (NbdFixture fixture = new NbdFixture(two, Clock.system(), new RamExport("ram", MIB));
        NbdTestClient first = open(fixture);
        NbdTestClient second = open(fixture);
        NbdTestClient third = fixture.connect()) {
      third.expectEnd();
      first
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
      second.send("25609513 0000 0002 0000000000000001 0000000000000000 00000000").expectEnd();
      Waiting.until("room for another", () -> fixture.server().connections() == 1);
      open(fixture).endOutput().expectEnd();
      assertThat(fixture.log())
          .anyMatch(line -> line.contains("connections must be at most 2: state=SERVING"));
    }
  }

  @Test
  void aHandshakeThatTakesTooLongEnds() throws IOException {
    FakeClock time = new FakeClock();
    NbdLimits limits = new NbdLimits(10, 5 * SECOND, SECOND);
    try (NbdFixture fixture = new NbdFixture(limits, time, new RamExport("ram", MIB));
        NbdTestClient slow = fixture.greeted();
        NbdTestClient open = open(fixture)) {
      Waiting.until("the other's handshake is over", () -> fixture.log().size() == 1);
      time.advance(5 * SECOND);
      assertThat(fixture.server().doWork()).isZero();
      time.advance(1);
      assertThat(fixture.server().doWork()).isEqualTo(1);
      slow.expectEnd();
      open.send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
      Waiting.until("its log line", () -> fixture.log().size() == 2);
      assertThat(fixture.log()).anyMatch(line -> line.contains("handshake took too long"));
    }
  }

  @Test
  void aPayloadThatDoesNotComeFreesItsBuffers() throws IOException {
    FakeClock time = new FakeClock();
    NbdLimits limits = new NbdLimits(10, SECOND, 30 * SECOND);
    try (NbdFixture fixture = new NbdFixture(limits, time, new RamExport("ram", 40L * MIB));
        NbdTestClient slow = open(fixture)) {
      slow.send("25609513 0000 0001 0000000000000001 0000000000000000 02000000").send("00");
      Waiting.until("buffers", () -> fixture.pool().inUse() == 32);
      Waiting.until(
          "its end, once it waits for the payload",
          () -> {
            time.advance(30 * SECOND + 1);
            return fixture.server().doWork() == 1;
          });
      slow.expectEnd();
      Waiting.until("buffers back", () -> fixture.pool().inUse() == 0);
      fixture.awaitNoConnections();
      assertThat(fixture.log().getLast()).contains("payload did not come in time");
    }
  }

  @Test
  void repliesThatAreNotTakenFreeTheirBuffers() throws IOException {
    FakeClock time = new FakeClock();
    NbdLimits limits = new NbdLimits(10, SECOND, 30 * SECOND);
    try (NbdFixture fixture = new NbdFixture(limits, time, new RamExport("ram", 40L * MIB));
        NbdTestClient slow = open(fixture);
        NbdTestClient other = open(fixture)) {
      slow.send("25609513 0000 0000 0000000000000001 0000000000000000 02000000");
      Waiting.until("buffers", () -> fixture.pool().inUse() == 32);
      other
          .send("25609513 0000 0000 0000000000000001 0000000000000000 00000001")
          .expect("67446698 00000000 0000000000000001 00");
      // Time goes on until its write has begun and is overdue.
      Waiting.until(
          "buffers back",
          () -> {
            time.advance(31 * SECOND);
            fixture.server().doWork();
            return fixture.pool().inUse() == 0;
          });
    }
  }

  @Test
  void idleClientsMayStayForEver() throws IOException {
    FakeClock time = new FakeClock();
    try (NbdFixture fixture =
            new NbdFixture(NbdLimits.standard(), time, new RamExport("ram", MIB));
        NbdTestClient idle = open(fixture)) {
      Waiting.until("the handshake is over", () -> fixture.log().size() == 1);
      time.advance(TimeUnit.DAYS.toNanos(30));
      assertThat(fixture.server().doWork()).isZero();
      idle.send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
    }
  }

  @Test
  void idleClientsAreDroppedWhereThatIsWanted() throws IOException {
    FakeClock time = new FakeClock();
    // The client may have its reply before the server has seen its own write end: no stall here.
    NbdLimits limits = new NbdLimits(10, 10, SECOND, 60 * SECOND, 100_000 * SECOND);
    RamExport ram = new RamExport("ram", 40L * MIB);
    try (NbdFixture fixture = new NbdFixture(limits, time, ram);
        NbdTestClient idle = open(fixture)) {
      idle.send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
      Waiting.until(
          "it waits for a request and is overdue",
          () -> {
            time.advance(61 * SECOND);
            return fixture.server().doWork() == 1;
          });
      idle.expectEnd();
      fixture.awaitNoConnections();
      assertThat(fixture.log().getLast()).contains("no request came for too long");
    }
  }

  /** 64 KiB and more: the other reader waits for a request while this one is carried out. */
  @Test
  void aClientWhoseRequestTakesLongIsNotIdle() throws IOException {
    FakeClock time = new FakeClock();
    NbdLimits limits = new NbdLimits(10, 10, SECOND, 60 * SECOND, SECOND);
    RamExport ram = new RamExport("ram", 40L * MIB);
    CountDownLatch gate = new CountDownLatch(1);
    try (NbdFixture fixture = new NbdFixture(limits, time, ram);
        NbdTestClient busy = open(fixture)) {
      ram.gate(gate);
      busy.send("25609513 0000 0000 0000000000000001 0000000000000000 00100000");
      Waiting.until("it is carried out", () -> ram.gated() == 1);
      AtomicInteger rounds = new AtomicInteger();
      Waiting.until(
          "a hundred looks, a millisecond apart",
          () -> {
            time.advance(61 * SECOND);
            assertThat(fixture.server().doWork()).isZero();
            return rounds.incrementAndGet() == 100;
          });
      gate.countDown();
      busy.expect("67446698 00000000 0000000000000001").receive(MIB);
    }
  }

  @Test
  void anExportHasItsOwnLimitOfConnections() throws IOException {
    NbdLimits limits = new NbdLimits(10, 1, SECOND, NbdLimits.NEVER, SECOND);
    try (NbdFixture fixture =
        new NbdFixture(
            limits, Clock.system(), new RamExport("ram", MIB), new RamExport("two", MIB))) {
      try (NbdTestClient first = open(fixture);
          NbdTestClient second = fixture.greeted()) {
        second
            .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
            .expect("0003e889045565a9 00000007 80000002 00000028")
            // export has as many connections as it may
            .expect("6578706f727420686173206173206d616e7920636f6e6e656374696f6e7320617320")
            .expect("6974206d6179")
            .send("49484156454f5054 00000006 00000009  00000003 72616d 0000")
            .expect("0003e889045565a9 00000006 00000003 0000000c")
            .receive(12 + 20);
        second.send("49484156454f5054 00000007 00000009  00000003 74776f 0000").receive(52);
        second.send("25609513 0000 0002 0000000000000001 0000000000000000 00000000").expectEnd();
        try (NbdTestClient old = fixture.greeted()) {
          old.send("49484156454f5054 00000001 00000003 72616d").expectEnd();
        }
        first.send("25609513 0000 0002 0000000000000001 0000000000000000 00000000").expectEnd();
      }
      fixture.awaitNoConnections();
      open(fixture).endOutput().expectEnd();
    }
  }

  @Test
  void shutdownFinishesWhatIsInFlightAndRefusesWhatComes() throws Exception {
    RamExport ram = new RamExport("ram", MIB);
    CountDownLatch gate = new CountDownLatch(1);
    AtomicReference<Boolean> clean = new AtomicReference<>();
    try (NbdFixture fixture = NbdFixture.serving(ram);
        NbdTestClient busy = open(fixture);
        NbdTestClient choosing = fixture.greeted()) {
      ram.gate(gate);
      busy.send("25609513 0000 0001 0000000000000001 0000000000000000 00000001 ee");
      Waiting.until("a request in flight", () -> ram.gated() == 1);
      Thread stopper =
          new Thread(
              () -> {
                try {
                  clean.set(fixture.server().shutdown(2 * SECOND, 20 * SECOND));
                } catch (InterruptedException e) {
                  clean.set(false);
                }
              });
      stopper.start();
      Waiting.until("shutdown", () -> stopper.getState() == Thread.State.TIMED_WAITING);
      busy.send("25609513 0000 0000 0000000000000002 0000000000000000 00000001");
      gate.countDown();
      busy.expect("67446698 00000000 0000000000000001")
          .expect("67446698 0000006c 0000000000000002");
      choosing
          .send("49484156454f5054 00000003 00000000")
          .expect("0003e889045565a9 00000003 80000007 00000017")
          .expect("736572766572206973207368757474696e6720646f776e") // server is shutting down
          .expectEnd();
      busy.expectEnd();
      stopper.join();
      assertThat(clean.get()).isTrue();
      assertThat(ram.bytes().toArray(ValueLayout.JAVA_BYTE)[0]).isEqualTo((byte) 0xee);
    }
  }

  @Test
  void shutdownDropsThoseWhoDoNotEnd() throws Exception {
    RamExport ram = new RamExport("ram", 40L * MIB);
    try (NbdFixture fixture = NbdFixture.serving(ram);
        NbdTestClient stuck = open(fixture)) {
      stuck.send("25609513 0000 0000 0000000000000001 0000000000000000 02000000");
      Waiting.until("buffers", () -> fixture.pool().inUse() == 32);
      assertThat(fixture.server().shutdown(1, SECOND / 10)).isFalse();
      assertThat(fixture.server().connections()).isZero();
    }
  }

  @Test
  void exportsComeAndGo() throws IOException {
    try (NbdFixture fixture = NbdFixture.serving(new RamExport("ram", MIB));
        NbdTestClient client = open(fixture)) {
      assertThatThrownBy(() -> fixture.server().add(new RamExport("ram", MIB)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("export name must be new: name=ram");
      assertThat(fixture.server().remove("ram")).isTrue();
      assertThat(fixture.server().remove("ram")).isFalse();
      client
          .send("25609513 0000 0003 0000000000000001 0000000000000000 00000000")
          .expect("67446698 00000000 0000000000000001");
      try (NbdTestClient late = fixture.greeted()) {
        late.send("49484156454f5054 00000001 00000003 72616d").expectEnd();
      }
    }
  }
}
