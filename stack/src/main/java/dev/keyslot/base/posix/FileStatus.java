package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.keyslot.base.BitField;
import java.lang.foreign.MemorySegment;

/**
 * What the kernel knows about a file.
 *
 * @param mode type and permission bits
 * @param ownerUserId the owner's numeric user id
 * @param sizeBytes the length; 0 for devices
 * @param allocatedBytes space taken on the medium: less than the size where there are holes
 * @param inode with {@code device}, identifies the file while it is open
 * @param device the file system it lies on, as a number of no other meaning
 */
public record FileStatus(
    int mode, int ownerUserId, long sizeBytes, long allocatedBytes, long inode, long device) {

  /** A struct statx. */
  static final int STATX_BYTES = 256;

  private static final int STATX_UID = 20;
  private static final int STATX_MODE = 28;
  private static final int STATX_INO = 32;
  private static final int STATX_SIZE = 40;
  private static final int STATX_BLOCKS = 48;
  private static final int STATX_DEV_MAJOR = 136;
  private static final int STATX_DEV_MINOR = 140;

  /** The kernel counts blocks of 512 bytes whatever the file system's own are. */
  private static final long BLOCK_BYTES = 512;

  private static final BitField TYPE = BitField.of(12, 4);
  private static final BitField PERMISSIONS = BitField.of(0, 9);
  private static final BitField GROUP_AND_OTHERS = BitField.of(0, 6);
  private static final BitField MAJOR = BitField.of(32, 32);
  private static final BitField MINOR = BitField.of(0, 32);

  private static final int TYPE_REGULAR = 8;

  static FileStatus of(MemorySegment statx) {
    long major = Integer.toUnsignedLong(statx.get(JAVA_INT, STATX_DEV_MAJOR));
    long minor = Integer.toUnsignedLong(statx.get(JAVA_INT, STATX_DEV_MINOR));
    return new FileStatus(
        Short.toUnsignedInt(statx.get(JAVA_SHORT, STATX_MODE)),
        statx.get(JAVA_INT, STATX_UID),
        statx.get(JAVA_LONG, STATX_SIZE),
        statx.get(JAVA_LONG, STATX_BLOCKS) * BLOCK_BYTES,
        statx.get(JAVA_LONG, STATX_INO),
        MAJOR.insert(MINOR.insert(0, minor), major));
  }

  /** Read, write and execute bits, such as 0600. */
  public int permissions() {
    return PERMISSIONS.extractInt(mode);
  }

  /** Whether group or others may do anything at all. */
  public boolean isOpenToOthers() {
    return GROUP_AND_OTHERS.isSet(mode);
  }

  /** Whether it is a plain file. */
  public boolean isRegularFile() {
    return TYPE.extractInt(mode) == TYPE_REGULAR;
  }
}
