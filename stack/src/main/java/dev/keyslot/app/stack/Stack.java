package dev.keyslot.app.stack;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.Sidecar;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixMemory;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.volume.DunRule;
import dev.keyslot.host.volume.Volume;
import dev.keyslot.host.volume.VolumeSpec;
import dev.keyslot.model.media.FileMedia;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The assembly: one image as a card in a machine, its volumes, and the NBD server in front of them.
 *
 * <p>The only place that knows every room. It starts the threads; the rooms do the work. What it
 * opened it closes in reverse order, keys last.
 */
public final class Stack implements Server {

  /** Payload of 64 turns at once, or two requests of the largest size: 64 MiB. */
  private static final int PAYLOAD_CHUNKS = 66;

  /** Requests that are not whole data units at once: 8 MiB. */
  private static final int BOUNCE_CHUNKS = 8;

  /** eMMC carries 32-bit data unit numbers. */
  private static final int DUN_BYTES = 4;

  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long TICK_MILLIS = 100;

  private final Xts engine;
  private final BufferPool payload = pool(PAYLOAD_CHUNKS);
  private final BufferPool bounces = pool(BOUNCE_CHUNKS);
  private final List<CryptoKey> keys = new ArrayList<>();
  private final List<Volume> volumes = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Meters meters = Meters.create();
  private final NbdServer server;
  private final Machine machine;
  private final OpenTraces traces;
  private final BlockDevice device;

  /** Brings what only time brings; null until the stack is whole. */
  private Thread slow;

  private Stack(Xts engine, Machine machine, OpenTraces traces) {
    this.engine = engine;
    this.machine = machine;
    this.traces = traces;
    machine.map(payload.region());
    machine.map(bounces.region());
    device = machine.queue();
    server =
        new NbdServer(
            NbdLimits.standard(),
            payload,
            (name, work) -> startThread(name, work),
            Clock.system(),
            System.getLogger(NbdServer.class.getName()),
            meters.metrics());
    meters.metrics().pull(machine.source());
  }

  /**
   * Buffers hold plaintext: they stay out of core dumps. They take memory only once they are used.
   */
  private static BufferPool pool(int chunks) {
    var pool = new BufferPool(chunks, PosixMemory::untouched);
    PosixMemory.keepOutOfCoreDumps(pool.region());
    return pool;
  }

  /** Puts a stack together over an opened image; nothing is left behind if that fails. */
  public static Stack open(StackConfig config, ImageFile image) throws StackException {
    return open(config, image, Disturbance.NONE);
  }

  /** The same over silicon that misbehaves. */
  public static Stack open(StackConfig config, ImageFile image, Disturbance disturbance)
      throws StackException {
    Stack stack = assemble(config, image, disturbance);
    try {
      for (ImageFile.Volume volume : image.volumes()) {
        stack.add(volume, image, config);
      }
      stack.slow = startThread("keyslot-slow", stack::tickUntilClosed);
      return stack;
    } catch (StackException | RuntimeException e) {
      try {
        stack.close();
      } catch (StackException | RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private static Stack assemble(StackConfig config, ImageFile image, Disturbance disturbance)
      throws StackException {
    var traces = OpenTraces.open(config.traces(), Clock.system());
    try {
      String name = config.engine().name().toLowerCase(Locale.ROOT);
      Xts engine = XtsEngines.byName(name, image.sidecar().dataUnitBytes());
      var media = new FileMedia(image.file(), image.sidecar().imageBytes());
      var machine = MachineConfig.served(engine, config.host(), traces);
      return new Stack(engine, new Machine(machine, media, disturbance), traces);
    } catch (PosixException e) {
      traces.close();
      throw new StackException(
          Category.GIVE_UP, "image's holes must be readable: " + e.getMessage(), e);
    } catch (StackException | RuntimeException e) {
      traces.close();
      throw e;
    }
  }

  private static Thread startThread(String name, Runnable work) {
    return Thread.ofPlatform().name(name).daemon().start(work);
  }

  private void add(ImageFile.Volume volume, ImageFile image, StackConfig config)
      throws StackException {
    Sidecar.Volume entry = volume.entry();
    int unitBytes = image.sidecar().dataUnitBytes();
    boolean alone = image.volumes().size() == 1;
    String name = alone ? config.exportName().orElse(entry.name()) : entry.name();
    CryptoKey key = keyOf(volume, unitBytes);
    if (!device.startUsingKey(key).ok()) {
      throw new StackException(
          Category.FIX_CONFIG,
          "host must be able to encrypt in the volume's way: volume=%s key=%s"
              .formatted(name, key));
    }
    var spec =
        new VolumeSpec(
            name,
            "",
            entry.offsetBytes() / QueueLimits.SECTOR_BYTES,
            entry.sizeBytes(),
            unitBytes,
            new DunRule(entry.dunRule().firstDun(), entry.dunRule().stepPerUnit()),
            config.readOnly(),
            config.discard());
    var served = new Volume(spec, device, key, entry.keyGeneration(), machine.drive(), bounces);
    volumes.add(served);
    server.add(served);
  }

  private CryptoKey keyOf(ImageFile.Volume volume, int unitBytes) {
    var config = new CryptoConfig(CryptoMode.AES_256_XTS, unitBytes, DUN_BYTES, KeyType.RAW, true);
    volume.key().withBytes(bytes -> keys.add(CryptoKey.of(config, bytes)));
    return keys.getLast();
  }

  private void tickUntilClosed() {
    try {
      while (!closing.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
        machine.tick();
        server.doWork();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String engineName() {
    return engine.name();
  }

  @Override
  public String hostLine() {
    return machine.hostLine();
  }

  @Override
  public List<String> exportNames() {
    return volumes.stream().map(Volume::name).toList();
  }

  /** The volume of this name, for requests from inside the process. */
  public Export export(String name) {
    return volumes.stream()
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such volume: name=" + name));
  }

  /** Buffers that the machine reaches, shared with the clients of the server. */
  public BufferPool payload() {
    return payload;
  }

  @Override
  public Meters meters() {
    return meters;
  }

  @Override
  public void tls(TlsPolicy policy) {
    server.tls(policy);
  }

  @Override
  public Runnable acceptor(ServerSocketChannel listener) {
    return server.acceptor(listener);
  }

  @Override
  public void close() throws StackException {
    StackException failure = null;
    try {
      server.shutdown(GRACE_NANOS, DEADLINE_NANOS);
      flush();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StackException e) {
      failure = e;
    }
    endSlowThread();
    meters.metrics().forget(machine.source());
    keys.forEach(device::evictKey);
    try {
      machine.close();
    } finally {
      traces.close();
      keys.forEach(CryptoKey::close);
      payload.close();
      bounces.close();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Nobody may step the machine while it is taken apart. */
  private void endSlowThread() {
    closing.countDown();
    boolean interrupted = false;
    while (slow != null && slow.isAlive()) {
      try {
        slow.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void flush() throws StackException {
    if (volumes.isEmpty() || volumes.getFirst().readOnly()) {
      return;
    }
    var flush = new ExportRequest().start(ExportRequest.Kind.FLUSH, 0, 0);
    volumes.getFirst().run(new ExportRequest[] {flush}, 1);
    if (flush.error() != NbdError.OK) {
      throw new StackException(
          Category.GIVE_UP,
          "last flush must succeed, data written since the one before may be lost: error="
              + flush.error());
    }
  }
}
