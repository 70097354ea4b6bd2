package dev.keyslot.link.bus;

/**
 * One line of a register map: implemented by the enums that are our datasheets.
 *
 * <p>A device builds its register file by walking such an enum, a dump prints it, a conformance
 * test holds a second copy. No behaviour, no state.
 */
public interface Register {

  /** Bytes from the start of the register's own block. */
  int offset();

  /** 1, 2, 4 or 8. */
  int widthBytes();

  /** What reads and writes do, for the register as a whole; single bits may differ. */
  Access access();

  /** Value after a reset of everything. */
  int resetValue();

  /** One line for people. */
  String meaning();

  /** The datasheet's mnemonic. */
  String name();
}
