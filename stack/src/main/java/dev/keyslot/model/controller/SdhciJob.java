package dev.keyslot.model.controller;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.sdhci.Adma2Fields;
import dev.keyslot.link.sdhci.SdhciFields;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.link.sdhci.SdhciRegister;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What an SDHCI command leaves to do: data by ADMA2, SDMA or programmed I/O, or the end of busy.
 *
 * <p>State changes under the controller's lock; {@link #run} moves data outside it, on the thread
 * that claimed the job. A job that is cancelled while it runs ends unheard.
 */
final class SdhciJob {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int BLOCK_BYTES_MAX = 4096;

  /** The buffer holds whole data units of any size only with these blocks. */
  private static final int CRYPTO_BLOCK_BYTES = 512;

  private enum State {
    IDLE,
    /** To be run by a step. */
    WAITING,
    RUNNING,
    /** Waits for software: a full or empty PIO buffer, or an SDMA address. */
    SOFTWARE
  }

  private enum Mover {
    BUSY,
    ADMA,
    SDMA,
    PIO
  }

  private enum Ending {
    MORE,
    FINISHED,
    ADMA_ERROR,
    /** The descriptors name more or fewer bytes than the command has. */
    LENGTH_MISMATCH,
    CRC,
    TIMEOUT,
    PENDING
  }

  private final CommandCrypto crypto;
  private final CardPort card;
  private final DmaMemory dma;
  private final RegisterFile registers;
  private final InterruptUnit interrupts;
  private final boolean wide;
  private final MemorySegment buffer;

  private State state = State.IDLE;
  private Mover mover = Mover.BUSY;
  private boolean cancelled;
  private boolean read;
  private boolean wasData;
  private int blockBytes;
  private long leftBytes;
  private TransferChain chain;
  private long sdmaAddress;

  /** PIO: bytes of the buffer already moved by software. */
  private int bufferAt;

  /** ADMA: the buffer holds a part that the card has not taken yet. */
  private boolean gathered;

  private Ending ending = Ending.FINISHED;

  SdhciJob(
      CardPort card,
      DmaMemory dma,
      RegisterFile registers,
      InterruptUnit interrupts,
      CommandCrypto crypto,
      Arena arena) {
    this.crypto = crypto;
    this.card = card;
    this.dma = dma;
    this.registers = registers;
    this.interrupts = interrupts;
    wide = crypto.identity().wide();
    buffer = arena.allocate(BUFFER_BYTES, BLOCK_BYTES_MAX);
  }

  // ---- under the lock

  boolean active() {
    return state != State.IDLE;
  }

  boolean waiting() {
    return state == State.WAITING;
  }

  boolean busyOnly() {
    return active() && mover == Mover.BUSY;
  }

  boolean wasData() {
    return wasData;
  }

  boolean bufferReadable() {
    return state == State.SOFTWARE && mover == Mover.PIO && read;
  }

  boolean bufferWritable() {
    return state == State.SOFTWARE && mover == Mover.PIO && !read;
  }

  void startBusy() {
    mover = Mover.BUSY;
    wasData = false;
    state = State.WAITING;
  }

  void startData(int mode) {
    int size = SdhciFields.BLOCK_SIZE_BYTES.extractInt(registers.get(SdhciRegister.BLOCK_SIZE));
    blockBytes = Math.min(Math.max(size, 1), BLOCK_BYTES_MAX);
    boolean multi = SdhciFields.MODE_MULTI_BLOCK.isSet(mode);
    int blocks = multi ? registers.get(SdhciRegister.BLOCK_COUNT) : 1;
    leftBytes = (long) Math.max(1, blocks) * blockBytes;
    read = SdhciFields.MODE_READ.isSet(mode);
    wasData = true;
    bufferAt = 0;
    gathered = false;
    state = State.WAITING;
    int select =
        SdhciFields.CONTROL1_DMA_SELECT.extractInt(registers.get(SdhciRegister.HOST_CONTROL_1));
    boolean adma = SdhciFields.MODE_DMA.isSet(mode) && select != SdhciFields.DMA_SDMA;
    if (!crypto.begin(adma && blockBytes == CRYPTO_BLOCK_BYTES, leftBytes)) {
      end();
      interrupts.raise(SdhciInterruptFields.COMMAND_CRYPTO);
      return;
    }
    if (!SdhciFields.MODE_DMA.isSet(mode)) {
      mover = Mover.PIO;
      if (!read) {
        askSoftware(SdhciRegister.BUFFER_DATA);
      }
      return;
    }
    if (select == SdhciFields.DMA_SDMA) {
      mover = Mover.SDMA;
      sdmaAddress = sdmaRegister();
    } else {
      mover = Mover.ADMA;
      int bytes = descriptorBytes(select);
      chain = new TransferChain(dma, bytes, bytes);
      chain.begin(admaAddress(bytes));
    }
  }

