package dev.keyslot.testkit;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Makes bios with memory of their own and writes down how each went. Belongs to one thread. */
public final class Bios {

  private static final int SECTOR = 512;

  private final Arena arena = Arena.ofAuto();
  private final List<String> outcomes = new ArrayList<>();

  /** What was completed since the last call, such as {@code READ 0+8 OK}, oldest first. */
  public List<String> outcomes() {
    List<String> copy = List.copyOf(outcomes);
    outcomes.clear();
    return copy;
  }

  /** A bio over one segment of memory, or none if the operation carries no data. */
  public Bio bio(BlockOperation operation, long sector, long sectors) {
    return operation.hasData()
        ? bio(operation, sector, memory(sectors * SECTOR))
        : finish(new Bio().start(operation, sector, sectors));
  }

  /** A data bio over the given memory. */
  public Bio bio(BlockOperation operation, long sector, MemorySegment... segments) {
    long bytes = 0;
    for (MemorySegment segment : segments) {
      bytes += segment.byteSize();
    }
    Bio bio = new Bio().start(operation, sector, bytes / SECTOR);
    for (MemorySegment segment : segments) {
      bio.add(segment);
    }
    return finish(bio);
  }

  public Bio write(long sector, long sectors) {
    return bio(BlockOperation.WRITE, sector, sectors);
  }

  public Bio read(long sector, long sectors) {
    return bio(BlockOperation.READ, sector, sectors);
  }

  private Bio finish(Bio bio) {
    return bio.completion(this::done);
  }

  private void done(Bio bio, BlockStatus status) {
    outcomes.add(bio.operation() + " " + bio.sector() + "+" + bio.sectors() + " " + status);
  }

  /** Fresh zeroed memory on a page boundary. */
  public MemorySegment memory(long bytes) {
    return arena.allocate(bytes, 4096);
  }

  /** An AES-256-XTS key without the zero rule; its bytes ascend from {@code first}. */
  public static CryptoKey key(int first, int dataUnitBytes) {
    return key(
        first, new CryptoConfig(CryptoMode.AES_256_XTS, dataUnitBytes, 4, KeyType.RAW, false));
  }

  /** A key whose bytes ascend from {@code first}. */
  public static CryptoKey key(int first, CryptoConfig config) {
    return key(first, config, 0);
  }

  /** A key of {@code group} whose bytes ascend from {@code first}. */
  public static CryptoKey key(int first, CryptoConfig config, int group) {
    byte[] bytes = Patterns.ascending(first, config.mode().keyBytes());
    return CryptoKey.of(config, MemorySegment.ofArray(bytes), group);
  }
}
