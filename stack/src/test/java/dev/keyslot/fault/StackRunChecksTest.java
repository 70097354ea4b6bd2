package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.base.Agent;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.ForwardingMedia;
import dev.keyslot.testkit.Plant;
import dev.keyslot.testkit.SectorShadow;
import dev.keyslot.testkit.StackRun;
import dev.keyslot.testkit.SteppedStack;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each check of {@link StackRun} is seen to fail: on a part that is broken on purpose. */
class StackRunChecksTest {

  private static final int BATCHES = 20;
  private static final String WRONG = "sector \\d+ holds .*, may hold .*";

  private static void run(String faults, Plant plant) throws Exception {
    Disturbance disturbance = Disturbance.of(faults, 0, 1, line -> {});
    new StackRun(1, HostChoice.defaults(), 4096, disturbance).planting(plant).run(BATCHES);
  }

  /** The same run, sound: what follows fails for what is planted alone. */
  @Test
  void nothingIsFoundWhereNothingIsBroken() throws Exception {
    run("", Plant.NOTHING);
  }

  // ---- wrong data

  /** Silent faults are what the checks on data exist for: without being told, they find each. */
  @ParameterizedTest
  @EnumSource(
      value = FaultPoint.class,
      names = {
        "MEDIA_BIT_FLIP",
        "MEDIA_WRITE_LOST",
        "MEDIA_WRITE_MISPLACED",
        "MEDIA_TORN",
        "KEY_FLIPPED",
        "CRYPTO_DUN_OFF",
        "CRYPTO_WRONG_KEY"
      })
  void aSilentFault(FaultPoint point) {
    Disturbance disturbance = Disturbance.of(point.label() + " every 3", 0, 1, line -> {});
    assertThatThrownBy(
            () -> new StackRun(1, HostChoice.defaults(), 4096, disturbance).trusting().run(BATCHES))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching(WRONG);
  }

