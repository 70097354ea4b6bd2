package dev.keyslot.model.controller;

import dev.keyslot.base.Agent;
import dev.keyslot.base.BitField;
import dev.keyslot.base.BriefLock;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.link.sdhci.SdhciFields;
import dev.keyslot.link.sdhci.SdhciRegister;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * An SDHCI host controller with a CQHCI block and an inline crypto engine behind it.
 *
 * <p>Register accesses only latch; {@link #doWork} does the work, on any thread and on several at
 * once: it takes the lock to fetch and claim tasks and to retire them, and moves their data outside
 * it. The interrupt line is a level. Allocates nothing per task.
 */
public final class CqhciController implements Mmio, Agent, AutoCloseable {

  private static final int SDHCI_BYTES = 0x100;
  private static final int WINDOW_BYTES = HostIdentity.WINDOW_BYTES;

  private final BriefLock lock = new BriefLock();
  private final Arena arena = Arena.ofShared();
  private final ControllerConfig config;
  private final int base;
  private final int keysOffset;
  private final int keysBytes;
  private final CryptoEngine engine;
  private final RegisterFile sdhciRegisters = new RegisterFile(SdhciRegister.values(), SDHCI_BYTES);
  private final RegisterFile cqhciRegisters;
  private final Register[][] cqhciByWord;
  private final Register[][] sdhciByWord;
  private final InterruptUnit interrupts;
  private final VendorBlock vendor;
  private final SdhciJob job;
  private final SdhciBlock sdhci;
  private final CommandQueue queue;

  /** Workers nobody uses. Guarded by {@link #lock}. */
  private final ArrayDeque<Worker> idle = new ArrayDeque<>();

  /** Whether a step would find something to claim. Written under {@link #lock}. */
  private volatile boolean ready;

  /** A controller wired to memory, card and interrupt line. */
  public CqhciController(
      ControllerConfig config,
      DmaMemory memory,
      InterruptLine interrupt,
      CardPort card,
      CryptoEngine engine) {
    this.config = config;
    DmaMemory dma = config.faults().isEmpty() ? memory : new FaultyDma(memory, config);
    this.engine = engine;
    base = config.identity().cqhciBase();
    keysOffset = engine.config().configOffset();
    boolean open = config.identity().keys() == HostIdentity.Keys.REGISTERS;
    keysBytes = open ? engine.config().slots() * CqhciLayout.CRYPTOCFG_STRIDE_BYTES : 0;
    int capabilities = engine.config().capabilities().size();
    cqhciRegisters =
        new RegisterFile(
            registers(config.identity()),
            CqhciRegister.CRYPTOCAP.offset() + capabilities * CqhciLayout.CRYPTOCAP_STRIDE_BYTES);
    sdhciByWord = byWord(SdhciRegister.values(), SDHCI_BYTES);
    cqhciByWord = byWord(CqhciRegister.values(), cqhciRegisters.bytes());
    interrupts = new InterruptUnit(sdhciRegisters, cqhciRegisters, interrupt);
    vendor = new VendorBlock(config.identity());
    var crypto = new CommandCrypto(config.identity(), engine, cqhciRegisters, vendor);
    job = new SdhciJob(card, dma, sdhciRegisters, interrupts, crypto, arena);
    sdhci = new SdhciBlock(sdhciRegisters, interrupts, card, job);
    queue = new CommandQueue(config, engine, card, dma, cqhciRegisters, interrupts);
    for (int i = 0; i < config.dataPaths(); i++) {
      idle.push(new Worker(card, dma, config.identity(), arena));
    }
    announceCrypto();
    announceAddresses();
  }

  private void announceAddresses() {
    if (!config.identity().wide()) {
      int capabilities = sdhciRegisters.get(SdhciRegister.CAPABILITIES_LOW);
      sdhciRegisters.put(
          SdhciRegister.CAPABILITIES_LOW, SdhciFields.CAP_64_BIT_V3.clear32(capabilities));
    }
  }

  /** The CQHCI block with what the part adds to it; the additions are storage. */
  private static Register[] registers(HostIdentity identity) {
    Stream<Register> standard = Arrays.stream(CqhciRegister.values());
    Stream<Register> added = Arrays.stream(NonQueueCryptoRegister.values());
    return (identity.commandCrypto() ? Stream.concat(standard, added) : standard)
        .toArray(Register[]::new);
  }

  private static Register[][] byWord(Register[] map, int bytes) {
    Register[][] table = new Register[bytes / Integer.BYTES][];
    for (int word = 0; word < table.length; word++) {
      int index = word;
      table[word] =
          Arrays.stream(map)
              .filter(register -> register.offset() / Integer.BYTES == index)
              .toArray(Register[]::new);
    }
    return table;
  }

  private void announceCrypto() {
    int ccap = engine.config().ccap();
    if (config.identity().keys() == HostIdentity.Keys.DESCRIPTORS) {
      int cap = CqhciFields.CAP_CRYPTO.clear32(cqhciRegisters.get(CqhciRegister.CAP));
      cqhciRegisters.put(CqhciRegister.CAP, CqhciFields.CAP_INLINE_KEYS.set32(cap));
      int count = engine.config().capabilities().size();
      ccap = CqhciFields.CCAP_CAPABILITIES.insert32(0, count);
    }
    cqhciRegisters.put(CqhciRegister.CCAP, ccap);
    for (int i = 0; i < engine.config().capabilities().size(); i++) {
      int offset = CqhciRegister.CRYPTOCAP.offset() + i * CqhciLayout.CRYPTOCAP_STRIDE_BYTES;
      cqhciRegisters.putReadOnlyWord(offset, engine.config().capabilities().get(i));
    }
  }

  // ---- work

  /** Whether {@link #doWork} would find something to claim; cheap, from any thread. */
  public boolean ready() {
    return ready;
  }

  @Override
  public int doWork() {
    Worker worker = null;
    boolean claimedJob = false;
    int work = 0;
    if (!lock.tryLock()) {
      return 0; // whoever has it looks for work next, or tells that there is some
    }
    try {
      work += sdhci.issue() ? 1 : 0;
      work += queue.expire();
      if (job.waiting()) {
        job.claim();
        claimedJob = true;
      } else {
        work += queue.fetch();
        work += queue.look();
        worker = claim();
        work += worker == null && work == 0 && sdhci.watchSlot() ? 1 : 0;
      }
      note();
    } finally {
      lock.unlock();
    }
    if (claimedJob) {
      return work + runJob();
    }
    return worker == null ? work : work + runTasks(worker);
  }

  private Worker claim() {
    Worker worker = idle.peek();
    if (worker != null) {
      queue.claim(worker);
      if (worker.claimedCount > 0) {
        return idle.pop();
      }
    }
    return null;
  }

  private int runJob() {
    int work = job.run() ? 1 : 0;
    lock.lock();
    try {
      sdhci.settle();
      note();
    } finally {
      lock.unlock();
    }
    return work;
  }

  private int runTasks(Worker worker) {
    int count = worker.run();
    lock.lock();
    try {
      queue.retire(worker);
      idle.push(worker);
      note();
    } finally {
      lock.unlock();
    }
    return count;
  }

  private void note() {
    boolean now = sdhci.latched() || job.waiting() || queue.claimable();
    if (now != ready) {
      ready = now;
    }
  }

  @Override
  public String roleName() {
    return "controller";
  }

  // ---- registers

  /** The word at a multiple of 4; all ones outside the window. */
  private int readWord(int offset) {
    if (offset < SDHCI_BYTES) {
      return readSdhci(offset);
    }
    int queueOffset = offset - base;
    if (queueOffset >= 0 && queueOffset < cqhciRegisters.bytes()) {
      return cqhciRegisters.read(queueOffset);
    }
    int key = queueOffset - keysOffset;
    return key >= 0 && key < keysBytes ? engine.read(key / Integer.BYTES) : vendor.read(offset);
  }

  private int readSdhci(int offset) {
    if (offset == SdhciRegister.PRESENT_STATE.offset()) {
      return sdhci.presentState();
    }
    if (offset == SdhciRegister.BUFFER_DATA.offset()) {
      sdhci.bufferRead();
      if (job.endedByBuffer()) {
        sdhci.settle();
      }
    }
    return sdhciRegisters.read(offset);
  }

  private void writeWord(int offset, int value, int lanes) {
    if (offset < SDHCI_BYTES) {
      sdhciRegisters.write(offset, value, lanes);
      for (Register register : sdhciByWord[offset / Integer.BYTES]) {
        writtenSdhci((SdhciRegister) register, lanes);
      }
      return;
    }
    int queueOffset = offset - base;
    if (queueOffset >= 0 && queueOffset < cqhciRegisters.bytes()) {
      int before = cqhciRegisters.word(queueOffset);
      cqhciRegisters.write(queueOffset, value, lanes);
      for (Register register : cqhciByWord[queueOffset / Integer.BYTES]) {
        writtenCqhci((CqhciRegister) register, before, value & lanes);
      }
      return;
    }
    int key = queueOffset - keysOffset;
    if (key >= 0 && key < keysBytes) {
      engine.write(key / Integer.BYTES, value);
    } else {
      vendor.write(offset, value, lanes);
    }
  }

  private void writtenSdhci(SdhciRegister register, int lanes) {
    int shift = register.offset() % Integer.BYTES * Byte.SIZE;
    BitField field = BitField.of(shift, register.widthBytes() * Byte.SIZE);
    if (!field.isSet(lanes)) {
      return;
    }
    if (register == SdhciRegister.SOFTWARE_RESET) {
      reset(sdhciRegisters.get(register));
      sdhciRegisters.put(register, 0);
    } else {
      BitField highByte = BitField.of(shift + (register.widthBytes() - 1) * Byte.SIZE, Byte.SIZE);
      sdhci.written(register, highByte.isSet(lanes));
      if (register == SdhciRegister.COMMAND) {
        loseState(SdhciFields.COMMAND_INDEX.extractInt(sdhciRegisters.get(register)));
      }
    }
  }

  private void reset(int which) {
    if (SdhciFields.RESET_ALL.isSet(which)) {
      queue.reset();
      cqhciRegisters.reset();
      announceCrypto();
      vendor.reset();
      if (config.resetClearsKeys()) {
        engine.clear();
      }
      sdhci.resetAll();
      announceAddresses();
      interrupts.update();
    }
    if (SdhciFields.RESET_COMMAND.isSet(which)) {
      sdhci.resetCommand();
    }
    if (SdhciFields.RESET_DATA.isSet(which)) {
      sdhci.resetData();
    }
  }

  /** What a plan does to the whole controller at a command, or at a doorbell, named by CMD45. */
  private void loseState(int command) {
    if (config.faults().strikes(FaultPoint.CONTROLLER_RESET, command)) {
      reset(SdhciFields.RESET_ALL.mask32());
    }
    if (config.faults().strikes(FaultPoint.KEYS_LOST, command)) {
      engine.clear();
    }
  }

  private void writtenCqhci(CqhciRegister register, int before, int written) {
    switch (register) {
      case CFG -> queue.configWritten(before);
      case CTL -> queue.controlWritten();
      case IC -> queue.coalescingWritten(before);
      case TDBR -> {
        queue.doorbell(before, written);
        loseState(EmmcCommand.QUEUED_TASK_ADDRESS.index());
      }
      case TCLR -> queue.clearTasks(written);
      case IS, ISTE, ISGE -> interrupts.update();
      case VER,
          CAP,
          TDLBA,
          TDLBAU,
          TCN,
          DQS,
          DPT,
          TDPE,
          SSC1,
          SSC2,
          CRDCT,
          RMEM,
          TERRI,
          CRI,
          CRA,
          CCAP,
          CRYPTOCAP,
          CRYPTOCFG -> {} // nothing but storage
    }
  }

  /** Reads {@code bytes} (1, 2 or 4) that may straddle two words. */
  private int read(long offset, int bytes) {
    if (offset < 0 || offset > WINDOW_BYTES - bytes) {
      return -1;
    }
    lock.lock();
    try {
      int at = (int) offset;
      int within = at % Integer.BYTES;
      int word = readWord(at - within);
      if (within + bytes <= Integer.BYTES) {
        return word >>> (within * Byte.SIZE);
      }
      long next = Integer.toUnsignedLong(readWord(at - within + Integer.BYTES));
      return (int) ((next << Integer.SIZE | Integer.toUnsignedLong(word)) >>> (within * Byte.SIZE));
    } finally {
      lock.unlock();
    }
  }

  private void write(long offset, int value, int bytes) {
    lock.lock();
    try {
      place(offset, value, bytes);
      note();
    } finally {
      lock.unlock();
    }
  }

  private void place(long offset, int value, int bytes) {
    if (offset < 0 || offset > WINDOW_BYTES - bytes) {
      return;
    }
    int at = (int) offset;
    int within = at % Integer.BYTES;
    if (within == 0 && bytes == Integer.BYTES) {
      writeWord(at, value, -1);
      return;
    }
    long lanes = BitField.of(within * Byte.SIZE, bytes * Byte.SIZE).mask();
    long placed = Integer.toUnsignedLong(value) << (within * Byte.SIZE);
    writeWord(at - within, (int) placed, (int) lanes);
    if (within + bytes > Integer.BYTES) {
      writeWord(
          at - within + Integer.BYTES,
          (int) (placed >>> Integer.SIZE),
          (int) (lanes >>> Integer.SIZE));
    }
  }

  @Override
  public byte read8(long offset) {
    return (byte) read(offset, Byte.BYTES);
  }

  @Override
  public short read16(long offset) {
    return (short) read(offset, Short.BYTES);
  }

  @Override
  public int read32(long offset) {
    return read(offset, Integer.BYTES);
  }

  @Override
  public long read64(long offset) {
    long low = Integer.toUnsignedLong(read32(offset));
    return Integer.toUnsignedLong(read32(offset + Integer.BYTES)) << Integer.SIZE | low;
  }

  @Override
  public void write8(long offset, byte value) {
    write(offset, Byte.toUnsignedInt(value), Byte.BYTES);
  }

  @Override
  public void write16(long offset, short value) {
    write(offset, Short.toUnsignedInt(value), Short.BYTES);
  }

  @Override
  public void write32(long offset, int value) {
    write(offset, value, Integer.BYTES);
  }

  @Override
  public void write64(long offset, long value) {
    write32(offset, (int) value);
    write32(offset + Integer.BYTES, (int) (value >>> Integer.SIZE));
  }

  /** A burst: nothing else gets in between. */
  @Override
  public void writeWords(long offset, MemorySegment source) {
    lock.lock();
    try {
      for (long at = 0; at < source.byteSize(); at += Integer.BYTES) {
        place(offset + at, source.get(WORD, at), Integer.BYTES);
      }
      note();
    } finally {
      lock.unlock();
    }
  }

  /** Firmware writes a dword of a keyslot, past the register window; any thread. */
  public void writeKeyslot(int slot, int dword, int value) {
    lock.lock();
    try {
      engine.write(slot * (CqhciLayout.CRYPTOCFG_STRIDE_BYTES / Integer.BYTES) + dword, value);
    } finally {
      lock.unlock();
    }
  }

  /** Frees the data paths' buffers; nobody may be stepping any more. */
  @Override
  public void close() {
    engine.close();
    arena.close();
  }
}
