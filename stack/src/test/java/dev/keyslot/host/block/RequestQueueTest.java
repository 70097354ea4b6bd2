package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingDriver;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plain bios through the queue: formed, parked, offered, completed exactly once. */
class RequestQueueTest {

  private static final QueueLimits LIMITS = new QueueLimits(10_000, 2, 64, 4, 65536, 1000);

  private final Bios bios = new Bios();
  private final RecordingDriver driver = new RecordingDriver(LIMITS);
  private final RequestQueue queue = new RequestQueue(driver);

  @Test
  void aBioBecomesARequestAndIsCommittedAtOnce() {
    queue.submit(bios.write(8, 16));
    assertThat(driver.log()).containsExactly("WRITE 8+16 [8192]", "commit");
    assertThat(bios.outcomes()).isEmpty();

    driver.finishAll();
    assertThat(queue.poll()).isEqualTo(1);
    assertThat(bios.outcomes()).containsExactly("WRITE 8+16 OK");
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void aPlugIsCommittedOnce() {
    Plug plug = new Plug();
    queue.submit(plug, bios.write(100, 8));
    queue.submit(plug, bios.write(300, 8));
    assertThat(driver.log()).isEmpty();
    queue.finish(plug);
    assertThat(driver.log()).containsExactly("WRITE 100+8 [4096]", "WRITE 300+8 [4096]", "commit");
    assertThat(plug.isEmpty()).isTrue();
  }

  @Test
  void aPlugThatGrowsTooLongIsTakenUnasked() {
    Plug plug = new Plug();
    for (int i = 0; i < Plug.MAX_BIOS; i++) {
      queue.submit(plug, bios.read(i * 16L, 8));
    }
    assertThat(plug.isEmpty()).isTrue();
    assertThat(queue.unfinished()).isEqualTo(Plug.MAX_BIOS);
  }

  @Test
  void outOfTagsTheRequestWaitsAndGoesOnInOrder() {
    for (int i = 0; i < 5; i++) {
      queue.submit(bios.read(i * 100L, 1));
    }
    assertThat(driver.log())
        .containsExactly("READ 0+1 [512]", "commit", "READ 100+1 [512]", "commit");

    driver.finishOldest(BlockStatus.OK);
    driver.finishOldest(BlockStatus.OK);
    assertThat(queue.poll()).isEqualTo(4);
    assertThat(driver.log())
        .as("both freed tags are used under one commit")
        .containsExactly("READ 200+1 [512]", "READ 300+1 [512]", "commit");
    assertThat(bios.outcomes()).containsExactly("READ 0+1 OK", "READ 100+1 OK");
    driver.finishAll();
    queue.poll();
    driver.finishAll();
    queue.poll();
    assertThat(bios.outcomes()).containsExactly("READ 200+1 OK", "READ 300+1 OK", "READ 400+1 OK");
  }

  @Test
  void aBusyDriverIsOfferedTheSameRequestsAgainBeforeOthers() {
    driver.room = 1;
    Plug plug = new Plug();
    queue.submit(plug, bios.read(0, 1));
    queue.submit(plug, bios.read(100, 1));
    queue.submit(plug, bios.read(200, 1));
    queue.finish(plug);
    assertThat(driver.log()).startsWith("READ 0+1 [512]", "busy", "commit");
    driver.finishAll();
    queue.poll();
    assertThat(driver.log()).startsWith("READ 100+1 [512]", "busy");
    driver.finishAll();
    queue.poll();
    assertThat(driver.log()).contains("READ 200+1 [512]");
  }

  @Test
  void aRefusedRequestFailsItsBiosAndFreesItsTag() {
    driver.refusing = true;
    for (int i = 0; i < 5; i++) {
      queue.submit(bios.read(i * 100L, 1));
    }
    assertThat(bios.outcomes()).hasSize(5).allMatch(outcome -> outcome.endsWith("IOERR"));
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void aRequestGivenBackIsOfferedAgainFirst() {
    queue.submit(bios.read(0, 1));
    queue.submit(bios.read(100, 1));
    queue.submit(bios.read(200, 1));
    driver.log();
    driver.giveBack(driver.taken().get(1));
    driver.finishOldest(BlockStatus.OK);
    queue.poll();
    assertThat(driver.log()).containsExactly("READ 100+1 [512]", "READ 200+1 [512]", "commit");
  }

  @Test
  void completingTwiceIsAMistakeThatIsCaught() {
    queue.submit(bios.read(0, 1));
    BlockRequest request = driver.taken().getFirst();
    request.complete(BlockStatus.OK);
    assertThatThrownBy(() -> request.complete(BlockStatus.OK))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("exactly once");
    assertThatThrownBy(request::requeue).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void submittingABioTwiceIsAMistakeThatIsCaught() {
    Bio bio = bios.read(0, 1);
    queue.submit(bio);
    assertThatThrownBy(() -> queue.submit(bio))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("submitted twice");
    assertThatThrownBy(() -> bio.start(BlockOperation.READ, 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCompletionMaySubmitTheSameBioAnew() {
    Bio bio = bios.read(0, 1);
    int[] left = {1000};
    bio.completion(
        (done, status) -> {
          if (--left[0] > 0) {
            queue.submit(
                done.start(BlockOperation.READ, left[0], 1)
                    .add(bios.memory(512))
                    .completion(next(left)));
          }
        });
    queue.submit(bio);
    while (left[0] > 0) {
      driver.finishAll();
      assertThat(queue.poll()).isPositive();
    }
    assertThat(queue.unfinished()).isZero();
  }

  private BioCompletion next(int[] left) {
    return (done, status) -> {
      if (--left[0] > 0) {
        queue.submit(
            done.start(BlockOperation.READ, left[0], 1)
                .add(bios.memory(512))
                .completion(next(left)));
      }
    };
  }

  @Test
  void aCompletionOutsidePollLetsParkedOnesGoOnToo() {
    for (int i = 0; i < 3; i++) {
      queue.submit(bios.read(i * 100L, 1));
    }
    driver.log();
    driver.taken().getFirst().complete(BlockStatus.OK);
    assertThat(driver.log()).containsExactly("READ 200+1 [512]", "commit");
  }

  @Test
  void moreBiosThanMayBeParkedAreRefusedForNow() {
    int fits = LIMITS.queueDepth() + RequestQueue.PARKED_BIOS_MAX;
    for (int i = 0; i < fits; i++) {
      queue.submit(bios.read(i % 5000, 1));
    }
    assertThat(bios.outcomes()).isEmpty();
    queue.submit(bios.read(7, 1));
    assertThat(bios.outcomes()).containsExactly("READ 7+1 DEV_RESOURCE");
  }

  @Test
  void flushDiscardAndZeroesCarryNoDataAndAreSplitByTheirOwnLimit() {
    queue.submit(bios.bio(BlockOperation.FLUSH, 0, 0));
    queue.submit(bios.bio(BlockOperation.DISCARD, 50, 1500));
    assertThat(driver.log()).containsExactly("FLUSH", "commit", "DISCARD 50+1000", "commit");
    driver.finishAll();
    queue.poll();
    assertThat(driver.log()).containsExactly("DISCARD 1050+500", "commit");
    assertThat(bios.outcomes()).containsExactly("FLUSH 0+0 OK");
    driver.finishAll();
    queue.poll();
    assertThat(bios.outcomes()).containsExactly("DISCARD 50+1500 OK");
  }

  @Test
  void anOperationTheDriverCannotDoIsNotSupported() {
    driver.operations.remove(BlockOperation.WRITE_ZEROES);
    queue.submit(bios.bio(BlockOperation.WRITE_ZEROES, 0, 8));
    assertThat(bios.outcomes()).containsExactly("WRITE_ZEROES 0+8 NOTSUPP");
  }

  @Test
  void aDriverWithoutADiscardLimitCannotDiscard() {
    RequestQueue none =
        new RequestQueue(new RecordingDriver(new QueueLimits(10_000, 2, 64, 4, 65536, 0)));
    none.submit(bios.bio(BlockOperation.DISCARD, 0, 8));
    assertThat(bios.outcomes()).containsExactly("DISCARD 0+8 NOTSUPP");
    assertThat(none.unfinished()).isZero();
  }

  @Test
  void aRangePastTheEndFails() {
    queue.submit(bios.read(9_999, 2));
    queue.submit(bios.bio(BlockOperation.DISCARD, 10_000, 1));
    assertThat(bios.outcomes()).containsExactly("READ 9999+2 IOERR", "DISCARD 10000+1 IOERR");
  }

  @Test
  void memoryThatDoesNotFitTheRangeIsInvalid() {
    Bio tooLittle = bios.read(0, 2);
    tooLittle.start(BlockOperation.READ, 0, 2).add(bios.memory(512));
    Bio crooked = new Bio().start(BlockOperation.READ, 0, 2);
    crooked.add(bios.memory(100)).add(bios.memory(924));
    Bio flushWithData = new Bio().start(BlockOperation.FLUSH, 0, 0).add(bios.memory(512));
    for (Bio bio : List.of(tooLittle, crooked, flushWithData)) {
      BlockStatus[] got = new BlockStatus[1];
      bio.completion((done, status) -> got[0] = status);
      queue.submit(bio);
      assertThat(got[0]).isEqualTo(BlockStatus.INVAL);
    }
  }

  @Test
  void theFirstFailureOfASplitBioIsItsStatus() {
    queue.submit(bios.read(0, 64 * 2));
    List<BlockRequest> both = driver.taken();
    assertThat(both).hasSize(2);
    driver.finish(both.get(1), BlockStatus.MEDIUM);
    driver.finish(both.get(0), BlockStatus.TIMEOUT);
    queue.poll();
    assertThat(bios.outcomes()).containsExactly("READ 0+128 MEDIUM");
  }
}
