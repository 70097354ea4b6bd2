package dev.keyslot.host.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Agent;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Drive;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.ExtentList;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.SteppedParker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeTest {

  private static final int VOLUME_BYTES = 256 * 1024;
  private static final int FIRST_SECTOR = 64;

  private final Arena arena = Arena.ofConfined();
  private final BufferPool bounces = new BufferPool(2);
  private CryptoKey key;
  private RamDriver device;
  private Volume volume;

  private void open(int unitBytes, DiscardPolicy discard) {
    device = new RamDriver(VOLUME_BYTES + FIRST_SECTOR * 512, unitBytes, FIRST_SECTOR, 11);
    MemorySegment raw = arena.allocate(64);
    for (int i = 0; i < 64; i++) {
      raw.set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, (byte) i);
    }
    key =
        CryptoKey.of(
            new CryptoConfig(CryptoMode.AES_256_XTS, unitBytes, 4, KeyType.RAW, true), raw);
    KeyslotManager keyslots = new KeyslotManager();
    keyslots.init(0);
    keyslots.setMaxDunBytes(4);
    keyslots.setDataUnitMask(CryptoMode.AES_256_XTS, unitBytes);
    keyslots.addKeyType(KeyType.RAW);
    keyslots.setZeroRuleMask(CryptoMode.AES_256_XTS, -1);
    RequestQueue queue = new RequestQueue(device);
    queue.setKeyslotManager(keyslots);
    Drive drive = new Drive(new SteppedParker(new FakeClock()), device::busy, new Polling(queue));
    VolumeSpec spec =
        new VolumeSpec(
            "v", "", FIRST_SECTOR, VOLUME_BYTES, unitBytes, DunRule.FROM_ZERO, false, discard);
    volume = new Volume(spec, queue, key, drive, bounces);
  }

  @AfterEach
  void nothingIsLeaked() {
    assertThat(bounces.inUse()).isZero();
    bounces.close();
    key.close();
    arena.close();
  }

  private record Polling(RequestQueue queue) implements Agent {
    @Override
    public int doWork() {
      return queue.poll();
    }

    @Override
    public String roleName() {
      return "queue";
    }
  }

  private NbdError run(ExportRequest request) {
    volume.run(new ExportRequest[] {request}, 1);
    return request.error();
  }

  private ExportRequest request(Kind kind, long offset, int length) {
    ExportRequest request = new ExportRequest().start(kind, offset, length);
    return request.data(arena.allocate(length + 4096L, 4096).asSlice(offset % 4096, length));
  }

  @ParameterizedTest
  @CsvSource({"512, DEALLOCATE", "4096, DEALLOCATE", "4096, ZERO", "512, OFF"})
  void anyOffsetAndLengthReadsBackWhatWasWritten(int unitBytes, DiscardPolicy discard) {
    open(unitBytes, discard);
    long seed = Long.getLong("keyslot.seed", 4711);
    SplittableRandom random = new SplittableRandom(seed);
    byte[] shadow = new byte[VOLUME_BYTES];
    for (int i = 0; i < 4000; i++) {
      int length = 1 + random.nextInt(random.nextBoolean() ? 600 : 20_000);
      int offset = random.nextInt(VOLUME_BYTES - length);
      if (random.nextInt(3) == 0) {
        offset = offset / 4096 * 4096;
        length = Math.min((length + 4095) / 4096 * 4096, VOLUME_BYTES - offset);
      }
      Kind kind =
          new Kind[] {Kind.READ, Kind.WRITE, Kind.WRITE_ZEROES, Kind.TRIM}[random.nextInt(4)];
      ExportRequest request = request(kind, offset, length).noHole(random.nextInt(4) == 0);
      MemorySegment into = MemorySegment.ofArray(shadow).asSlice(offset, length);
      if (kind == Kind.WRITE) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        request.data().copyFrom(MemorySegment.ofArray(bytes));
        into.copyFrom(request.data());
      } else if (kind != Kind.READ) {
        into.fill((byte) 0);
      }
      assertThat(run(request)).isEqualTo(NbdError.OK);
      if (kind == Kind.READ) {
        assertThat(request.data().mismatch(into)).as("seed %d step %d", seed, i).isEqualTo(-1);
      }
    }
    assertThat(
            Arrays.mismatch(
                device.content, FIRST_SECTOR * 512, device.content.length, shadow, 0, VOLUME_BYTES))
        .as("seed %d", seed)
        .isEqualTo(-1);
    assertThat(
            Arrays.mismatch(
                device.content,
                0,
                FIRST_SECTOR * 512,
                new byte[FIRST_SECTOR * 512],
                0,
                FIRST_SECTOR * 512))
        .as("sectors before the volume, seed %d", seed)
        .isEqualTo(-1);
  }

  /**
   * 64 writes of 100 bytes, all in flight at once over the same few units: each byte must arrive.
   */
  @Test
  void partialWritesOfOneUnitDoNotLoseEachOthersBytes() {
    open(4096, DiscardPolicy.DEALLOCATE);
    ExportRequest[] requests = new ExportRequest[64];
    for (int i = 0; i < 64; i++) {
      requests[i] = request(Kind.WRITE, i * 100L, 100);
      requests[i].data().fill((byte) (i + 1));
    }
    volume.run(requests, 64);
    for (int i = 0; i < 6400; i++) {
      assertThat(device.content[FIRST_SECTOR * 512 + i]).isEqualTo((byte) (i / 100 + 1));
    }
  }

  @Test
  void trimmedSectorsAreHolesAndBlockStatusSaysSo() {
    open(4096, DiscardPolicy.DEALLOCATE);
    run(request(Kind.WRITE, 0, 16384));
    run(request(Kind.TRIM, 4096, 8192));
    ExportRequest status =
        new ExportRequest().start(Kind.BLOCK_STATUS, 2048, 30000).extents(new ExtentList());
    assertThat(run(status)).isEqualTo(NbdError.OK);
    ExtentList list = status.extents();
    assertThat(list.count()).isEqualTo(4);
    assertThat(list.lengthBytes(0)).isEqualTo(2048);
    assertThat(list.hole(1)).isTrue();
    assertThat(list.lengthBytes(1)).isEqualTo(8192);
    assertThat(list.lengthBytes(2)).isEqualTo(4096);
    assertThat(list.hole(3)).isTrue();
    assertThat(list.lengthBytes(3)).isEqualTo(32048 - 16384);
  }

  @Test
  void oneExtentIsOneExtent() {
    open(4096, DiscardPolicy.DEALLOCATE);
    run(request(Kind.WRITE, 0, 4096));
    ExportRequest status =
        new ExportRequest()
            .start(Kind.BLOCK_STATUS, 0, 65536)
            .oneExtent(true)
            .extents(new ExtentList());
    run(status);
    assertThat(status.extents().count()).isEqualTo(1);
    assertThat(status.extents().lengthBytes(0)).isEqualTo(4096);
  }

  @Test
  void forcedUnitAccessIsOnEveryWriteAndIsAFlushBehindATrim() {
    open(4096, DiscardPolicy.DEALLOCATE);
    run(request(Kind.WRITE, 0, 4096).fua(true));
    run(request(Kind.WRITE, 10, 20).fua(true));
    run(request(Kind.TRIM, 8192, 4096).fua(true));
    assertThat(device.log)
        .containsExactly("WRITE+FUA", "READ", "WRITE+FUA", "WRITE_ZEROES", "FLUSH");
  }

  @Test
  void fastZeroFailsAtOnceWhereDataWouldBeWritten() {
    open(4096, DiscardPolicy.ZERO);
    assertThat(volume.fastZero()).isFalse();
    assertThat(run(request(Kind.WRITE_ZEROES, 0, 4096).fastZero(true))).isEqualTo(NbdError.ENOTSUP);
    assertThat(device.log).isEmpty();
  }

  @Test
  void aFailureIsReportedForItsRequestOnlyAndTheVolumeGoesOn() {
    open(4096, DiscardPolicy.DEALLOCATE);
    device.failNextWith = BlockStatus.NOSPC;
    assertThat(run(request(Kind.WRITE, 5, 100))).isEqualTo(NbdError.ENOSPC);
    device.failNextWith = BlockStatus.IOERR;
    assertThat(run(request(Kind.WRITE_ZEROES, 5, 9000))).isEqualTo(NbdError.EIO);
    assertThat(run(request(Kind.WRITE, 5, 100))).isEqualTo(NbdError.OK);
  }
}
