package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.volume.DunRule;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The seal is what Python's hashlib and hmac compute from the table in docs/data-at-rest.md.
 *
 * <p>Key 00 01 .. 3f, UUID 00112233-4455-6677-8899-aabbccddeeff. HKDF by RFC 5869 in four lines:
 * {@code prk = hmac(uuid, key); sealing key = hmac(prk, label + 01)}; the message by {@code
 * struct.pack(">I", 1) + uuid + struct.pack(">QIQQQIII", ...) + name}.
 */
class SealTest {

  private static final String MESSAGE =
      "0000000100112233445566778899aabbccddeeff000000004000000000001000"
          + "000000000000000000000000400000000000000000000000000000010000000100000000";

  private static final String WHOLE_IMAGE_SEAL =
      "8e82535771bfaf0ca0d707c1220ae214e1f3aa515332053632667d7a6e07eaa2";

  private static final String TENANT_SEAL =
      "46dc392d64ce5fbb10180f2de9061ba56f29b1eeda82824f928110a594f6298b";

  private static final UUID IMAGE_UUID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

  private static final Sidecar.Volume WHOLE_IMAGE =
      new Sidecar.Volume("", 0, 1L << 30, new DunRule(0, 1), 1, "");

  private static final Sidecar.Volume TENANT =
      new Sidecar.Volume("tenant-7", 1 << 20, 3 << 20, new DunRule(5, 8), 2, "");

  private final VolumeKey key = key(Patterns.ascending(0, VolumeKey.BYTES));

  @AfterEach
  void wipe() {
    key.close();
  }

  @Test
  void sealsTheBytesOfTheTable() {
    assertThat(HexFormat.of().formatHex(Seal.message(sidecar(4096, WHOLE_IMAGE), WHOLE_IMAGE)))
        .isEqualTo(MESSAGE);
  }

  @Test
  void isTheSealThatPythonComputes() {
    assertThat(Seal.of(sidecar(4096, WHOLE_IMAGE), WHOLE_IMAGE, key)).isEqualTo(WHOLE_IMAGE_SEAL);
    assertThat(Seal.of(sidecar(512, TENANT), TENANT, key)).isEqualTo(TENANT_SEAL);
  }

  @Test
  void matchesOnlyItsKeyAndItsEntry() {
    Sidecar sidecar = sidecar(512, TENANT.withSeal(TENANT_SEAL));
    Sidecar.Volume sealed = sidecar.volumes().getFirst();
    assertThat(Seal.matches(sidecar, sealed, key)).isTrue();
    assertThat(Seal.matches(sidecar, sealed.withSeal(WHOLE_IMAGE_SEAL), key)).isFalse();
    try (VolumeKey other = key(Patterns.ascending(1, VolumeKey.BYTES))) {
      assertThat(Seal.matches(sidecar, sealed, other)).isFalse();
    }
  }

  private static Sidecar sidecar(int dataUnitBytes, Sidecar.Volume volume) {
    return new Sidecar(IMAGE_UUID, 1L << 30, dataUnitBytes, List.of(volume));
  }

  private static VolumeKey key(byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return new VolumeKey(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
    }
  }

  @Test
  void aKeyIsLentReadOnlyGoneWhenClosedAndPrintsNothing() {
    MemorySegment[] lent = new MemorySegment[1];
    try (VolumeKey closed = key(Patterns.ascending(7, VolumeKey.BYTES))) {
      assertThat(closed).hasToString("VolumeKey[64 bytes]").isNotEqualTo(key);
      closed.withBytes(bytes -> lent[0] = bytes);
      assertThat(lent[0].isReadOnly()).isTrue();
    }
    assertThat(lent[0].scope().isAlive()).isFalse();
  }
}
