package dev.keyslot.testkit;

import java.security.SecureRandom;
import java.util.SplittableRandom;

/**
 * Chance for tests: each test class draws from one seed, printed as it is drawn.
 *
 * <p>{@code -Dkeyslot.seed=N} repeats a run; otherwise the seed is fresh. Standard output of a
 * passing test is not shown by the build, that of a failing one is.
 */
public final class Seeds {

  private static final String PROPERTY = "keyslot.seed";

  private Seeds() {}

  /** A generator for {@code test}, whose seed is printed. */
  public static SplittableRandom random(Class<?> test) {
    return new SplittableRandom(next(test));
  }

  /** A seed for {@code test}, for code that makes its own generator. */
  public static long next(Class<?> test) {
    Long given = Long.getLong(PROPERTY);
    long seed = given != null ? given : new SecureRandom().nextLong();
    System.out.printf("%s: repeat with -D%s=%d%n", test.getSimpleName(), PROPERTY, seed);
    return seed;
  }

  /** {@code count} bytes of chance. */
  public static byte[] bytes(SplittableRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
