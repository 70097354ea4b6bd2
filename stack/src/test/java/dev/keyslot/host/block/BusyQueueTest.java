package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Bios;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread stands still inside the driver: others leave their work to it and go on. */
@Timeout(30)
class BusyQueueTest {

  /** Holds the thread that offers sector {@link #HELD} until it is let go. */
  private static final class HoldingDriver implements BlockDriver {
    private final ConcurrentLinkedQueue<BlockRequest> taken = new ConcurrentLinkedQueue<>();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch letGo = new CountDownLatch(1);

    @Override
    public QueueLimits limits() {
      return new QueueLimits(10_000, 8, 64, 4, 65536, 1000);
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
      taken.add(request);
      return Disposition.TAKEN;
    }

    @Override
    public void commit() {}

    @Override
    public int poll() {
      return 0;
    }

    @Override
    public long extent(long sector) {
      return limits().capacitySectors() - sector;
    }

    @Override
    public boolean supports(BlockOperation operation) {
      return true;
    }

    List<Long> sectors() {
      return taken.stream().map(BlockRequest::startSector).toList();
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
    assertThat(driver.sectors()).isEmpty();

    letGo();
    assertThat(driver.sectors()).containsExactly(HELD, 100L, 200L, 300L);
    assertThat(queue.unfinished()).isEqualTo(4);
  }

  @Test
  void whatTheDriverGivesBackMeanwhileIsSeenToByTheHolder() throws InterruptedException {
    queue.submit(bios.read(100, 1));
    queue.submit(bios.read(200, 1));
    BlockRequest first = driver.taken.remove();
    BlockRequest second = driver.taken.remove();
    holdSomebody();
    first.complete(BlockStatus.OK);
    second.requeue();
    assertThat(bios.outcomes()).isEmpty();

    letGo();
    assertThat(bios.outcomes()).containsExactly("READ 100+1 OK");
    assertThat(driver.sectors()).containsExactly(HELD, 200L);
    driver.taken.remove().complete(BlockStatus.OK);
    driver.taken.remove().complete(BlockStatus.IOERR);
    assertThat(bios.outcomes()).containsExactly("READ 512+1 OK", "READ 200+1 IOERR");
    assertThat(queue.unfinished()).isZero();
  }
}
