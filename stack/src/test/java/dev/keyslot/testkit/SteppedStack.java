package dev.keyslot.testkit;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.Machine;
import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.cipher.Xts;
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
import dev.keyslot.model.media.Media;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The whole stack from a volume to a medium, as it is shipped, on one thread and in virtual time.
 *
 * <p>One volume fills the medium. Its key is bytes 00 to 3f.
 */
public final class SteppedStack implements AutoCloseable {

  /** A dozen direct commands, each late by 600 s. */
  private static final long PATIENCE_NANOS = 12 * 600_000_000_000L;

  private final Arena arena = Arena.ofShared();
  private final BufferPool buffers = new BufferPool(4);
  private final BufferPool bounces = new BufferPool(2);
  private final FakeClock clock = new FakeClock();
  private final Machine machine;
  private final CryptoKey key;
  private final Volume volume;

  /** A stack over {@code media} with 32 keyslots. */
  public SteppedStack(Media media, int dataUnitBytes, DiscardPolicy discard) throws StackException {
    this(media, dataUnitBytes, discard, 32, XtsEngines.byName("jdk"), SiliconProbe.NONE);
  }

  /** A stack with this many keyslots, 0 for the fallback, this engine and this probe. */
  public SteppedStack(
      Media media,
      int dataUnitBytes,
      DiscardPolicy discard,
      int keyslots,
      Xts engine,
      SiliconProbe probe)
      throws StackException {
    this(
        media, dataUnitBytes, discard, new HostChoice(HostKind.SDHCI_PCI, keyslots), engine, probe);
  }

  /** A stack on this host. */
  public SteppedStack(
      Media media,
      int dataUnitBytes,
      DiscardPolicy discard,
      HostChoice host,
      Xts engine,
      SiliconProbe probe)
      throws StackException {
    this(
        clock -> new MachineConfig(engine, host, 1, clock, new SteppedParker(clock), probe),
        media,
        dataUnitBytes,
        discard,
        Disturbance.NONE);
  }

  /** A stack over silicon that misbehaves, otherwise made as {@code change} wants it. */
  public static SteppedStack disturbed(
      Media media,
      int dataUnitBytes,
      HostChoice host,
      UnaryOperator<MachineConfig> change,
      Disturbance disturbance)
      throws StackException {
    Xts jdk = XtsEngines.byName("jdk");
    return new SteppedStack(
        clock ->
            change.apply(
                new MachineConfig(
                    jdk,
                    host,
                    1,
                    clock,
                    new SteppedParker(clock, PATIENCE_NANOS),
                    SiliconProbe.NONE)),
        media,
        dataUnitBytes,
        DiscardPolicy.DEALLOCATE,
        disturbance);
  }

  private SteppedStack(
      Function<FakeClock, MachineConfig> config,
      Media media,
      int dataUnitBytes,
      DiscardPolicy discard,
      Disturbance disturbance)
      throws StackException {
    machine = new Machine(config.apply(clock), media, disturbance);
    machine.map(buffers.region());
    machine.map(bounces.region());
    MemorySegment raw = arena.allocate(64);
    raw.copyFrom(MemorySegment.ofArray(key()));
    key =
        CryptoKey.of(
            new CryptoConfig(CryptoMode.AES_256_XTS, dataUnitBytes, 4, KeyType.RAW, true), raw);
    var spec =
        new VolumeSpec(
            "v", "", 0, media.sizeBytes(), dataUnitBytes, DunRule.FROM_ZERO, false, discard);
    if (!machine.queue().startUsingKey(key).ok()) {
      throw new AssertionError("nothing here can encrypt: " + key);
    }
    volume = new Volume(spec, machine.queue(), key, machine.drive(), bounces);
  }

  /** The key of the volume. */
  public static byte[] key() {
    byte[] bytes = new byte[64];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  public FakeClock clock() {
    return clock;
  }

  /** What unaligned requests go through; nothing of it is in use between requests. */
  public BufferPool bounces() {
    return bounces;
  }

  public Machine machine() {
    return machine;
  }

  public Volume volume() {
    return volume;
  }

  /** A megabyte mapped for DMA; given back when the stack is closed. */
  public MemorySegment buffer(int index) {
    return buffers.region().asSlice((long) index * BufferPool.CHUNK_BYTES, BufferPool.CHUNK_BYTES);
  }

  /** Runs requests together until all are done. */
  public void run(ExportRequest... requests) {
    volume.run(requests, requests.length);
  }

  /** Runs one request and returns its outcome. */
  public NbdError runOne(ExportRequest request) {
    run(request);
    return request.error();
  }

  @Override
  public void close() throws StackException {
    machine.queue().evictKey(key);
    machine.close();
    key.close();
    buffers.close();
    bounces.close();
    arena.close();
  }
}
