package dev.keyslot.app.survey;

import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What an image looks like: how much of it is allocated, and what its data units look like.
 *
 * @param allocatedUnits data units that hold data at least in part
 * @param sampledUnits how many of them were looked at, spread evenly
 * @param kinds of the sampled units, as they lie on the medium
 * @param plainKinds of the sampled units of volumes whose key is at hand, decrypted; else empty
 * @param suspectOffsets where the first torn or structured units lie, in bytes
 */
public record ImageSurvey(
    Extents extents,
    long allocatedUnits,
    long sampledUnits,
    Map<UnitKind, Long> kinds,
    Map<UnitKind, Long> plainKinds,
    List<Long> suspectOffsets) {

  /** 64 MiB of 4096-byte units: a second's reading. */
  public static final int SAMPLES_DEFAULT = 16_384;

  /** So many places are worth a look by hand. */
  private static final int SUSPECTS_SHOWN = 8;

  /**
   * Bytes of an image that lie on the medium and that do not.
   *
   * @param dataBytes as the file system counts extents: in its own blocks
   */
  public record Extents(long sizeBytes, long dataBytes) {

    /** What is not there: never written, or trimmed. */
    public long holeBytes() {
      return sizeBytes - dataBytes;
    }
  }

  /**
   * Surveys an image.
   *
   * @param volumes whose keys are at hand; may be empty
   * @param samplesMax how many units to look at
   */
  public static ImageSurvey of(
      Path image, int dataUnitBytes, List<ImageFile.Volume> volumes, long samplesMax)
      throws StackException {
    try (PosixFile file = PosixFile.openReadOnly(image);
        Arena arena = Arena.ofConfined()) {
      return new Surveyor(file, dataUnitBytes, volumes, arena).run(samplesMax);
    } catch (PosixException e) {
      throw new StackException(
          StackException.Category.FIX_CONFIG, "image must be readable: " + e.getMessage(), e);
    }
  }

  /** One survey under way. */
  private static final class Surveyor {

    private final PosixFile file;
    private final int unitBytes;
    private final List<ImageFile.Volume> volumes;
    private final UnitStatistics statistics;
    private final MemorySegment cipher;
    private final MemorySegment plain;
    private final Map<UnitKind, Long> kinds = new EnumMap<>(UnitKind.class);
    private final Map<UnitKind, Long> plainKinds = new EnumMap<>(UnitKind.class);
    private final List<Long> suspects = new ArrayList<>();
    private long sampled;

    Surveyor(PosixFile file, int unitBytes, List<ImageFile.Volume> volumes, Arena arena) {
      this.file = file;
      this.unitBytes = unitBytes;
      this.volumes = volumes;
      statistics = new UnitStatistics(unitBytes);
      cipher = arena.allocate(unitBytes, Long.BYTES);
      plain = arena.allocate(unitBytes, Long.BYTES);
    }

    ImageSurvey run(long samplesMax) throws PosixException {
      long size = file.size();
      List<UnitRange> ranges = UnitRange.allocated(file, size, unitBytes);
      long dataBytes = ranges.stream().mapToLong(UnitRange::dataBytes).sum();
      long units = ranges.stream().mapToLong(UnitRange::units).sum();
      long stride = Math.max(1, (units + samplesMax - 1) / samplesMax);
      List<XtsKey> keys = keys();
      try {
        long skip = 0;
        for (UnitRange range : ranges) {
          long unit = skip;
          for (; unit < range.units(); unit += stride) {
            look((range.firstUnit() + unit) * unitBytes, size, keys);
          }
          skip = unit - range.units();
        }
      } finally {
        keys.forEach(XtsKey::close);
      }
      return new ImageSurvey(
          new Extents(size, dataBytes), units, sampled, kinds, plainKinds, List.copyOf(suspects));
    }

    private List<XtsKey> keys() {
      List<XtsKey> keys = new ArrayList<>();
      for (ImageFile.Volume volume : volumes) {
        volume.key().withBytes(bytes -> keys.add(XtsEngines.fastest(unitBytes).newKey(bytes)));
      }
      return keys;
    }

    private void look(long offset, long size, List<XtsKey> keys) throws PosixException {
      if (offset + unitBytes > size || file.pread(cipher, offset) < unitBytes) {
        return; // an image without sidecar may end in the middle of a unit
      }
      sampled++;
      UnitKind kind = statistics.classify(cipher);
      kinds.merge(kind, 1L, Long::sum);
      if ((kind == UnitKind.TORN || kind == UnitKind.STRUCTURED)
          && suspects.size() < SUSPECTS_SHOWN) {
        suspects.add(offset);
      }
      for (int i = 0; i < keys.size(); i++) {
        var entry = volumes.get(i).entry();
        if (offset >= entry.offsetBytes() && offset < entry.endBytes()) {
          long dun = entry.dunRule().dunOf((offset - entry.offsetBytes()) / unitBytes);
          keys.get(i).decrypt(dun, 0, unitBytes, cipher, plain, true);
          plainKinds.merge(statistics.classify(plain), 1L, Long::sum);
        }
      }
    }
  }
}
