package dev.keyslot.app.image;

import dev.keyslot.base.Checks;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: bytes, or K, M, G, T for powers of 1024. Stateless. */
public final class ByteSize {

  /** A card counts its 512-byte sectors in 32 bits, and keeps whole 4 KiB blocks. */
  public static final long IMAGE_BYTES_MAX = ((1L << 32) - 8) * 512;

  private static final Pattern FORM = Pattern.compile("([0-9]{1,19})([KMGTkmgt]?)");
  private static final String UNITS = "KMGT";

  private ByteSize() {}

  /**
   * The bytes that {@code text} stands for, such as 1073741824 for {@code 1G}.
   *
   * @param what the name of the value, for the message
   * @throws IllegalArgumentException if it is not a size below 2^63
   */
  public static long parse(String text, String what) {
    Matcher matcher = FORM.matcher(text);
    Checks.argument(
        matcher.matches(),
        "%s must be bytes, or a number followed by K, M, G or T (powers of 1024): %s=%s",
        what,
        what,
        text);
    int power = 1 + UNITS.indexOf(matcher.group(2).toUpperCase(Locale.ROOT));
    long unit = matcher.group(2).isEmpty() ? 1 : 1L << (10 * power);
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          what + " must be below 2^63 bytes: " + what + "=" + text, e);
    }
  }

  /** {@code bytes} with the largest unit that divides it, such as {@code 1G}; exact. */
  public static String exact(long bytes) {
    for (int power = UNITS.length(); power > 0 && bytes != 0; power--) {
      if (bytes % (1L << (10 * power)) == 0) {
        return bytes / (1L << (10 * power)) + UNITS.substring(power - 1, power);
      }
    }
    return Long.toString(bytes);
  }

  /** {@code bytes} for humans, such as {@code 1.5 GiB}; rounded to one place. */
  public static String approximate(long bytes) {
    int power = 0;
    double value = bytes;
    while (value >= 1024 && power < UNITS.length()) {
      value /= 1024;
      power++;
    }
    return power == 0
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f %ciB", value, UNITS.charAt(power - 1));
  }

  /**
   * Refuses a size that a card cannot have.
   *
   * @throws IllegalArgumentException if it is not a positive multiple of the data unit, at most
   *     {@link #IMAGE_BYTES_MAX}
   */
  public static void checkImage(long sizeBytes, int dataUnitBytes) {
    Checks.argument(
        sizeBytes > 0 && sizeBytes % dataUnitBytes == 0,
        "size must be a positive multiple of the data unit: sizeBytes=%d dataUnitBytes=%d",
        sizeBytes,
        dataUnitBytes);
    Checks.argument(
        sizeBytes <= IMAGE_BYTES_MAX,
        "size must be at most 2^32 - 8 sectors (2 TiB - 4 KiB, %d bytes): sizeBytes=%d",
        IMAGE_BYTES_MAX,
        sizeBytes);
  }

  /** Refuses a data unit other than 512 and 4096 bytes. */
  public static void checkDataUnit(int dataUnitBytes) {
    Checks.argument(
        dataUnitBytes == 512 || dataUnitBytes == 4096,
        "data unit must be 512 or 4096 bytes: dataUnitBytes=%d",
        dataUnitBytes);
  }
}
