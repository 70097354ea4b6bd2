package dev.keyslot.host.block.fallback;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.keyslot.base.cipher.UnitKey;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoContext;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A mode other than AES-XTS: unit by unit, the number as the initialisation vector. */
final class UnitSlotCipher implements SlotCipher {

  private static final int SECTOR_BYTES = 512;
  private static final ValueLayout.OfLong LIMB =
      JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final UnitKey key;
  private final int unitBytes;
  private final int ivBytes;
  private final boolean zeroRule;

  UnitSlotCipher(UnitKey key, CryptoConfig config) {
    this.key = key;
    unitBytes = config.dataUnitBytes();
    ivBytes = config.mode().ivBytes();
    zeroRule = config.zeroRule();
  }

  @Override
  public void encrypt(CryptoContext at, MemorySegment from, MemorySegment to) {
    CryptoContext number = new CryptoContext();
    number.copyFrom(at);
    for (long offset = 0; offset < from.byteSize(); offset += unitBytes) {
      key.encrypt(iv(number), from.asSlice(offset, unitBytes), to.asSlice(offset, unitBytes));
      number.advance(unitBytes);
    }
  }

  @Override
  public void decrypt(CryptoContext at, MemorySegment from, MemorySegment to) {
    CryptoContext number = new CryptoContext();
    number.copyFrom(at);
    boolean[] zero = new boolean[unitBytes / SECTOR_BYTES];
    for (long offset = 0; offset < from.byteSize(); offset += unitBytes) {
      MemorySegment source = from.asSlice(offset, unitBytes);
      MemorySegment target = to.asSlice(offset, unitBytes);
      for (int i = 0; zeroRule && i < zero.length; i++) {
        zero[i] = isZero(sector(source, i));
      }
      key.decrypt(iv(number), source, target);
      for (int i = 0; zeroRule && i < zero.length; i++) {
        if (zero[i]) {
          sector(target, i).fill((byte) 0);
        }
      }
      number.advance(unitBytes);
    }
  }

  private static MemorySegment sector(MemorySegment unit, int index) {
    return unit.asSlice((long) index * SECTOR_BYTES, SECTOR_BYTES);
  }

  private static boolean isZero(MemorySegment sector) {
    for (long i = 0; i < sector.byteSize(); i += Long.BYTES) {
      if (sector.get(JAVA_LONG_UNALIGNED, i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The limbs, little-endian, as many bytes as the mode takes. */
  private byte[] iv(CryptoContext number) {
    byte[] iv = new byte[ivBytes];
    MemorySegment limbs = MemorySegment.ofArray(iv);
    for (int i = 0; i < ivBytes / Long.BYTES; i++) {
      limbs.set(LIMB, (long) i * Long.BYTES, number.dun(i));
    }
    return iv;
  }

  @Override
  public void close() {
    key.close();
  }
}
