package dev.keyslot.app.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.VcdReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a wave file shows of one write, what it never shows, and where it ends. */
class WaveTraceTest {

  private static final String BUS = "keyslot.bus.";
  private static final String QUEUE = "keyslot.cqhci.";

  @TempDir private Path directory;

  private final FakeClock clock = new FakeClock();
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("w.vcd");
  }

  private void writeOnce(WaveTrace trace) throws Exception {
    try (HeapMedia media = new HeapMedia(8 << 20);
        var stack =
            new SteppedStack(
                media, 4096, DiscardPolicy.ZERO, 32, XtsEngines.byName("jdk"), trace)) {
      var request = new ExportRequest().start(ExportRequest.Kind.WRITE, 0, 4096);
      request.data(stack.buffer(0).asSlice(0, 4096));
      assertThat(stack.runOne(request)).isEqualTo(NbdError.OK);
    }
    trace.close();
  }

  /** The 32-bit words of the stack's key as a value change shows them. */
  private static Set<String> keyWords() {
    Set<String> words = new HashSet<>();
    var bytes = ByteBuffer.wrap(SteppedStack.key()).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      words.add(Integer.toBinaryString(bytes.getInt()));
    }
    return words;
  }

  @Test
  void showsAWriteFromItsDoorbellToItsInterrupt() throws Exception {
    writeOnce(WaveTrace.create(file, clock));
    VcdReader wave = VcdReader.read(file);

    assertThat(wave.widths())
        .containsEntry("keyslot.irq", 1)
        .containsEntry(QUEUE + "TDBR", 32)
        .containsEntry("keyslot.sdhci.HOST_VERSION", 16)
        .containsEntry("keyslot.sdhci.POWER_CONTROL", 8)
        .doesNotContainKeys(QUEUE + "CRYPTOCFG", "keyslot.sdhci.BUFFER_DATA");
    // Doorbell 0 is rung and falls; TCN, then its acknowledgement; IS.TCC with it.
    assertThat(wave.valuesOf(QUEUE + "TDBR")).startsWith("0", "1", "0");
    assertThat(wave.valuesOf(QUEUE + "TCN")).startsWith("0", "1", "0");
    long rung = time(wave, QUEUE + "TDBR", "1");
    long told = time(wave, QUEUE + "TCN", "1");
    assertThat(time(wave, QUEUE + "IS", "10", rung)).isEqualTo(told);
    assertThat(time(wave, "keyslot.irq", "1", rung)).isEqualTo(told).isGreaterThan(rung);
    assertThat(wave.valuesOf(QUEUE + "VER")).containsExactly("10100010000");
    // The write of 1 to TDBR at 228h, four bytes wide.
    assertThat(wave.valuesOf(BUS + "write_offset")).contains("1000101000");
    assertThat(wave.valuesOf(BUS + "write")).hasSizeGreaterThan(50);
    assertThat(wave.valuesOf(BUS + "read")).hasSizeGreaterThan(20);
  }

  private static long time(VcdReader wave, String signal, String value) {
    return time(wave, signal, value, 0);
  }

  private static long time(VcdReader wave, String signal, String value, long from) {
    return wave.changes().stream()
        .filter(c -> c.signal().equals(signal) && c.value().equals(value) && c.time() >= from)
        .findFirst()
        .orElseThrow()
        .time();
  }

  @Test
  void hidesKeyWordsWhileAKeyIsProgrammed() throws Exception {
    writeOnce(WaveTrace.create(file, clock));
    VcdReader wave = VcdReader.read(file);
    assertThat(wave.valuesOf(BUS + "write_value")).as("sixteen key words").contains("x");
    assertThat(wave.changes())
        .extracting(VcdReader.Change::value)
        .doesNotContainAnyElementsOf(keyWords());
  }

  /** The check above sees a key word where one is written to a register that is shown. */
  @Test
  void aKeyWordInTheWrongPlaceWouldBeSeen() throws Exception {
    try (WaveTrace trace = WaveTrace.create(file, clock)) {
      trace.registers(new Words(), new InterruptLine(), 0x200).write32(0x08, 0x03020100);
    }
    assertThat(VcdReader.read(file).changes())
        .extracting(VcdReader.Change::value)
        .containsAnyElementsOf(keyWords());
  }

  /** Programmed I/O carries data, and an access next to a register that is shown may reach it. */
  @Test
  void hidesThePortOfProgrammedIoHoweverItIsReached() throws Exception {
    try (WaveTrace trace = WaveTrace.create(file, clock)) {
      Mmio registers = trace.registers(new Words(), new InterruptLine(), 0x200);
      registers.write32(0x20, 0x5EC4E701);
      registers.write8(0x23, (byte) 0x5E);
      registers.write32(0x1E, 0x5EC4E701);
      registers.write64(0x20, 0x5EC4E701L);
      registers.read32(0x22);
      registers.write32(0x1200, 0x5EC4E701);
      registers.write32(0xFFFF_FFFFL, 0x5EC4E701);
    }
    VcdReader wave = VcdReader.read(file);
    assertThat(wave.valuesOf(BUS + "read_value")).containsExactly("x");
    // 64 bits are two accesses; the second is PRESENT_STATE, which is shown.
    assertThat(wave.valuesOf(BUS + "write_value"))
        .containsExactly("x", "x", "x", "x", "0", "x", "x");
  }

  @Test
  void endsAtItsLimitAndSaysSo() throws Exception {
    writeOnce(WaveTrace.create(file, clock, 20_000));
    assertThat(Files.size(file)).isBetween(19_000L, 20_000L);
    assertThat(VcdReader.read(file).comments())
        .containsExactly("trace ends at its limit of 20000 bytes");
  }

  @Test
  void leavesAFileThatExistsAlone() throws Exception {
    Files.writeString(file, "precious");
    assertThatThrownBy(() -> WaveTrace.create(file, clock))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("precious");
  }

  /** GTKWave's own converter reads the file without complaint. */
  @Test
  void isReadByGtkwave() throws Exception {
    Tool.need("vcd2fst");
    writeOnce(WaveTrace.create(file, clock));
    Path converted = directory.resolve("w.fst");
    Tool.run("vcd2fst", file.toString(), converted.toString()).ok();
    assertThat(converted).isNotEmptyFile();
  }

  /** Registers that read as zero and take anything. */
  private static final class Words implements Mmio {

    @Override
    public byte read8(long offset) {
      return 0;
    }

    @Override
    public short read16(long offset) {
      return 0;
    }

    @Override
    public int read32(long offset) {
      return 0;
    }

    @Override
    public long read64(long offset) {
      return 0;
    }

    @Override
    public void write8(long offset, byte value) {}

    @Override
    public void write16(long offset, short value) {}

    @Override
    public void write32(long offset, int value) {}

    @Override
    public void write64(long offset, long value) {}
  }
}
