package dev.keyslot.base.cipher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cipher contexts are used again, and closed once nobody needs them. */
class ContextPoolTest {

  /** Counts how often it was closed. */
  private static final class Context implements AutoCloseable {
    private int closed;
    private RuntimeException complaint;

    @Override
    public void close() {
      closed++;
      if (complaint != null) {
        throw complaint;
      }
    }
  }

  private final List<Context> made = new ArrayList<>();
  private final ContextPool<Context> pool =
      new ContextPool<>(
          () -> {
            made.add(new Context());
            return made.getLast();
          });

  private List<Context> take(int count) {
    List<Context> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(pool.take());
    }
    return taken;
  }

  @Test
  void aContextGivenBackIsTakenAgain() {
    List<Context> eight = take(ContextPool.IDLE_MAX);
    assertThat(eight).doesNotHaveDuplicates();
    eight.forEach(pool::give);
    assertThat(take(ContextPool.IDLE_MAX)).containsExactlyInAnyOrderElementsOf(eight);
    assertThat(made).hasSize(ContextPool.IDLE_MAX).allMatch(context -> context.closed == 0);
  }

  @Test
  void oneMoreThanAreKeptIsClosed() {
    List<Context> nine = take(ContextPool.IDLE_MAX + 1);
    nine.forEach(pool::give);
    assertThat(nine)
        .extracting(context -> context.closed)
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 1);
  }

  @Test
  void closingClosesIdleContextsNowAndOthersWhenTheyComeBack() {
    List<Context> two = take(2);
    pool.give(two.get(0));
    assertThat(pool.close()).as("the first time").isTrue();
    assertThat(two).extracting(context -> context.closed).containsExactly(1, 0);
    pool.give(two.get(1));
    assertThat(two).extracting(context -> context.closed).containsExactly(1, 1);
    assertThat(pool.close()).isFalse();
    assertThat(two).extracting(context -> context.closed).as("once each").containsExactly(1, 1);
    assertThatThrownBy(pool::take)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("key must be open: closed=true");
  }

  @Test
  void aContextThatDoesNotCloseIsAMistake() {
    Context stubborn = pool.take();
    stubborn.complaint = new IllegalArgumentException("stuck");
    pool.give(stubborn);
    assertThatThrownBy(pool::close)
        .isInstanceOf(IllegalStateException.class)
        .hasCause(stubborn.complaint);
  }
}
