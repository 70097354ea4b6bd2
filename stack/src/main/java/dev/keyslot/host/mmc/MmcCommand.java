package dev.keyslot.host.mmc;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ResponseKind;
import java.lang.foreign.MemorySegment;

/**
 * One command on the synchronous path, with its data if it has any, and afterwards its outcome.
 *
 * <p>Reusable: {@link #set} starts over. Owned by one thread at a time.
 */
public final class MmcCommand {

  /** Segments in one data command at most; a kernel host's default for ADMA. */
  public static final int SEGMENTS_MAX = 128;

  private EmmcCommand command;
  private int argument;
  private ResponseKind response;
  private long busyLimitNanos;

  private final MemorySegment[] segments = new MemorySegment[SEGMENTS_MAX];
  private int segmentCount;
  private int blockBytes;
  private int blocks;
  private boolean write;
  private boolean reliable;

  /** What the data is encrypted with; null for plain data. */
  private CryptoContext crypto;

  private int keyslot = -1;

  private MmcError error = MmcError.NONE;

  /** R1, R1b, R3: word 0. R2: 128 bits, the most significant word first. */
  private final int[] words = new int[4];

  /** Starts over as {@code command} without data. */
  public MmcCommand set(EmmcCommand newCommand, int newArgument) {
    command = newCommand;
    argument = newArgument;
    response = newCommand.response();
    busyLimitNanos = 0;
    segmentCount = 0;
    blockBytes = 0;
    blocks = 0;
    write = false;
    reliable = false;
    crypto = null;
    keyslot = -1;
    error = MmcError.NONE;
    return this;
  }

  /** How long the card may be busy after its response. */
  public MmcCommand busyLimit(long nanos) {
    busyLimitNanos = nanos;
    return this;
  }

  /** Another response than the datasheet's, such as a CMD12 after a read. */
  public MmcCommand response(ResponseKind other) {
    response = other;
    return this;
  }

  /** The data's shape; segments are added afterwards. */
  public MmcCommand data(boolean toCard, int newBlockBytes, int newBlocks) {
    write = toCard;
    blockBytes = newBlockBytes;
    blocks = newBlocks;
    return this;
  }

  /** Appends memory that the device can reach. */
  public MmcCommand add(MemorySegment segment) {
    Checks.that(segmentCount < SEGMENTS_MAX, "a command carries at most %d segments", SEGMENTS_MAX);
    segments[segmentCount++] = segment;
    return this;
  }

  /** Asks for an atomic write that bypasses the card's cache. */
  public MmcCommand reliable(boolean on) {
    reliable = on;
    return this;
  }

  /** Encrypts the data; only hosts that say so can do that on this path. */
  public MmcCommand crypto(CryptoContext context, int slot) {
    crypto = context;
    keyslot = slot;
    return this;
  }

  public EmmcCommand command() {
    return command;
  }

  public int argument() {
    return argument;
  }

  public ResponseKind response() {
    return response;
  }

  public long busyLimitNanos() {
    return busyLimitNanos;
  }

  public boolean hasData() {
    return blocks > 0;
  }

  public boolean write() {
    return write;
  }

  public boolean reliable() {
    return reliable;
  }

  public int blockBytes() {
    return blockBytes;
  }

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

  public void fail(MmcError why) {
    error = why;
  }

  /** Word {@code index} of the response; 0 is the most significant of R2. */
  public int word(int index) {
    return words[index];
  }

  public void setWord(int index, int value) {
    words[index] = value;
  }

  /** Name, argument in hex, outcome. */
  @Override
  public String toString() {
    return String.format(
        "CMD%d(%s) arg=0x%08x error=%s", command.index(), command, argument, error);
  }
}
