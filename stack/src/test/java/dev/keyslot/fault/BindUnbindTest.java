package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.host.DriverIo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Row 29 of the checklist: machines that are built, used and taken apart again and again leave
 * nothing behind. {@code -Dkeyslot.long=true}: 1,000 cycles for each host.
 */
class BindUnbindTest {

  private static final int CYCLES = Boolean.getBoolean("keyslot.long") ? 1_000 : 60;
  private static final int WARM_UP = 40;

  /** What the virtual machine itself allocates meanwhile, for compiled code and the like. */
  private static final long NOISE_BYTES = 24 << 20;

  /** Less than any buffer of ours: a worker has 128 KiB, keys have pages. */
  private static final long LEAK_BYTES = 4096;

  /** glibc's mallinfo2: ten counts; 1 is bytes in mapped blocks (hblkhd 4), 7 bytes in use. */
  private static final MemoryLayout MALLINFO =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG));

  private static final MethodHandle MALLINFO2 =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("mallinfo2"),
              FunctionDescriptor.of(MALLINFO));

  private static final int MAPPED = 4;
  private static final int IN_USE = 7;

  /** Bytes that somebody allocated outside the heap and has not freed. */
  private static long nativeBytes() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = (MemorySegment) MALLINFO2.invokeExact((SegmentAllocator) arena);
      return info.getAtIndex(ValueLayout.JAVA_LONG, MAPPED)
          + info.getAtIndex(ValueLayout.JAVA_LONG, IN_USE);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static long openFiles() throws IOException {
    try (var files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  /** Cells for keys, of the block layer and of the engines, that no key has; by address. */
  private static Set<Long> freeKeyCells() {
    try {
      Field blockLayer =
          Class.forName("dev.keyslot.host.block.crypto.KeyPages").getDeclaredField("FREE");
      Class<?> engines = Class.forName("dev.keyslot.base.cipher.SecretCells");
      Field keys = engines.getDeclaredField("KEYS");
      Field free = engines.getDeclaredField("free");
      AccessibleObject.setAccessible(new Field[] {blockLayer, keys, free}, true);
      Set<Long> cells = new HashSet<>();
      for (Object lists : List.of(blockLayer.get(null), free.get(keys.get(null)))) {
        ((Collection<?>) lists).forEach(cell -> cells.add(((MemorySegment) cell).address()));
      }
      return cells;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** One life: probe, a write and a read, unbind. A failed release is an exception. */
  private static void live(HostKind kind) {
    try (HeapMedia media = new HeapMedia(1 << 20);
        SteppedStack stack =
            new SteppedStack(
                media,
                4096,
                DiscardPolicy.DEALLOCATE,
                HostChoice.of(kind),
                XtsEngines.byName("jdk"),
                SiliconProbe.NONE)) {
      MemorySegment data = stack.buffer(0).asSlice(0, 8192);
      var write = new ExportRequest().start(Kind.WRITE, 4096, 8192).data(data);
      assertThat(stack.runOne(write)).isEqualTo(NbdError.OK);
    } catch (StackException e) {
      throw new AssertionError(e);
    }
  }

  private static void cycle(int cycles, Runnable life) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      life.run();
    }
    Set<Long> cells = freeKeyCells();
    long bytes = nativeBytes();
    long files = openFiles();
    int threads = Thread.activeCount();
    for (int i = 0; i < cycles; i++) {
      life.run();
    }
    assertThat(openFiles()).as("open files").isLessThanOrEqualTo(files + 2);
    assertThat(Thread.activeCount()).as("threads").isLessThanOrEqualTo(threads);
    // The cell given back last is taken first: a key that is kept takes one of these along.
    assertThat(cells).isNotEmpty();
    assertThat(freeKeyCells()).as("cells of keys").containsAll(cells);
    assertThat(nativeBytes() - bytes)
        .as("bytes outside the heap after %d cycles", cycles)
        .isLessThan(NOISE_BYTES + cycles * LEAK_BYTES);
  }

  @ParameterizedTest
  @EnumSource
  void machinesThatComeAndGoLeaveNothingBehind(HostKind kind) throws IOException {
    cycle(CYCLES, () -> live(kind));
  }

  /** A buffer of a mebibyte that is not given back; others may free some meanwhile. */
  @Test
  void aLeakIsSeen() {
    assertThatThrownBy(() -> cycle(60, () -> Arena.global().allocate(1 << 20).fill((byte) 1)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("bytes outside the heap");
  }

  @Test
  void aKeyThatIsKeptIsSeen() {
    int[] lives = new int[1];
    assertThatThrownBy(
            () ->
                cycle(
                    60,
                    () -> {
                      CryptoKey key = DriverIo.key(1, 4096, false);
                      if (++lives[0] != WARM_UP + 30) {
                        key.close();
                      }
                    }))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("cells of keys");
  }
}
