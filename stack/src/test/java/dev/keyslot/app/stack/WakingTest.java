package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.Drive;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.FakeClock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever parked while the host slept is woken by what wakes it, not by the next tick. */
class WakingTest {

  /** A turn of one bio. */
  private static final class OneBio extends Drive.Turn {
    private OneBio() {
      begin(1);
    }
  }

  /** The first to park wakes the machine, as another thread would meanwhile. */
  private static final class Sleeper implements Parker {
    private final FakeClock clock = new FakeClock();
    private Runnable meanwhile;
    private boolean parked;
    private Drive.Turn turn;
    private boolean woken;

    @Override
    public void park(Object blocker, long timeoutNanos) {
      if (timeoutNanos < Long.MAX_VALUE) {
        clock.advance(timeoutNanos);
      } else if (!parked) {
        parked = true;
        meanwhile.run();
        assertThat(woken || turn.done()).as("woken or served by then").isTrue();
      }
    }

    @Override
    public void unpark(Thread thread) {
      woken = true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRequestHeldBackBySuspendGoesOnAtOnceWhenTheMachineResumes(HostKind kind) throws Exception {
    Sleeper sleeper = new Sleeper();
    try (HeapMedia media = new HeapMedia(1 << 20);
        Arena arena = Arena.ofShared()) {
      Machine machine =
          new Machine(
              new MachineConfig(
                  XtsEngines.byName("jdk"),
                  HostChoice.of(kind),
                  1,
                  sleeper.clock,
                  sleeper,
                  SiliconProbe.NONE),
              media);
      MemorySegment data = arena.allocate(4096, 4096);
      machine.map(data);
      BlockStatus[] seen = new BlockStatus[1];
      OneBio turn = new OneBio();
      sleeper.turn = turn;
      machine.suspend();
      sleeper.meanwhile = machine::resume;
      Bio bio = new Bio().start(BlockOperation.READ, 0, 8);
      bio.add(data);
      machine
          .queue()
          .submit(
              bio.completion(
                  (done, status) -> {
                    seen[0] = status;
                    turn.finishOne(sleeper);
                  }));
      machine.drive().until(turn);
      assertThat(sleeper.parked).as("it was held back").isTrue();
      assertThat(seen[0]).isEqualTo(BlockStatus.OK);
      machine.close();
    }
  }
}