  private int descriptorBytes(int select) {
    int control = registers.get(SdhciRegister.HOST_CONTROL_2);
    boolean version4 = SdhciFields.CONTROL2_VERSION_4.isSet(control);
    if (version4) {
      boolean long64 = SdhciFields.CONTROL2_64_BIT.isSet(control);
      return long64 ? Adma2Fields.BYTES_64_V4 : Adma2Fields.BYTES_32;
    }
    return select == SdhciFields.DMA_ADMA2_64 && wide ? Adma2Fields.BYTES_64 : Adma2Fields.BYTES_32;
  }

  private long admaAddress(int descriptorBytes) {
    long low = Integer.toUnsignedLong(registers.get(SdhciRegister.ADMA_ADDRESS_LOW));
    long high = Integer.toUnsignedLong(registers.get(SdhciRegister.ADMA_ADDRESS_HIGH));
    return descriptorBytes == Adma2Fields.BYTES_32 ? low : (high << Integer.SIZE) | low;
  }

  private long sdmaRegister() {
    int control = registers.get(SdhciRegister.HOST_CONTROL_2);
    return SdhciFields.CONTROL2_VERSION_4.isSet(control)
        ? admaAddress(Adma2Fields.BYTES_64)
        : Integer.toUnsignedLong(registers.get(SdhciRegister.SDMA_ADDRESS));
  }

  private void askSoftware(SdhciRegister what) {
    state = State.SOFTWARE;
    bufferAt = 0;
    if (what == SdhciRegister.SDMA_ADDRESS) {
      interrupts.raise(SdhciInterruptFields.DMA_BOUNDARY);
    } else {
      interrupts.raise(
          read ? SdhciInterruptFields.BUFFER_READ_READY : SdhciInterruptFields.BUFFER_WRITE_READY);
    }
  }

  /** Software read four bytes of the data port. */
  int bufferRead() {
    if (!bufferReadable()) {
      return 0;
    }
    int word = buffer.get(INT, bufferAt);
    bufferAt += Integer.BYTES;
    if (bufferAt >= blockBytes) {
      nextBlock();
    }
    return word;
  }

  private void nextBlock() {
    if (leftBytes > 0) {
      state = State.WAITING;
    } else {
      ending = Ending.FINISHED;
      state = State.RUNNING; // settled by the caller's next step
      endByBuffer = true;
    }
  }

  private boolean endByBuffer;

  /** The last word of programmed I/O has been taken: the transfer is over. */
  boolean endedByBuffer() {
    boolean ended = endByBuffer;
    endByBuffer = false;
    return ended;
  }

  /** Software wrote four bytes to the data port. */
  void bufferWritten(int word) {
    if (bufferWritable()) {
      buffer.set(INT, bufferAt, word);
      bufferAt += Integer.BYTES;
      if (bufferAt >= blockBytes) {
        state = State.WAITING;
      }
    }
  }

  /** Software wrote the SDMA address: a transfer that waits at a boundary goes on there. */
  void addressWritten() {
    if (state == State.SOFTWARE && mover == Mover.SDMA) {
      sdmaAddress = sdmaRegister();
      state = State.WAITING;
    }
  }

  /** Stops data; the end of busy belongs to the card and is waited for all the same. */
  void cancel() {
    if (mover == Mover.BUSY) {
      return;
    }
    if (state == State.RUNNING) {
      cancelled = true;
    } else {
      end();
    }
  }

  private void end() {
    state = State.IDLE;
    crypto.end();
  }

  void claim() {
    state = State.RUNNING;
    cancelled = false;
  }

  /** Takes the result of {@link #run}; true when the command is over and went well. */
  boolean settle() {
    if (cancelled) {
      cancelled = false;
      end();
      return false;
    }
    switch (ending) {
      case FINISHED -> {
        end();
        return true;
      }
      case MORE -> {
        if (mover == Mover.ADMA) {
          state = State.WAITING;
        } else if (mover == Mover.SDMA) {
          registers.put(SdhciRegister.SDMA_ADDRESS, (int) sdmaAddress);
          askSoftware(SdhciRegister.SDMA_ADDRESS);
        } else {
          askSoftware(SdhciRegister.BUFFER_DATA);
        }
      }
      case PENDING -> state = State.WAITING;
      case ADMA_ERROR -> descriptorError(SdhciFields.ADMA_ERROR_STATE.insert32(0, 1));
      case LENGTH_MISMATCH -> descriptorError(SdhciFields.ADMA_ERROR_LENGTH.mask32());
      case CRC -> {
        end();
        interrupts.raise(SdhciInterruptFields.DATA_CRC);
      }
      case TIMEOUT -> {
        end();
        interrupts.raise(SdhciInterruptFields.DATA_TIMEOUT);
      }
    }
    return false;
  }