  /** Over the whole run a medium answers with the sector beside the one that was asked for. */
  @Test
  void aMediumThatSwapsSectors() {
    assertThatThrownBy(
            () ->
                run(
                    "",
                    new Plant() {
                      @Override
                      public Media medium(Media media) {
                        return new Swapping(media);
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching(WRONG);
  }

  // ---- what was flushed

  /** A flush is answered; what it promised is gone after the power cut. */
  @Test
  void aMediumThatForgetsWhatWasFlushed() {
    Volatile[] made = new Volatile[1];
    assertThatThrownBy(
            () ->
                run(
                    "",
                    new Plant() {
                      @Override
                      public Media medium(Media media) {
                        made[0] = new Volatile(media);
                        return made[0];
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("sector \\d+ holds 0, may hold .*");
    assertThat(made[0].flushes).as("there was a flush to be broken").isPositive();
  }

  @Test
  void aBrokenPromiseSectorBySector() {
    SectorShadow shadow = new SectorShadow(8);
    MemorySegment data = MemorySegment.ofArray(new byte[512]);
    shadow.wrote(3, 1, 7, false);
    SectorShadow.fill(data, 3, 0);
    shadow.cacheLost();
    assertThat(shadow.complaint(data, 3)).as("not flushed: may be gone").isNull();
    SectorShadow.fill(data, 3, 7);
    assertThat(shadow.complaint(data, 3)).as("or there").isNull();
    shadow.flushed(shadow.promise());
    shadow.cacheLost();
    assertThat(shadow.complaint(data, 3)).isNull();
    SectorShadow.fill(data, 3, 0);
    assertThat(shadow.complaint(data, 3)).isEqualTo("sector 3 holds 0, may hold [7]");
    shadow.failed(3, 1, 9);
    SectorShadow.fill(data, 3, 9);
    assertThat(shadow.complaint(data, 3)).as("a failed write: new").isNull();
    data.set(ValueLayout.JAVA_BYTE, 511, (byte) 1);
    assertThat(shadow.complaint(data, 3)).isEqualTo("sector 3 holds garbage, may hold [7, 9]");
  }

  // ---- plaintext

  /** An engine that copies: every read is right, and the medium tells all. */
  @Test
  void anEngineThatDoesNotEncrypt() {
    assertThatThrownBy(
            () ->
                run(
                    "",
                    new Plant() {
                      @Override
                      public MachineConfig config(MachineConfig c) {
                        return new MachineConfig(
                            new Copying(), c.host(), 1, c.clock(), c.parker(), c.probe());
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("plaintext on the medium at \\d+");
  }

  // ---- hangs

  /** A task never becomes ready, and the driver's clock stands still: nobody gives it up. */
  @Test
  void aTaskThatNeverCompletes() {
    assertThatThrownBy(
            () ->
                run(
                    "task-stuck first 1",
                    new Plant() {
                      @Override
                      public MachineConfig config(MachineConfig c) {
                        return new MachineConfig(
                            c.engine(), c.host(), 1, () -> 0, c.parker(), c.probe());
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("deadlock: nothing happened in");
  }

  /** Hardware that says it works and does not: whoever waits for it never lets time pass. */
  @Test
  void hardwareThatIsAlwaysBusy() {
    assertThatThrownBy(
            () ->
                run(
                    "",
                    new Plant() {
                      @Override
                      public Agent agent(Agent controller) {
                        return new Busy();
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("hang: more than 1000000 register accesses");
  }

  @Test
  void aBatchThatTakesDays() {
    assertThatThrownBy(
            () ->
                run(
                    "",
                    new Plant() {
                      @Override
                      public void afterBatch(SteppedStack stack) {
                        stack.clock().advance(TimeUnit.DAYS.toNanos(1));
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("too much virtual time: 86400");
  }

  // ---- leaks

  @Test
  void aBounceBufferThatIsNotGivenBack() {
    assertThatThrownBy(() -> run("", once(stack -> stack.bounces().tryTake())))
        .isInstanceOf(AssertionError.class)
        .hasMessage("bounce memory in use: 1, must be 0");
  }

  @Test
  void aRequestThatNobodyCompletes() {
    Bios bios = new Bios();
    assertThatThrownBy(
            () -> run("", once(s -> queue(s).submit(bios.bio(BlockOperation.FLUSH, 0, 0)))))
        .isInstanceOf(AssertionError.class)
        .hasMessage("unfinished requests: 1, must be 0");
  }

  @Test
  void aKeyslotThatIsNotGivenBack() {
    try (CryptoKey key = Bios.key(9, 4096)) {
      assertThatThrownBy(() -> run("", once(stack -> acquire(stack, key))))
          .isInstanceOf(AssertionError.class)
          .hasMessage("keyslots in use: 1, must be 0");
    }
  }

  private static RequestQueue queue(SteppedStack stack) {
    return (RequestQueue) stack.machine().queue();
  }

  private static void acquire(SteppedStack stack, CryptoKey key) {
    try {
      assertThat(queue(stack).keyslotManager().tryAcquire(key)).isNotNegative();
    } catch (KeyslotException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Does {@code what} after the last batch. */
  private static Plant once(Consumer<SteppedStack> what) {
    return new Plant() {

      private int batches;

      @Override
      public void afterBatch(SteppedStack stack) {
        if (++batches == BATCHES) {
          what.accept(stack);
        }
      }
    };
  }

  // ---- what is broken

  /** Writes the sectors of each pair the wrong way round, and reads them as they lie. */
  private static final class Swapping extends ForwardingMedia {

    Swapping(Media media) {
      super(media);
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      MediaOutcome outcome = MediaOutcome.DONE;
      for (long at = 0; at < from.byteSize() && outcome.ok(); at += 512) {
        outcome = media.write(offsetBytes + at ^ 512, from.asSlice(at, 512));
      }
      return outcome;
    }
  }

  /** Keeps everything in memory of its own, whatever a flush asks for. */
  private static final class Volatile extends ForwardingMedia {

    private final HeapMedia memory;
    private int flushes;

    Volatile(Media media) {
      super(media);
      memory = new HeapMedia(media.sizeBytes());
    }

    @Override
    public MediaOutcome read(long offsetBytes, MemorySegment into) {
      return memory.read(offsetBytes, into);
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      return memory.write(offsetBytes, from);
    }

    @Override
    public MediaOutcome punch(long offsetBytes, long lengthBytes) {
      return memory.punch(offsetBytes, lengthBytes);
    }

    @Override
    public MediaOutcome flush() {
      flushes++;
      return MediaOutcome.DONE;
    }

    @Override
    public long extent(long offsetBytes) {
      return memory.extent(offsetBytes);
    }
  }

  /** Does nothing, and says that it did something. */
  private static final class Busy implements Agent {

    @Override
    public int doWork() {
      return 1;
    }

    @Override
    public String roleName() {
      return "busy";
    }
  }

  /** An engine whose keys copy. */
  private static final class Copying implements Xts, XtsKey {

    @Override
    public String name() {
      return "copying";
    }

    @Override
    public XtsKey newKey(MemorySegment keyBytes) {
      return this;
    }

    @Override
    public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
      return this;
    }

    @Override
    public void encrypt(
        long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
      to.copyFrom(from);
    }

    @Override
    public void decrypt(
        long dunLow,
        long dunHigh,
        int unitBytes,
        MemorySegment from,
        MemorySegment to,
        boolean zeroRule) {
      to.copyFrom(from);
    }

    @Override
    public void close() {
      // holds nothing
    }
  }
}
