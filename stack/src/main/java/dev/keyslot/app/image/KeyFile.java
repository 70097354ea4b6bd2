package dev.keyslot.app.image;

import dev.keyslot.base.posix.FileStatus;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.base.posix.PosixUser;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A volume's key in a file: 64 raw bytes, or 128 hexadecimal digits and an optional line end.
 *
 * <p>What is checked is the file that was opened, not its name, so nobody can swap it in between.
 * Key bytes pass through native memory that is wiped. Stateless.
 */
public final class KeyFile {

  private static final int HEX_DIGITS = 2 * VolumeKey.BYTES;

  /** One more than the longest form, 128 digits and CR LF, so that a longer file shows. */
  private static final int READ_BYTES = HEX_DIGITS + 3;

  private static final int OWNER_ONLY = 0600;

  private static final int ROOT = 0;

  private KeyFile() {}

  /** Reads and checks a key; the caller closes it. */
  public static VolumeKey read(Path file) throws StackException {
    // Opening a pipe would wait for a writer; a race here costs no more than that.
    if (!Files.isRegularFile(file)) {
      throw StackException.fix(
          "key file must exist and be a regular file (name it with --key-file): keyFile=%s", file);
    }
    try (PosixFile opened = PosixFile.openReadOnly(file);
        Arena arena = Arena.ofConfined()) {
      checkStatus(file, opened.status());
      MemorySegment text = arena.allocate(READ_BYTES);
      try {
        return parse(file, text, (int) opened.pread(text, 0));
      } finally {
        text.fill((byte) 0);
      }
    } catch (PosixException e) {
      throw Failures.of("key file must be readable", file, e);
    }
  }

  /** Makes a new key in a file that must not exist; content and name last when this returns. */
  static VolumeKey create(Path file, UndoList undo) throws StackException {
    byte[] random = new byte[VolumeKey.BYTES];
    try (PosixFile made = PosixFile.createNew(file, OWNER_ONLY);
        Arena arena = Arena.ofConfined()) {
      undo.add(file);
      new SecureRandom().nextBytes(random);
      MemorySegment bytes = arena.allocate(VolumeKey.BYTES);
      try {
        MemorySegment.copy(random, 0, bytes, ValueLayout.JAVA_BYTE, 0, random.length);
        made.pwrite(bytes, 0);
        made.fsync();
        PosixFile.syncDirectory(file.toAbsolutePath().getParent());
        return new VolumeKey(bytes);
      } finally {
        bytes.fill((byte) 0);
      }
    } catch (PosixException e) {
      throw Failures.of("key file must be creatable", file, e);
    } finally {
      Arrays.fill(random, (byte) 0);
    }
  }

  private static void checkStatus(Path file, FileStatus status) throws StackException {
    if (!status.isRegularFile()) {
      throw StackException.fix("key file must be a regular file: keyFile=%s", file);
    }
    if (status.isOpenToOthers()) {
      throw StackException.fix(
          "key file must be closed to group and others (chmod 600 it): mode=%04o keyFile=%s",
          status.permissions(), file);
    }
    int caller = PosixUser.effectiveUserId();
    if (status.ownerUserId() != caller && status.ownerUserId() != ROOT) {
      throw StackException.fix(
          "key file must belong to you or to root: ownerUserId=%d yourUserId=%d keyFile=%s",
          status.ownerUserId(), caller, file);
    }
  }

  private static VolumeKey parse(Path file, MemorySegment text, int bytes) throws StackException {
    int digits = bytes - lineEndBytes(text, bytes);
    if (bytes == VolumeKey.BYTES) {
      if (hexDigits(text, bytes)) {
        throw StackException.fix(
            "key file looks like a cut-off hex key: 64 bytes, all of them hex digits; expected 128"
                + " hex digits, or 64 raw bytes: keyFile=%s",
            file);
      }
      return checked(file, new VolumeKey(text.asSlice(0, bytes)));
    }
    if (digits != HEX_DIGITS || !hexDigits(text, digits)) {
      throw StackException.fix(
          "key file must hold 64 raw bytes or 128 hex digits: bytes=%s keyFile=%s%s",
          bytes == READ_BYTES ? "more than " + (READ_BYTES - 1) : bytes,
          file,
          bytes == 0 ? " (a create that was cut short leaves an empty one: delete it)" : "");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment raw = arena.allocate(VolumeKey.BYTES);
      try {
        for (int i = 0; i < VolumeKey.BYTES; i++) {
          int high = Character.digit(text.get(ValueLayout.JAVA_BYTE, 2L * i), 16);
          int low = Character.digit(text.get(ValueLayout.JAVA_BYTE, 2L * i + 1), 16);
          raw.set(ValueLayout.JAVA_BYTE, i, (byte) (high * 16 + low));
        }
        return checked(file, new VolumeKey(raw));
      } finally {
        raw.fill((byte) 0);
      }
    }
  }

  private static VolumeKey checked(Path file, VolumeKey key) throws StackException {
    if (key.equalHalves()) {
      key.close();
      throw StackException.fix("the two halves of an XTS key must differ: keyFile=%s", file);
    }
    return key;
  }

  private static int lineEndBytes(MemorySegment text, int bytes) {
    int end = 0;
    if (bytes > 0 && text.get(ValueLayout.JAVA_BYTE, bytes - 1L) == '\n') {
      end = bytes > 1 && text.get(ValueLayout.JAVA_BYTE, bytes - 2L) == '\r' ? 2 : 1;
    }
    return end;
  }

  private static boolean hexDigits(MemorySegment text, int bytes) {
    for (int i = 0; i < bytes; i++) {
      if (Character.digit(text.get(ValueLayout.JAVA_BYTE, i), 16) < 0) {
        return false;
      }
    }
    return true;
  }
}
