package dev.keyslot.host.block;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Threads that add while one takes, in every order that Lincheck comes by: nothing is lost, doubled
 * or taken out of the order in which it was added. More schedules with {@code -Dkeyslot.long}.
 */
class InflowLincheckTest {

  private static final boolean LONG = System.getProperty("keyslot.long") != null;

  private static final class Item extends Linked<Item> {
    private final int number;

    private Item(int number) {
      this.number = number;
    }
  }

  /** The list under test; only the holder of a queue's lock, one thread at a time, takes. */
  @Param(name = "number", gen = IntGen.class, conf = "0:9")
  public static class Subject {

    private final Inflow<Item> inflow = new Inflow<>();

    /** An element alone. */
    @Operation
    public void add(@Param(name = "number") int number) {
      inflow.add(new Item(number));
    }

    /** A chain of two. */
    @Operation
    public void addChain(@Param(name = "number") int first, @Param(name = "number") int last) {
      var oldest = new Item(first);
      var newest = new Item(last);
      newest.next = oldest;
      inflow.add(newest, oldest);
    }

    /** Everything, oldest first. */
    @Operation(nonParallelGroup = "holder")
    public List<Integer> takeAll() {
      List<Integer> numbers = new ArrayList<>();
      for (Item item = inflow.takeAll(); item != null; item = item.next) {
        numbers.add(item.number);
      }
      return numbers;
    }

    /** How many there are. */
    @Operation(nonParallelGroup = "holder")
    public int count() {
      return inflow.count();
    }
  }

  /** The same for one thread. */
  public static class Model {

    private final List<Integer> numbers = new ArrayList<>();

    /** An element alone. */
    public void add(int number) {
      numbers.add(number);
    }

    /** A chain of two. */
    public void addChain(int first, int last) {
      numbers.add(first);
      numbers.add(last);
    }

    /** Everything, oldest first. */
    public List<Integer> takeAll() {
      List<Integer> taken = List.copyOf(numbers);
      numbers.clear();
      return taken;
    }

    /** How many there are. */
    public int count() {
      return numbers.size();
    }
  }

  private static void check(Options<?, ?> options) {
    options.threads(3).actorsBefore(2).actorsPerThread(3).actorsAfter(2);
    options.sequentialSpecification(Model.class).check(Subject.class);
  }

  @Test
  void everyScheduleKeepsAllInOrder() {
    check(
        new ModelCheckingOptions()
            .iterations(LONG ? 100 : 10)
            .invocationsPerIteration(LONG ? 10_000 : 500));
  }

  @Test
  void threadsThatReallyRunKeepAllInOrder() {
    check(
        new StressOptions()
            .iterations(LONG ? 100 : 10)
            .invocationsPerIteration(LONG ? 10_000 : 1_000));
  }
}
