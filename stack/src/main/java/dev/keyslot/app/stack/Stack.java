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
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.volume.DunRule;
import dev.keyslot.host.volume.Volume;
import dev.keyslot.host.volume.VolumeSpec;
import dev.keyslot.model.media.FileMedia;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The assembly: one image as a card in a machine, its volumes, and the NBD server in front of them.
 *
 * <p>The only place that knows every room. It starts the threads; the rooms do the work. What it
 * opened it closes in reverse order, keys last.
 */
public final class Stack implements Server {

  /** Requests that are not whole data units at once: 8 MiB. */
  private static final int BOUNCE_CHUNKS = 8;

  /** eMMC carries 32-bit data unit numbers. */
  private static final int DUN_BYTES = 4;

  private static final long TICK_MILLIS = 100;

  private final Xts engine;
  private final BufferPool bounces = Front.pool(BOUNCE_CHUNKS);

  /** By the names of the volumes. Belongs to the thread that opens, reloads and closes. */
  private final Map<String, Served> served = new LinkedHashMap<>();

  private final CountDownLatch closing = new CountDownLatch(1);
  private final Front front;

  /** Whether nobody else uses the front. */
  private final boolean alone;

  private final Machine machine;
  private final OpenTraces traces;
  private final BlockDevice device;

  /** Brings what only time brings; null until the stack is whole. */
  private Thread slow;

  /** A volume in service, and its key, which is ours. */
  private record Served(Volume volume, CryptoKey key) {}

  private Stack(Front front, boolean alone, Xts engine, Machine machine, OpenTraces traces) {
    this.front = front;
    this.alone = alone;
    this.engine = engine;
    this.machine = machine;
    this.traces = traces;
    machine.map(bounces.region());
    machine.map(front.payload().region());
    device = machine.queue();
    front.meters().metrics().pull(machine.source());
  }

  /** Puts a stack together over an opened image; nothing is left behind if that fails. */
  public static Stack open(StackConfig config, ImageFile image) throws StackException {
    return open(config, image, Disturbance.NONE);
  }

  /** The same over silicon that misbehaves. */
  public static Stack open(StackConfig config, ImageFile image, Disturbance disturbance)
      throws StackException {
    Front front = new Front(NbdLimits.standard(), disturbance);
    try {
      return open(front, true, config, image);
    } catch (StackException | RuntimeException e) {
      front.release();
      throw e;
    }
  }

  /** The same behind a server that others share. */
  static Server open(Front front, StackConfig config, ImageFile image) throws StackException {
    return open(front, false, config, image);
  }

