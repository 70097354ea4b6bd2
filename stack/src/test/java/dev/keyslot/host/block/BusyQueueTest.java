package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingDriver;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread stands still inside the driver: others leave their work to it and go on. */
@Timeout(30)
class BusyQueueTest {

  /** Holds the thread that offers sector {@link #HELD} until it is let go. */
  private static final class HoldingDriver extends RecordingDriver {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    HoldingDriver() {
      super(new QueueLimits(10_000, 8, 64, 4, 65536, 1000));
    }

    @Override
    public Disposition queue(BlockRequest request) {
      if (request.startSector() == HELD) {
        entered.countDown();
        try {
          letGo.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException("the test must let go", e);
        }
      }
      return super.queue(request);
    }
  }

  private static final long HELD = 512;

  private final HoldingDriver driver = new HoldingDriver();
  private final RequestQueue queue = new RequestQueue(driver);
  private final Bios bios = new Bios();
  private Thread holder;

  private void holdSomebody() throws InterruptedException {
    Bio bio = bios.read(HELD, 1);
    holder = Thread.ofPlatform().start(() -> queue.submit(bio));
    driver.entered.await();
  }

  @AfterEach
  void letGo() throws InterruptedException {
    driver.letGo.countDown();
    holder.join();
  }

  @Test
  void biosThatComeMeanwhileAreOfferedByTheHolderInOrder() throws InterruptedException {
    holdSomebody();
    Plug plug = new Plug();
    queue.submit(plug, bios.read(100, 1));
    queue.submit(plug, bios.read(200, 1));
    queue.finish(plug);
    queue.submit(bios.read(300, 1));
    assertThat(plug.isEmpty()).isTrue();
    assertThat(queue.poll()).as("nothing that this thread could do").isZero();
    assertThat(driver.log()).isEmpty();

    letGo();
    assertThat(driver.log())
        .containsExactly(
            "READ 512+1 [512]",
            "commit",
            "READ 100+1 [512]",
            "READ 200+1 [512]",
            "READ 300+1 [512]",
            "commit");
    assertThat(queue.unfinished()).isEqualTo(4);
  }

  @Test
  void whatTheDriverGivesBackMeanwhileIsSeenToByTheHolder() throws InterruptedException {
    queue.submit(bios.read(100, 1));
    queue.submit(bios.read(200, 1));
    List<BlockRequest> had = driver.taken();
    assertThat(driver.log()).hasSize(4);
    holdSomebody();
    had.get(0).complete(BlockStatus.OK);
    had.get(1).requeue();
    assertThat(bios.outcomes()).isEmpty();

    letGo();
    assertThat(bios.outcomes()).containsExactly("READ 100+1 OK");
    assertThat(driver.log())
        .containsExactly("READ 512+1 [512]", "commit", "READ 200+1 [512]", "commit");
    List<BlockRequest> has = driver.taken().subList(had.size(), had.size() + 2);
    has.get(0).complete(BlockStatus.OK);
    has.get(1).complete(BlockStatus.IOERR);
    assertThat(bios.outcomes()).containsExactly("READ 512+1 OK", "READ 200+1 IOERR");
    assertThat(queue.unfinished()).isZero();
  }
}
