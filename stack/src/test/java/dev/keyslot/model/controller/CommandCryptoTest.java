package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands outside the queue, encrypted by the registers at 70h and 74h of the CQHCI block. */
class CommandCryptoTest {

  private static final int BYTES = 8 * 512;
  private static final int CFG = 0x208;
  private static final int PARAMETER = 0x270;
  private static final int NUMBER = 0x274;

  /** CFGE, units of 4096 bytes, capability 0. */
  private static final int UNITS_4096 = 0x8000_0008;

  private final HeapMedia media = new HeapMedia(8L << 20);
  private final Arena arena = Arena.ofShared();
  private final MemorySegment data = arena.allocate(BYTES, 4096);
  private final MemorySegment descriptors = arena.allocate(4096, 4096);
  private Silicon silicon;
  private CqhciController registers;

  @BeforeEach
  void bringUp() {
    bringUp(HostIdentity.COMMAND_CRYPTO);
  }

  private void bringUp(HostIdentity identity) {
    bringUp(identity, EngineConfig.served());
  }

  private void bringUp(HostIdentity identity, EngineConfig engine) {
    silicon =
        new Silicon(
            ControllerConfig.faithful(identity),
            engine,
            new EmmcCard(CardProfile.served(media.sizeBytes() / 512), media));
    registers = silicon.controller();
    silicon.driver().enumerate();
    silicon.driver().programKey(5, Patterns.ascending(0, 64), UNITS_4096, 0);
    registers.write32(0x34, -1);
    MemorySegment.copy(Patterns.sevens(BYTES), 0, data, ValueLayout.JAVA_BYTE, 0, BYTES);
    descriptors.set(ValueLayout.JAVA_INT, 0, BYTES << 16 | 0x23);
    descriptors.set(ValueLayout.JAVA_LONG_UNALIGNED, 4, silicon.dma().map(data));
    registers.write8(0x28, (byte) 0x18);
    registers.write64(0x58, silicon.dma().map(descriptors));
  }

  @AfterEach
  void close() {
    silicon.close();
    arena.close();
  }

  /** CMD25 or CMD18 of eight blocks with CMD12 behind it; returns the status. */
  private int transfer(int index, int mode) {
    registers.write32(0x30, -1);
    registers.write32(0x04, 8 << 16 | 512);
    registers.write32(0x08, 0);
    registers.write32(0x0C, (index << 8 | 0x3A) << 16 | mode);
    while (registers.doWork() != 0) {
      // the hardware runs
    }
    return registers.read32(0x30);
  }

  private byte[] onMedium() {
    byte[] bytes = new byte[BYTES];
    media.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @Test
  void encryptsAndDecryptsWithTheSlotAndNumberOfTheRegisters() {
    registers.write32(CFG, 2);
    registers.write32(NUMBER, 0x1234_5678);
    registers.write32(PARAMETER, 0x105);
    assertThat(transfer(25, 0x27)).isEqualTo(0x3);
    assertThat(onMedium())
        .isEqualTo(
            new XtsOracle(Patterns.ascending(0, 64))
                .encrypt(0x1234_5678L, 4096, Patterns.sevens(BYTES)));
    assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Patterns.sevens(BYTES));
    data.fill((byte) 0);
    registers.write64(0x58, silicon.dma().busAddressOf(descriptors));
    assertThat(transfer(18, 0x37)).isEqualTo(0x3);
    assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Patterns.sevens(BYTES));
  }

  @Test
  void leavesDataAloneWithoutTheEnableBit() {
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x005);
    assertThat(transfer(25, 0x27)).isEqualTo(0x3);
    assertThat(onMedium()).isEqualTo(Patterns.sevens(BYTES));
  }

  /** What the engine may do with a part of a data unit is the queue's; here nothing moves. */
  @Test
  void movesNothingOfATransferThatEndsWithinADataUnit() {
    silicon.close();
    EngineConfig engine = EngineConfig.served().with(EngineConfig.PartialUnit.SHORT_UNIT);
    bringUp(HostIdentity.COMMAND_CRYPTO, engine);
    silicon.driver().programKey(5, Patterns.ascending(0, 64), 0x8000_0010, 0);
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x105);
    assertRefused(transfer(25, 0x27));
  }

  private void assertRefused(int status) {
    assertThat(status & 0xFFFF_0000).as("vendor bit 28 alone").isEqualTo(0x1000_0000);
    assertThat(onMedium()).as("nothing reached the medium").isEqualTo(new byte[BYTES]);
  }

  @Test
  void movesNothingWhileCryptoIsNotGenerallyEnabled() {
    registers.write32(PARAMETER, 0x105);
    assertRefused(transfer(25, 0x27));
  }

  @Test
  void movesNothingWithAnEmptySlot() {
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x106);
    assertRefused(transfer(25, 0x27));
  }

  @Test
  void movesNothingThatIsNotWholeDataUnits() {
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x105);
    assertRefused(transfer(24, 0x01));
  }

  @Test
  void movesNothingByTheBufferPort() {
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x105);
    assertRefused(transfer(25, 0x26));
  }

  @Test
  void aPartWithoutTheRegistersKeepsNothingInThem() {
    silicon.close();
    bringUp(HostIdentity.PLATFORM_64);
    registers.write32(PARAMETER, 0x105);
    assertThat(registers.read32(PARAMETER)).isZero();
  }

  /** The key goes back when the data phase is over: then the slot can be wiped. */
  @Test
  void holdsTheKeyOnlyWhileDataMoves() {
    registers.write32(CFG, 2);
    registers.write32(PARAMETER, 0x105);
    transfer(25, 0x27);
    silicon.driver().programKey(5, new byte[64], 0, 0);
    registers.write64(0x58, silicon.dma().busAddressOf(descriptors));
    registers.write32(0x34, -1);
    assertThat(transfer(18, 0x37) & 0xFFFF_0000).isEqualTo(0x1000_0000);
  }
}
