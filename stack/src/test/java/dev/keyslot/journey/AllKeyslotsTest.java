package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.host.volume.DunRule;
import dev.keyslot.host.volume.Volume;
import dev.keyslot.host.volume.VolumeSpec;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * As many volumes as there are keyslots, each with its own key: every slot encrypts with its own.
 */
class AllKeyslotsTest {

  private static final int UNIT = 4096;

  @ParameterizedTest
  @ValueSource(ints = {1, 93, 256})
  void everySlotTakesItsKey(int slots) throws Exception {
    List<CryptoKey> keys = new ArrayList<>();
    try (HeapMedia media = new HeapMedia((long) slots * UNIT);
        Arena arena = Arena.ofConfined();
        BufferPool bounces = new BufferPool(1);
        SteppedStack stack =
            new SteppedStack(
                media,
                UNIT,
                DiscardPolicy.DEALLOCATE,
                slots,
                XtsEngines.byName("jdk"),
                SiliconProbe.NONE)) {
      for (int i = 0; i < slots; i++) {
        MemorySegment raw = arena.allocate(64).copyFrom(MemorySegment.ofArray(keyBytes(i)));
        CryptoKey key =
            CryptoKey.of(new CryptoConfig(CryptoMode.AES_256_XTS, UNIT, 4, KeyType.RAW, true), raw);
        keys.add(key);
        var spec =
            new VolumeSpec(
                "v" + i, "", i * 8L, UNIT, UNIT, DunRule.FROM_ZERO, false, DiscardPolicy.ZERO);
        Volume volume =
            new Volume(spec, stack.machine().queue(), key, stack.machine().drive(), bounces);
        MemorySegment data = stack.buffer(0).asSlice(0, UNIT);
        data.fill((byte) 0x5a);
        ExportRequest write =
            new ExportRequest().start(ExportRequest.Kind.WRITE, 0, UNIT).data(data);
        volume.run(new ExportRequest[] {write}, 1);
        assertThat(write.error()).as("volume %d", i).isEqualTo(NbdError.OK);
      }
      byte[] plain = new byte[UNIT];
      Arrays.fill(plain, (byte) 0x5a);
      MemorySegment stored = arena.allocate(UNIT);
      for (int i = 0; i < slots; i++) {
        media.read((long) i * UNIT, stored);
        assertThat(stored.toArray(ValueLayout.JAVA_BYTE))
            .as("volume %d", i)
            .isEqualTo(new XtsOracle(keyBytes(i)).encrypt(0, UNIT, plain));
      }
      keys.forEach(stack.machine().queue()::evictKey);
    } finally {
      keys.forEach(CryptoKey::close);
    }
  }

  private static byte[] keyBytes(int index) {
    byte[] bytes = new byte[64];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i + 1);
    }
    bytes[0] = (byte) index;
    bytes[63] = (byte) (index + 7);
    return bytes;
  }
}