  private static Stack open(Front front, boolean alone, StackConfig config, ImageFile image)
      throws StackException {
    Stack stack = assemble(front, alone, config, image);
    try {
      for (ImageFile.Volume volume : image.volumes()) {
        stack.add(volume, image, config);
      }
      stack.slow = Front.startThread("keyslot-slow", stack::tickUntilClosed);
      return stack;
    } catch (StackException | RuntimeException e) {
      try {
        stack.takeApart();
      } catch (StackException | RuntimeException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  private static Stack assemble(Front front, boolean alone, StackConfig config, ImageFile image)
      throws StackException {
    var traces = OpenTraces.open(config.traces(), Clock.system());
    try {
      String name = config.engine().name().toLowerCase(Locale.ROOT);
      Xts engine = XtsEngines.byName(name, image.sidecar().dataUnitBytes());
      var media = new FileMedia(image.file(), image.sidecar().imageBytes());
      var machine = MachineConfig.served(engine, config.host(), traces);
      var silicon = new Machine(machine, media, front.disturbance());
      return new Stack(front, alone, engine, silicon, traces);
    } catch (PosixException e) {
      traces.close();
      throw new StackException(
          Category.GIVE_UP, "image's holes must be readable: " + e.getMessage(), e);
    } catch (StackException | RuntimeException e) {
      traces.close();
      throw e;
    }
  }

  private void add(ImageFile.Volume volume, ImageFile image, StackConfig config)
      throws StackException {
    Sidecar.Volume entry = volume.entry();
    int unitBytes = image.sidecar().dataUnitBytes();
    String name = config.exportName(entry.name(), image.volumes().size() == 1);
    CryptoKey key = keyOf(volume, unitBytes);
    try {
      if (!device.startUsingKey(key).ok()) {
        throw new StackException(
            Category.FIX_CONFIG,
            "host must be able to encrypt in the volume's way: volume=%s key=%s"
                .formatted(name, key));
      }
      var export =
          new Volume(
              spec(name, entry, unitBytes, config),
              device,
              key,
              entry.keyGeneration(),
              machine.drive(),
              bounces);
      front.server().add(export, config.exports().allowed(entry.name()));
      served.put(entry.name(), new Served(export, key));
    } catch (StackException | RuntimeException e) {
      device.evictKey(key);
      key.close();
      throw e;
    }
  }

  private static VolumeSpec spec(
      String name, Sidecar.Volume entry, int unitBytes, StackConfig config) {
    return new VolumeSpec(
        name,
        "",
        entry.offsetBytes() / QueueLimits.SECTOR_BYTES,
        entry.sizeBytes(),
        unitBytes,
        new DunRule(entry.dunRule().firstDun(), entry.dunRule().stepPerUnit()),
        config.readOnly(),
        config.discard());
  }

  private static CryptoKey keyOf(ImageFile.Volume volume, int unitBytes) {
    var config = new CryptoConfig(CryptoMode.AES_256_XTS, unitBytes, DUN_BYTES, KeyType.RAW, true);
    CryptoKey[] key = new CryptoKey[1];
    volume.key().withBytes(bytes -> key[0] = CryptoKey.of(config, bytes));
    return key[0];
  }

  @Override
  public void serve(StackConfig config, ImageFile image) throws StackException {
    Map<String, String> wanted = new HashMap<>();
    for (ImageFile.Volume volume : image.volumes()) {
      String name = volume.entry().name();
      wanted.put(name, config.exportName(name, image.volumes().size() == 1));
    }
    for (var known : List.copyOf(served.entrySet())) {
      if (!known.getValue().volume().name().equals(wanted.get(known.getKey()))) {
        remove(known.getKey());
      }
    }
    for (ImageFile.Volume volume : image.volumes()) {
      Served known = served.get(volume.entry().name());
      if (known == null) {
        add(volume, image, config);
      } else {
        front
            .server()
            .allow(known.volume().name(), config.exports().allowed(volume.entry().name()));
      }
    }
  }

  private void remove(String volume) {
    Served gone = served.remove(volume);
    front.retire(List.of(gone.volume().name()));
    device.evictKey(gone.key());
    gone.key().close();
  }

  private void tickUntilClosed() {
    try {
      while (!closing.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
        machine.tick();
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
    return served.values().stream().map(each -> each.volume().name()).toList();
  }

  /** The volume of this name, for requests from inside the process. */
  public Export export(String name) {
    return served.values().stream()
        .map(Served::volume)
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such volume: name=" + name));
  }

  /** Buffers that the machine reaches, shared with the clients of the server. */
  public BufferPool payload() {
    return front.payload();
  }

  @Override
  public Meters meters() {
    return front.meters();
  }

  @Override
  public void tls(TlsPolicy policy) {
    front.server().tls(policy);
  }

  @Override
  public Runnable acceptor(ServerSocketChannel listener) {
    return front.server().acceptor(listener);
  }

  @Override
  public void close() throws StackException {
    if (alone) {
      front.shutdown();
    }
    try {
      takeApart();
    } finally {
      if (alone) {
        front.release();
      }
    }
  }

  private void takeApart() throws StackException {
    front.retire(exportNames());
    StackException failure = null;
    try {
      flush();
    } catch (StackException e) {
      failure = e;
    }
    endSlowThread();
    front.meters().metrics().forget(machine.source());
    served.values().forEach(each -> device.evictKey(each.key()));
    try {
      machine.close();
    } finally {
      traces.close();
      served.values().forEach(each -> each.key().close());
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
    Optional<Volume> any = served.values().stream().map(Served::volume).findFirst();
    if (any.isEmpty() || any.get().readOnly()) {
      return;
    }
    var flush = new ExportRequest().start(ExportRequest.Kind.FLUSH, 0, 0);
    any.get().run(new ExportRequest[] {flush}, 1);
    if (flush.error() != NbdError.OK) {
      throw new StackException(
          Category.GIVE_UP,
          "last flush must succeed, data written since the one before may be lost: error="
              + flush.error());
    }
  }
}
