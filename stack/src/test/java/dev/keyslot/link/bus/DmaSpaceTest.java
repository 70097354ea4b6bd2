package dev.keyslot.link.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Where regions lie on the bus. */
class DmaSpaceTest {

  private final MemorySegment memory = Arena.ofAuto().allocate(4096, 4096);

  @Test
  void regionsAscendWithAGapBehindEach() {
    DmaSpace dma = new DmaSpace();
    assertThat(dma.map(memory)).isEqualTo(0x1_0000_0000L);
    assertThat(dma.map(memory)).isEqualTo(0x1_0020_0000L);
    assertThat(dma.resolve(0x1_0000_0FFFL, 2)).as("past the end").isNull();
  }

  @Test
  void anAddressAskedForBeforeIsAnsweredAnewOnceTheRegionIsGone() {
    DmaSpace dma = new DmaSpace(0xFFE0_0000L); // room for one region: the next has its address
    long bus = dma.map(memory);
    MemorySegment before = dma.resolve(bus, 512);
    assertThat(dma.resolve(bus, 512)).isSameAs(before);
    assertThat(dma.resolve(bus, 1024).byteSize()).isEqualTo(1024);
    dma.unmap(bus);
    assertThat(dma.resolve(bus, 512)).isNull();

    MemorySegment other = Arena.ofAuto().allocate(4096, 4096);
    assertThat(dma.map(other)).isEqualTo(bus);
    assertThat(dma.resolve(bus, 512).address()).isEqualTo(other.address());
  }

  /** Two MiB each: 2,048 of them fill 4 GiB. */
  @Test
  void aSpaceOf32BitsBeginsAgainAtItsLowestGap() {
    DmaSpace dma = new DmaSpace(DmaSpace.FIRST_BUS_ADDRESS_32);
    long kept = dma.map(memory);
    long last = 0;
    for (int i = 0; i < 5_000; i++) {
      long bus = dma.map(memory);
      assertThat(bus).as("map %d", i).isBetween(0x10_0000L, 0xFFFF_F000L).isNotEqualTo(kept);
      assertThat(bus - last).as("map %d", i).isNotZero();
      dma.unmap(bus);
      last = bus;
    }
    assertThat(dma.resolve(kept, 4096)).isNotNull();
  }

  @Test
  void aSpaceOf64BitsNeverGivesAnAddressTwice() {
    DmaSpace dma = new DmaSpace();
    long last = 0;
    for (int i = 0; i < 5_000; i++) {
      long bus = dma.map(memory);
      assertThat(bus).isGreaterThan(last);
      dma.unmap(bus);
      last = bus;
    }
  }

  @Test
  void aRegionThatFitsNowhereIsRefused() {
    DmaSpace dma = new DmaSpace(0xFFF0_0000L);
    dma.map(memory);
    assertThatThrownBy(() -> dma.map(memory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("address space must have room: bytes=4096");
  }
}
