package dev.keyslot.testkit;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Every order in which the steps of several agents can be taken, each agent's own in order: small
 * schedules, exhaustively. Belongs to one thread.
 */
public final class Interleavings {

  /** A fresh scene for each order: its agents' steps, and what must hold afterwards. */
  public interface Scene extends AutoCloseable {
    /** Each row an agent, each entry a step. */
    Runnable[][] agents();

    /** Fails if the order just taken did harm. */
    void check();

    @Override
    void close();
  }

  private final Supplier<Scene> scenes;
  private final int[] lengths;
  private int orders;

  private Interleavings(Supplier<Scene> scenes) {
    this.scenes = scenes;
    try (Scene scene = scenes.get()) {
      lengths = Arrays.stream(scene.agents()).mapToInt(steps -> steps.length).toArray();
    }
  }

  /**
   * Takes every order; returns how many there were.
   *
   * @throws AssertionError naming the order that failed, agents by their digits
   */
  public static int all(Supplier<Scene> scenes) {
    Interleavings all = new Interleavings(scenes);
    all.extend(new int[Arrays.stream(all.lengths).sum()], 0, new int[all.lengths.length]);
    return all.orders;
  }

  private void extend(int[] order, int at, int[] taken) {
    if (at == order.length) {
      run(order);
      return;
    }
    for (int agent = 0; agent < taken.length; agent++) {
      if (taken[agent] < lengths[agent]) {
        order[at] = agent;
        taken[agent]++;
        extend(order, at + 1, taken);
        taken[agent]--;
      }
    }
  }

  private void run(int[] order) {
    orders++;
    try (Scene scene = scenes.get()) {
      Runnable[][] agents = scene.agents();
      int[] taken = new int[agents.length];
      for (int agent : order) {
        agents[agent][taken[agent]++].run();
      }
      scene.check();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("in the order " + Arrays.toString(order) + ": " + e, e);
    }
  }
}
