package dev.keyslot.host.block.integrity;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The T10 protection information of type 1: for every 512-byte sector a CRC-16 guard, an
 * application tag and a reference tag, eight bytes, big-endian.
 *
 * <pre>
 *   0        2        4                 8
 *   | guard  | app    | reference       |
 * </pre>
 *
 * <p>The guard is CRC-16/T10-DIF (polynomial 8BB7h) of the sector, the reference tag the low 32
 * bits of its number. An application tag of FFFFh in what is verified means "do not check".
 * Immutable.
 */
public final class T10Dif {

  /** Bytes of protection information for each sector. */
  public static final int TUPLE_BYTES = 8;

  private static final int SECTOR_BYTES = 512;
  private static final int POLYNOMIAL = 0x8BB7;
  private static final int ESCAPE = 0xFFFF;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final char[] TABLE = table();

  private static char[] table() {
    char[] table = new char[256];
    for (int i = 0; i < table.length; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc << 1) ^ ((crc & 0x8000) != 0 ? POLYNOMIAL : 0);
      }
      table[i] = (char) crc;
    }
    return table;
  }

  /** CRC-16/T10-DIF of all of {@code data}. */
  static int guard(MemorySegment data) {
    int crc = 0;
    for (long i = 0; i < data.byteSize(); i++) {
      int index = ((crc >>> 8) ^ data.get(JAVA_BYTE, i)) & 0xFF;
      crc = (crc << 8 ^ TABLE[index]) & 0xFFFF;
    }
    return crc;
  }

  /**
   * Writes the tuples of {@code data}, whose first sector has the number given, to {@code tags}.
   */
  public void generate(MemorySegment data, long firstSector, MemorySegment tags) {
    int sectors = sectors(data, tags);
    for (int i = 0; i < sectors; i++) {
      long at = (long) i * TUPLE_BYTES;
      tags.set(SHORT, at, (short) guard(data.asSlice((long) i * SECTOR_BYTES, SECTOR_BYTES)));
      tags.set(SHORT, at + 2, (short) 0);
      tags.set(INT, at + 4, (int) (firstSector + i));
    }
  }

  /**
   * Compares {@code data} with its tuples.
   *
   * @return the index of the first sector that does not match, or -1
   */
  public int verify(MemorySegment data, long firstSector, MemorySegment tags) {
    int sectors = sectors(data, tags);
    for (int i = 0; i < sectors; i++) {
      long at = (long) i * TUPLE_BYTES;
      boolean escaped = Short.toUnsignedInt(tags.get(SHORT, at + 2)) == ESCAPE;
      int guard = guard(data.asSlice((long) i * SECTOR_BYTES, SECTOR_BYTES));
      boolean matches =
          Short.toUnsignedInt(tags.get(SHORT, at)) == guard
              && tags.get(INT, at + 4) == (int) (firstSector + i);
      if (!escaped && !matches) {
        return i;
      }
    }
    return -1;
  }

  private static int sectors(MemorySegment data, MemorySegment tags) {
    long sectors = data.byteSize() / SECTOR_BYTES;
    Checks.argument(
        data.byteSize() % SECTOR_BYTES == 0 && tags.byteSize() == sectors * TUPLE_BYTES,
        "protection information needs whole sectors and a tuple for each: dataBytes=%d tagBytes=%d",
        data.byteSize(),
        tags.byteSize());
    return (int) sectors;
  }
}