  private void descriptorError(int error) {
    registers.put(SdhciRegister.ADMA_ERROR, error);
    long address = mover == Mover.ADMA ? chain.next() : sdmaAddress;
    registers.put(SdhciRegister.ADMA_ADDRESS_LOW, (int) address);
    registers.put(SdhciRegister.ADMA_ADDRESS_HIGH, (int) (address >>> Integer.SIZE));
    end();
    interrupts.raise(SdhciInterruptFields.ADMA);
  }

  // ---- outside the lock

  /** Moves what can be moved now; false if only time can help. */
  boolean run() {
    ending =
        switch (mover) {
          case BUSY -> ending(card.finishBusy(), Ending.FINISHED);
          case PIO -> runBlock();
          case SDMA -> runSdma();
          case ADMA -> runAdmaUnlessGone();
        };
    return ending != Ending.PENDING;
  }

  private Ending runAdmaUnlessGone() {
    try {
      return runAdma();
    } catch (IllegalStateException e) {
      if (chain.memoryGone()) {
        return Ending.ADMA_ERROR;
      }
      throw e;
    }
  }

  private Ending ending(DataOutcome outcome, Ending good) {
    return switch (outcome) {
      case DONE, HOLE -> good;
      case PENDING -> Ending.PENDING;
      case CRC_ERROR -> Ending.CRC;
      case TIMEOUT -> Ending.TIMEOUT;
      // A write's failure shows in the next status; a read that failed sends nothing.
      case FAILED -> read ? Ending.TIMEOUT : good;
    };
  }

  private Ending runBlock() {
    MemorySegment block = buffer.asSlice(0, blockBytes);
    DataOutcome outcome = read ? card.receive(block) : card.send(block);
    if (outcome == DataOutcome.PENDING) {
      return Ending.PENDING;
    }
    leftBytes -= blockBytes;
    return ending(outcome, read || leftBytes > 0 ? Ending.MORE : Ending.FINISHED);
  }

  private Ending runAdma() {
    while (leftBytes > 0) {
      int length = (int) Math.min(BUFFER_BYTES / blockBytes * (long) blockBytes, leftBytes);
      MemorySegment part = buffer.asSlice(0, length);
      if (read) {
        Ending result = ending(card.receive(part), Ending.MORE);
        if (result != Ending.MORE) {
          return result;
        }
        crypto.decrypt(part);
        if (!scatter(part)) {
          return outOfMemory();
        }
      } else {
        Ending result = sendGathered(part);
        if (result != Ending.MORE) {
          return result;
        }
      }
      leftBytes -= length;
    }
    return chain.endsHere() ? Ending.FINISHED : outOfMemory();
  }

  /** Why the chain lends no more memory, or more than there is data. */
  private Ending outOfMemory() {
    return leftBytes == 0 || chain.ended() ? Ending.LENGTH_MISMATCH : Ending.ADMA_ERROR;
  }

  /** A part that the card could not take at once is neither gathered nor encrypted again. */
  private Ending sendGathered(MemorySegment part) {
    if (!gathered) {
      if (!gather(part)) {
        return outOfMemory();
      }
      crypto.encrypt(part);
    }
    DataOutcome outcome = card.send(part);
    gathered = outcome == DataOutcome.PENDING;
    return ending(outcome, Ending.MORE);
  }

  private boolean scatter(MemorySegment from) {
    for (long at = 0; at < from.byteSize(); ) {
      MemorySegment part = chain.pull(from.byteSize() - at);
      if (part == null) {
        return false;
      }
      MemorySegment.copy(from, at, part, 0, part.byteSize());
      at += part.byteSize();
    }
    return true;
  }

  private boolean gather(MemorySegment into) {
    for (long at = 0; at < into.byteSize(); ) {
      MemorySegment part = chain.pull(into.byteSize() - at);
      if (part == null) {
        return false;
      }
      MemorySegment.copy(part, 0, into, at, part.byteSize());
      at += part.byteSize();
    }
    return true;
  }

  private Ending sdmaBlock(MemorySegment memory) {
    try {
      return ending(read ? card.receive(memory) : card.send(memory), Ending.MORE);
    } catch (IllegalStateException e) {
      if (!memory.scope().isAlive()) {
        return Ending.ADMA_ERROR; // freed under the device
      }
      throw e;
    }
  }

  /** One block at a time, up to the boundary the block size register names. */
  private Ending runSdma() {
    int size = registers.get(SdhciRegister.BLOCK_SIZE);
    long boundary = 4096L << SdhciFields.BLOCK_SIZE_SDMA_BOUNDARY.extractInt(size);
    do {
      MemorySegment memory = dma.resolve(sdmaAddress, blockBytes);
      if (memory == null) {
        return Ending.ADMA_ERROR;
      }
      Ending result = sdmaBlock(memory);
      if (result != Ending.MORE) {
        return result;
      }
      sdmaAddress += blockBytes;
      leftBytes -= blockBytes;
    } while (leftBytes > 0 && sdmaAddress % boundary != 0);
    return leftBytes > 0 ? Ending.MORE : Ending.FINISHED;
  }
}
