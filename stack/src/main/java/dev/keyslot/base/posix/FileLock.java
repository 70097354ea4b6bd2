package dev.keyslot.base.posix;

/** How a whole file is locked; such a lock belongs to the open file, not to the process. */
public enum FileLock {
  /** Others may read too; needs a file open for reading. */
  SHARED(0),
  /** No one else; needs a file open for writing. */
  EXCLUSIVE(1);

  private final short type;

  FileLock(int type) {
    this.type = (short) type;
  }

  /** F_RDLCK or F_WRLCK. */
  short type() {
    return type;
  }
}
