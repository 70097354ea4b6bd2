/**
 * Other people's programs against the real server in its own process.
 *
 * <p>In: {@code keyslot serve} as an operator starts it. Out: what nbdinfo, nbdcopy, qemu, fio,
 * libnbd, strace and the kernel make of it. Thread: each test its own server and directory. A test
 * whose program is missing is skipped and says so; {@code -Dkeyslot.long=true} runs the full dose.
 *
 * <p>Knows nothing of: classes of the product. Start at: {@link CopyIT}. Tests: these.
 */
package dev.keyslot.interop;
