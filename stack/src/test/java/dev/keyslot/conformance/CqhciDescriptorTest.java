package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Descriptors as the driver leaves them in memory, against words typed by hand. */
class CqhciDescriptorTest {

  private final DriverBench bench = new DriverBench();
  private MmcHost host;
  private DriverIo io;
  private long bell;

  @BeforeEach
  void bind() throws ProbeException {
    host = bench.bind();
    io = new DriverIo(host.queue(), bench.memory);
    bench.window.onDoorbell(bits -> bell = bits);
  }

  private long task(int slot, int word) {
    return DriverIo.task(bench.window, bench.dma, slot, word);
  }

  private MemorySegment chain(int slot, int bytes) {
    MemorySegment link =
        bench.dma.resolve(
            Integer.toUnsignedLong(bench.window.get(ScriptedWindow.CQ + 0x20))
                + 0x1_0000_0000L
                    * Integer.toUnsignedLong(bench.window.get(ScriptedWindow.CQ + 0x24))
                + slot * 32L
                + 16,
            16);
    assertThat(link.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(0x31);
    return bench.dma.resolve(link.get(ValueLayout.JAVA_LONG_UNALIGNED, 4), bytes);
  }

  /** Read of 8 blocks at 1000h: the published example. */
  @Test
  void encodesAReadAsThePublishedWord() {
    io.data(BlockOperation.READ, 0x1000, 8, null, 0);
    assertThat(task(0, 0)).isEqualTo(0x0000_1000_0008_102FL);
    assertThat(task(0, 1)).isZero();
    assertThat(bell).isEqualTo(1);
  }

  @Test
  void encodesAWriteAsThePublishedWord() {
    io.data(BlockOperation.WRITE, 0x1000, 8, null, 0);
    assertThat(task(0, 0)).isEqualTo(0x0000_1000_0008_002FL);
  }

  /** Slot 5, data unit number 12345678h: the published upper word. */
  @Test
  void encodesSlotAndDataUnitNumberAsThePublishedWord() {
    for (int i = 0; i < 5; i++) {
      io.data(BlockOperation.WRITE, 0, 1, DriverIo.key(i, 512, false), 0);
    }
    io.data(BlockOperation.READ, 0x1000, 8, DriverIo.key(5, 512, false), 0x1234_5678L);
    assertThat(task(5, 0)).isEqualTo(0x0000_1000_0008_102FL);
    assertThat(task(5, 1)).isEqualTo(0x0000_8005_1234_5678L);
  }

  @Test
  void asksForAReliableWriteWithForceUnitAccess() {
    io.writeFua(0x1000, 8);
    assertThat(task(0, 0)).isEqualTo(0x0000_1000_0008_802FL);
  }

  @Test
  void endsTheChainAndCutsItAt64KiB() throws ProbeException {
    Bio bio = new Bio().start(BlockOperation.READ, 0, 264);
    bio.add(bench.memory.asSlice(0x10_0000, 128 * 1024)).add(bench.memory.asSlice(0, 4096));
    host.queue().submit(bio.completion((done, status) -> {}));
    MemorySegment chain = chain(0, 48);
    assertThat(chain.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(0x0000_0021);
    assertThat(chain.get(ValueLayout.JAVA_LONG_UNALIGNED, 4))
        .isEqualTo(bench.memoryBus + 0x10_0000);
    assertThat(chain.get(ValueLayout.JAVA_INT_UNALIGNED, 16)).isEqualTo(0x0000_0021);
    assertThat(chain.get(ValueLayout.JAVA_LONG_UNALIGNED, 20))
        .isEqualTo(bench.memoryBus + 0x11_0000);
    assertThat(chain.get(ValueLayout.JAVA_INT_UNALIGNED, 32)).isEqualTo(0x1000_0023);
    assertThat(chain.get(ValueLayout.JAVA_LONG_UNALIGNED, 36)).isEqualTo(bench.memoryBus);
  }

  /** CMD6 with argument 03200101h, R1b, queue barrier: what Linux sends. */
  @Test
  void encodesAFlushAsLinuxDoesWithABarrier() {
    io.plain(BlockOperation.FLUSH, 0, 0, false);
    assertThat(task(31, 0)).isEqualTo(0x0320_0101_0186_402FL);
    assertThat(task(31, 1)).isZero();
    assertThat(bell).isEqualTo(0x8000_0000L);
  }

  /** The link of the slot for direct commands is END alone: it must never be followed. */
  @Test
  void leavesTheLinkOfTheDirectSlotInvalid() {
    long link = task(31, 2);
    assertThat(link & 0xFFFF_FFFFL).isEqualTo(0x02);
  }

  @Test
  void ringsOnceForAWholePlug() {
    var plug = new dev.keyslot.host.block.Plug();
    bench.window.forgetWrites();
    for (int i = 0; i < 3; i++) {
      Bio bio = new Bio().start(BlockOperation.READ, i * 100L, 1);
      bio.add(bench.memory.asSlice(i * 4096L, 512));
      host.queue().submit(plug, bio.completion((done, status) -> {}));
    }
    host.queue().finish(plug);
    assertThat(bell).isEqualTo(0x7);
    assertThat(bench.window.queueWrites()).filteredOn(w -> w.offset() == 0x28).hasSize(1);
  }

  @Test
  void refusesADataUnitNumberThatLeaves32Bits() {
    CryptoKey key = DriverIo.key(1, 512, false);
    DriverIo.Outcome outcome = io.data(BlockOperation.WRITE, 0, 2, key, 0xFFFF_FFFFL);
    host.queue().poll();
    assertThat(outcome.status()).isEqualTo(BlockStatus.INVAL);
    assertThat(bell).isZero();
    assertThat(io.data(BlockOperation.WRITE, 0, 1, key, 0xFFFF_FFFFL).status()).isNull();
    assertThat(task(0, 1)).isEqualTo(0x0000_8000_FFFF_FFFFL);
  }

  /** Without crypto: tasks of 8 bytes, links of 16, so slots are 24 bytes apart. */
  @Test
  void packsSlotsCloserWithoutCryptoWords() throws ProbeException {
    DriverBench plain = new DriverBench();
    CqhciConfig config = new CqhciConfig(0x200, CqhciConfig.Addressing.BITS_64_SHORT, false, true);
    plain.device.bind(new SdhciPciDriver(config, false));
    MmcHost small = SdhciPciDriver.hostOf(plain.device);
    for (int i = 0; i < 2; i++) {
      Bio bio = new Bio().start(BlockOperation.READ, 0x1000 + i * 64L, 8);
      bio.add(plain.memory.asSlice(0x1000, 2048)).add(plain.memory.asSlice(0x8000, 2048));
      small.queue().submit(bio.completion((done, status) -> {}));
    }
    long base =
        Integer.toUnsignedLong(plain.window.get(ScriptedWindow.CQ + 0x20))
            + 0x1_0000_0000L * plain.window.get(ScriptedWindow.CQ + 0x24);
    MemorySegment second = plain.dma.resolve(base + 24, 24);
    assertThat(second.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isEqualTo(0x0000_1040_0008_102FL);
    assertThat(second.get(ValueLayout.JAVA_INT_UNALIGNED, 8)).isEqualTo(0x31);
    MemorySegment chain = plain.dma.resolve(second.get(ValueLayout.JAVA_LONG_UNALIGNED, 12), 24);
    assertThat(chain.get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(0x0800_0021);
    assertThat(chain.get(ValueLayout.JAVA_LONG_UNALIGNED, 4)).isEqualTo(plain.memoryBus + 0x1000);
    assertThat(chain.get(ValueLayout.JAVA_INT_UNALIGNED, 12)).isEqualTo(0x0800_0023);
    assertThat(chain.get(ValueLayout.JAVA_LONG_UNALIGNED, 16)).isEqualTo(plain.memoryBus + 0x8000);
    assertThat(plain.window.get(ScriptedWindow.CQ + 0x08)).as("CFG").isEqualTo(0x1001);
  }
}
