package dev.keyslot.bench;

import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** AES-256-XTS keys for data units of 4096 bytes, the same in every run. */
final class BenchKeys {

  private BenchKeys() {}

  /** {@code count} different keys, each to be closed by the caller. */
  static CryptoKey[] ring(int count, boolean zeroRule) {
    SplittableRandom random = new SplittableRandom(1);
    CryptoConfig config = new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, zeroRule);
    CryptoKey[] ring = new CryptoKey[count];
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[64];
      random.nextBytes(bytes);
      ring[i] = CryptoKey.of(config, MemorySegment.ofArray(bytes));
    }
    return ring;
  }
}
