/**
 * The few system calls that the JDK lacks, through the foreign function interface.
 *
 * <p>In: paths, descriptors, native memory. Out: results, or {@link PosixException} with the errno
 * by name. Thread: all calls may come from any thread; nothing is allocated per read or write.
 *
 * <p>Knows nothing of: blocks, keys, images. Linux on x86-64 and aarch64. Start at: {@link
 * PosixFile}. Tests: base/posix, on temporary files.
 */
package dev.keyslot.base.posix;
