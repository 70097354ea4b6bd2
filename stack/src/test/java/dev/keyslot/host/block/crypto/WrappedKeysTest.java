package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingSlots;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Operations on hardware-wrapped keys, against hardware that "wraps" by adding a boot number. */
class WrappedKeysTest {

  private static final int TAG = 4;

  /** Long-term tag 0; ephemeral tag is the number of the boot. */
  private static class Wrapping implements KeyslotOps.Wrapped {
    private int boot = 1;

    void reboot() {
      boot++;
    }

    private static int wrap(int tag, MemorySegment raw, MemorySegment into)
        throws KeyslotException {
      int size = (int) raw.byteSize() + TAG;
      if (into.byteSize() < size) {
        throw new KeyslotException(Reason.OVERFLOW, "no room");
      }
      into.set(ValueLayout.JAVA_INT_UNALIGNED, 0, tag);
      into.asSlice(TAG).copyFrom(raw);
      return size;
    }

    private static MemorySegment unwrap(int tag, MemorySegment wrapped) throws KeyslotException {
      if (wrapped.get(ValueLayout.JAVA_INT_UNALIGNED, 0) != tag) {
        throw new KeyslotException(Reason.BAD_MESSAGE, "not wrapped here");
      }
      return wrapped.asSlice(TAG);
    }

    @Override
    public int generateKey(MemorySegment longTerm) throws KeyslotException {
      return wrap(0, MemorySegment.ofArray(new byte[32]), longTerm);
    }

    @Override
    public int importKey(MemorySegment raw, MemorySegment longTerm) throws KeyslotException {
      return wrap(0, raw, longTerm);
    }

    @Override
    public int prepareKey(MemorySegment longTerm, MemorySegment ephemeral) throws KeyslotException {
      return wrap(boot, unwrap(0, longTerm), ephemeral);
    }

    @Override
    public void deriveSoftwareSecret(MemorySegment ephemeral, MemorySegment secret)
        throws KeyslotException {
      unwrap(boot, ephemeral);
      secret.fill((byte) 0x5C);
    }
  }

  private final KeyslotManager manager = new RecordingSlots().manager(2);
  private final Wrapping hardware = new Wrapping();
  private final MemorySegment longTerm = memory(36);
  private final MemorySegment ephemeral = memory(36);
  private final MemorySegment secret = memory(32);

  private static MemorySegment memory(int bytes) {
    return MemorySegment.ofArray(new byte[bytes]);
  }

  private void offerWrapping() {
    manager.setWrappedKeyOps(hardware);
    manager.addKeyType(KeyType.HW_WRAPPED);
  }

  private static void fails(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KeyslotException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  @Test
  void aKeyGoesFromGeneratedToPreparedToItsSecret() throws KeyslotException {
    offerWrapping();
    assertThat(manager.generateKey(longTerm)).isEqualTo(36);
    assertThat(manager.prepareKey(longTerm, ephemeral)).isEqualTo(36);
    manager.deriveSoftwareSecret(ephemeral, secret);
    assertThat(secret.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x5C);
  }

  @Test
  void anImportedKeyHas16To64Bytes() throws KeyslotException {
    offerWrapping();
    assertThat(manager.importKey(memory(16), memory(128))).isEqualTo(20);
    assertThat(manager.importKey(memory(64), memory(128))).isEqualTo(68);
    fails(Reason.INVALID, () -> manager.importKey(memory(15), memory(128)));
    fails(Reason.INVALID, () -> manager.importKey(memory(65), memory(128)));
  }

  @Test
  void sizesAreCheckedAndAResultThatDoesNotFitIsSaidSo() {
    offerWrapping();
    MemorySegment memory128 = memory(128);
    fails(Reason.INVALID, () -> manager.prepareKey(memory(129), ephemeral));
    memory128.set(ValueLayout.JAVA_INT_UNALIGNED, 0, 7);
    fails(Reason.BAD_MESSAGE, () -> manager.prepareKey(memory128, ephemeral));
    fails(Reason.INVALID, () -> manager.deriveSoftwareSecret(ephemeral, memory(31)));
    fails(Reason.OVERFLOW, () -> manager.generateKey(memory(35)));
  }

  @Test
  void aRebootInvalidatesEphemeralKeysButNotLongTermOnes() throws KeyslotException {
    offerWrapping();
    manager.generateKey(longTerm);
    manager.prepareKey(longTerm, ephemeral);
    hardware.reboot();
    fails(Reason.BAD_MESSAGE, () -> manager.deriveSoftwareSecret(ephemeral, secret));
    manager.prepareKey(longTerm, ephemeral);
    manager.deriveSoftwareSecret(ephemeral, secret);
  }

  @Test
  void anEphemeralKeyIsNoLongTermKey() throws KeyslotException {
    offerWrapping();
    manager.generateKey(longTerm);
    manager.prepareKey(longTerm, ephemeral);
    fails(Reason.BAD_MESSAGE, () -> manager.prepareKey(ephemeral, longTerm));
  }

  @Test
  void hardwareWithoutTheOperationsOrTheKeyTypeSupportsNone() {
    fails(Reason.NOT_SUPPORTED, () -> manager.generateKey(longTerm));
    manager.setWrappedKeyOps(hardware);
    fails(Reason.NOT_SUPPORTED, () -> manager.importKey(memory(32), longTerm));
    fails(Reason.NOT_SUPPORTED, () -> new KeyslotManager().prepareKey(longTerm, ephemeral));
    manager.setWrappedKeyOps(null);
    manager.addKeyType(KeyType.HW_WRAPPED);
    fails(Reason.NOT_SUPPORTED, () -> manager.deriveSoftwareSecret(ephemeral, secret));
  }

  /** The kernel holds the profile's lock for these as for programming. */
  @Test
  void noKeyIsProgrammedMeanwhile() throws Exception {
    CryptoKey key = Bios.key(1, 4096);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    manager.addKeyType(KeyType.HW_WRAPPED);
    manager.setOps(
        new KeyslotOps() {
          @Override
          public void program(int slot, CryptoKey programmed) {
            order.add("programmed");
          }

          @Override
          public void evict(int slot, CryptoKey evicted) {}
        });
    Thread programming =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  try {
                    manager.tryAcquire(key);
                  } catch (KeyslotException refused) {
                    order.add(refused.getMessage());
                  }
                });
    manager.setWrappedKeyOps(
        new Wrapping() {
          @Override
          public int generateKey(MemorySegment into) throws KeyslotException {
            programming.start();
            while (order.isEmpty() && programming.getState() != Thread.State.WAITING) {
              Thread.onSpinWait();
            }
            order.add("generated");
            return super.generateKey(into);
          }
        });
    manager.generateKey(longTerm);
    programming.join();
    assertThat(order).containsExactly("generated", "programmed");
  }

  @Test
  void theDeviceIsAwakeMeanwhile() throws KeyslotException {
    offerWrapping();
    int[] calls = new int[2];
    manager.setPower(
        new KeyslotManager.Power() {
          @Override
          public void resume() {
            calls[0]++;
          }

          @Override
          public void release() {
            calls[1]++;
          }
        });
    manager.generateKey(longTerm);
    assertThat(calls).containsExactly(1, 1);
  }
}
