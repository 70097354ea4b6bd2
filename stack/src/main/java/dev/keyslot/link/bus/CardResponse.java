package dev.keyslot.link.bus;

/**
 * What came back on the command line; filled by the card, reused by the controller.
 *
 * <p>Owned by one thread at a time.
 */
public final class CardResponse {

  /** What the command line carried. */
  public enum Line {
    /** The response, if the command has one, arrived whole. */
    OK,
    /** Nothing came. */
    SILENT,
    CRC_ERROR,
    INDEX_ERROR,
    END_BIT_ERROR
  }

  private Line line = Line.SILENT;
  private boolean busy;

  /** Bits 39:8 of a 48-bit response; of a 136-bit one bits 39:8, 71:40, 103:72, 127:104. */
  private final int[] words = new int[4];

  public Line line() {
    return line;
  }

  /** Whether DAT0 is low: {@link CardPort#finishBusy} does the work behind it. */
  public boolean busy() {
    return busy;
  }

  /** The 32 bits of a 48-bit response. */
  public int word() {
    return words[0];
  }

  /** Word 0 to 3 as SDHCI's response registers take them. */
  public int word(int index) {
    return words[index];
  }

  /** No answer. */
  public void silent() {
    set(Line.SILENT, false, 0);
  }

  /** A command without response went through. */
  public void none() {
    set(Line.OK, false, 0);
  }

  /** A 48-bit response. */
  public void answer(int word) {
    set(Line.OK, false, word);
  }

  /** A 48-bit response, then busy. */
  public void answerBusy(int word) {
    set(Line.OK, true, word);
  }

  /** A 136-bit response: 16 bytes of CID or CSD, most significant first. */
  public void answerLong(byte[] register) {
    set(Line.OK, false, 0);
    // Byte 0 is bits 127:120; byte 15, the CRC, is not stored.
    for (int i = 0; i < words.length; i++) {
      int word = 0;
      for (int b = 0; b < Integer.BYTES; b++) {
        int index = 11 - 4 * i + b;
        word = (word << Byte.SIZE) | (index < 0 ? 0 : Byte.toUnsignedInt(register[index]));
      }
      words[i] = word;
    }
  }

  /** Spoils a response on its way; for faults. */
  public void spoil(Line how) {
    line = how;
  }

  /** Changes the 32 bits of a 48-bit response on its way; for faults. */
  public void replaceWord(int word) {
    words[0] = word;
  }

  private void set(Line newLine, boolean newBusy, int word) {
    line = newLine;
    busy = newBusy;
    words[0] = word;
    words[1] = 0;
    words[2] = 0;
    words[3] = 0;
  }
}
