package dev.keyslot.host.mmc;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.link.emmc.EmmcCommand;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * One task of the command queue, data or a direct command; preallocated per slot.
 *
 * <p>Filled in by the block driver, used by the engine until it calls {@link #end}, once.
 */
public final class MmcRequest {

  /** Where a request goes when it ends; called outside the driver's locks. */
  @FunctionalInterface
  public interface Completion {
    void ended(MmcRequest request);
  }

  /** Memory segments in one task at most; what a kernel host allows for ADMA. */
  public static final int SEGMENTS_MAX = 128;

  private final int slot;
  private final Completion completion;
  private final BooleanSupplier gate;

  private final MemorySegment[] segments = new MemorySegment[SEGMENTS_MAX];
  private int segmentCount;
  private boolean write;
  private boolean reliable;
  private int blockAddress;
  private int blocks;

  private EmmcCommand command;
  private int argument;
  private boolean barrier;

  private CryptoContext crypto;
  private int keyslot = -1;

  private MmcError error = MmcError.NONE;
  private boolean lost;
  private int response;

  /**
   * A request for {@code slot} that reports to {@code completion} when it ends.
   *
   * @param gate whether its owner, at this very moment, lets requests start
   */
  public MmcRequest(int slot, Completion completion, BooleanSupplier gate) {
    this.slot = slot;
    this.completion = completion;
    this.gate = gate;
  }

  /**
   * Whether the engine may take it. To be asked under the lock that every change of the engine's
   * state takes: a thread that found its driver in service may come here long after it was paused,
   * or its card exchanged.
   */
  public boolean mayStart() {
    return gate.getAsBoolean();
  }

  /**
   * Starts over as a data task; segments are added afterwards.
   *
   * @param address first block of 512 bytes, unsigned
   */
  public MmcRequest setData(boolean toCard, int address, int blockCount) {
    clear();
    write = toCard;
    blockAddress = address;
    blocks = blockCount;
    return this;
  }

  /** Starts over as a direct command. */
  public MmcRequest setCommand(EmmcCommand newCommand, int newArgument, boolean queueBarrier) {
    clear();
    command = newCommand;
    argument = newArgument;
    barrier = queueBarrier;
    return this;
  }

  /** Nothing of the slot's last user survives: the kernel zeroes its request here. */
  private void clear() {
    segmentCount = 0;
    write = false;
    reliable = false;
    blockAddress = 0;
    blocks = 0;
    command = null;
    argument = 0;
    barrier = false;
    crypto = null;
    keyslot = -1;
    error = MmcError.NONE;
    lost = false;
    response = 0;
  }

  /** Appends memory that the device can reach. */
  public MmcRequest add(MemorySegment segment) {
    Checks.that(segmentCount < SEGMENTS_MAX, "a task carries at most %d segments", SEGMENTS_MAX);
    segments[segmentCount++] = segment;
    return this;
  }

  /** Asks for an atomic write that bypasses the card's cache. */
  public MmcRequest reliable(boolean on) {
    reliable = on;
    return this;
  }

  /** What the data is encrypted with, and which slot holds its key; -1 where a host needs none. */
  public MmcRequest setCrypto(CryptoContext context, int slotIndex) {
    crypto = context;
    keyslot = slotIndex;
    return this;
  }

  /** The queue slot: the block request's tag, or the slot of direct commands. */
  public int slot() {
    return slot;
  }

  public boolean isCommand() {
    return command != null;
  }

  public EmmcCommand command() {
    return command;
  }

  public int argument() {
    return argument;
  }

  /** Waits for all earlier tasks and holds back all later ones. */
  public boolean barrier() {
    return barrier;
  }

  public boolean write() {
    return write;
  }

  public boolean reliable() {
    return reliable;
  }

  /** In 512-byte blocks, unsigned. */
  public int blockAddress() {
    return blockAddress;
  }

  /** Of 512 bytes. */
  public int blocks() {
    return blocks;
  }

  public int segmentCount() {
    return segmentCount;
  }

  public MemorySegment segment(int index) {
    return segments[index];
  }

  /** Null for plain data. */
  public CryptoContext crypto() {
    return crypto;
  }

  /** -1 when there is none. */
  public int keyslot() {
    return keyslot;
  }

  public MmcError error() {
    return error;
  }

  /** Records the first error; later ones are its consequences. */
  public void fail(MmcError why) {
    if (error == MmcError.NONE) {
      error = why;
    }
  }

  /** Whether recovery dropped the request without an error of its own: it is to be done again. */
  public boolean lost() {
    return lost;
  }

  public void setLost() {
    lost = true;
  }

  /** The 32 bits that a direct command answered. */
  public int response() {
    return response;
  }

  public void setResponse(int word) {
    response = word;
  }

  /** Hands the request back to its sender. */
  public void end() {
    completion.ended(this);
  }
}
