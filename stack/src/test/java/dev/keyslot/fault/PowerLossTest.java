package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Seeds;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A thousand crashes of the supply: what was flushed is there, and the rest is what the policy
 * says.
 */
class PowerLossTest {

  private static final int SECTORS = 64;
  private static final int CRASHES = 200;
  private static final int SECTOR = 512;

  private final CardResponse response = new CardResponse();
  private final SplittableRandom random = Seeds.random(PowerLossTest.class);

  /** Values written to each sector since the last flush, the flushed one first. */
  private final List<List<Integer>> histories = new ArrayList<>();

  private EmmcCard card;
  private int next = 1;

  private void send(int index, int argument) {
    card.command(index, argument, response);
    assertThat(response.line()).as("CMD" + index).isEqualTo(CardResponse.Line.OK);
    if (response.busy()) {
      assertThat(card.finishBusy()).isEqualTo(DataOutcome.DONE);
    }
  }

  private void bringUp() {
    card.power(true);
    send(0, 0);
    send(1, 0x40FF8080);
    send(1, 0x40FF8080);
    send(2, 0);
    send(3, 0x10000);
    send(7, 0x10000);
    send(6, 0x03210101);
  }

  @ParameterizedTest
  @EnumSource(PowerLoss.class)
  void keepsWhatWasFlushedAndOfTheRestWhatThePolicySays(PowerLoss policy) {
    for (int crash = 0; crash < CRASHES; crash++) {
      HeapMedia media = new HeapMedia(8192L * SECTOR);
      card = new EmmcCard(CardProfile.losing(8192, policy, random.nextLong()), media);
      bringUp();
      histories.clear();
      for (int i = 0; i < SECTORS; i++) {
        histories.add(new ArrayList<>(List.of(0)));
      }
      List<int[]> unflushed = writeAndFlush();
      card.power(false);
      checkSurvivors(media, policy, unflushed);
    }
  }

  /** Random writes, some reliable, and flushes; returns (sector, value) since the last flush. */
  private List<int[]> writeAndFlush() {
    List<int[]> unflushed = new ArrayList<>();
    int operations = random.nextInt(60);
    for (int i = 0; i < operations; i++) {
      if (random.nextInt(12) == 0) {
        send(6, 0x03200101);
        unflushed.clear();
        histories.forEach(history -> history.subList(0, history.size() - 1).clear());
      } else {
        int sector = random.nextInt(SECTORS);
        boolean reliable = random.nextInt(6) == 0;
        int value = next++ % 250 + 1;
        write(sector, value, reliable);
        List<Integer> history = histories.get(sector);
        if (reliable) {
          history.clear();
          unflushed.removeIf(w -> w[0] == sector);
        } else {
          unflushed.add(new int[] {sector, value});
        }
        history.add(value);
      }
    }
    return unflushed;
  }

  private void write(int sector, int value, boolean reliable) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[SECTOR]);
    bytes.fill((byte) value);
    send(23, reliable ? 0x80000001 : 1);
    send(25, sector * SECTOR);
    assertThat(card.send(bytes)).isEqualTo(DataOutcome.DONE);
  }

  private void checkSurvivors(HeapMedia media, PowerLoss policy, List<int[]> unflushed) {
    int torn = 0;
    int[] found = new int[SECTORS];
    for (int i = 0; i < SECTORS; i++) {
      byte[] now = new byte[SECTOR];
      media.read((long) i * SECTOR, MemorySegment.ofArray(now));
      int first = Byte.toUnsignedInt(now[0]);
      int last = Byte.toUnsignedInt(now[SECTOR - 1]);
      found[i] = first;
      assertThat(histories.get(i))
          .as("sector %d begins with a value of its own", i)
          .contains(first);
      assertThat(histories.get(i)).as("sector %d ends with a value of its own", i).contains(last);
      torn += first == last ? 0 : 1;
      switch (policy) {
        case NONE -> assertThat(first).isEqualTo(histories.get(i).getFirst());
        case ALL -> assertThat(first).isEqualTo(histories.get(i).getLast());
        case FIFO_PREFIX, RANDOM_SUBSET, TORN_PREFIX -> {} // looked at as a whole
      }
    }
    assertThat(torn).isLessThanOrEqualTo(policy == PowerLoss.TORN_PREFIX ? 1 : 0);
    if (policy == PowerLoss.FIFO_PREFIX) {
      assertThat(isPrefix(found, unflushed)).as("the survivors are the oldest writes").isTrue();
    }
  }

  private boolean isPrefix(int[] found, List<int[]> unflushed) {
    int[] replay = new int[SECTORS];
    for (int i = 0; i < SECTORS; i++) {
      replay[i] = histories.get(i).getFirst();
    }
    for (int kept = 0; ; kept++) {
      if (Arrays.equals(replay, found)) {
        return true;
      }
      if (kept == unflushed.size()) {
        return false;
      }
      replay[unflushed.get(kept)[0]] = unflushed.get(kept)[1];
    }
  }
}
