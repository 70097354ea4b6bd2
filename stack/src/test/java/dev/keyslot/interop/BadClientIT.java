package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that break the rules get their error, or the door; the others never notice. */
class BadClientIT {

  private static final String BEYOND_THE_END =
      """
      import nbd, sys
      h = nbd.NBD(); h.set_strict_mode(0); h.connect_uri(sys.argv[1])
      size = h.get_size()
      def error(f, *a):
          try:
              f(*a)
          except nbd.Error as e:
              return e.errno
          return "accepted"
      assert error(h.pread, 4096, size) == "EINVAL"
      assert error(h.pread, 8192, size - 4096) == "EINVAL"
      assert error(h.pread, 4096, (1 << 63) - 4096) == "EINVAL"
      for f in (lambda n, at: h.pwrite(b"x" * n, at), h.trim, h.zero):
          assert error(f, 4096, size) in ("ENOSPC", "EINVAL"), f
          assert error(f, 8192, size - 4096) in ("ENOSPC", "EINVAL"), f
      assert error(h.pwrite, b"x" * 4096, size) == "ENOSPC"
      assert not any(h.pread(4096, size - 4096))
      """;

  private static final String READ_ONLY =
      """
      import nbd, sys
      h = nbd.NBD(); h.set_strict_mode(0); h.connect_uri(sys.argv[1])
      assert h.is_read_only()
      for f in (lambda: h.pwrite(b"x" * 4096, 0), lambda: h.trim(4096, 0), lambda: h.zero(4096, 0)):
          try:
              f()
          except nbd.Error as e:
              assert e.errno == "EPERM", e
          else:
              assert False, "accepted"
      assert not any(h.pread(4096, 0))
      """;

  private static final String CROWD =
      """
      import socket, sys
      crowd = [socket.socket(socket.AF_UNIX) for i in range(200)]
      for s in crowd:
          s.setblocking(False); s.connect(sys.argv[1])
      for s in crowd:
          s.settimeout(20)
          assert s.recv(8, socket.MSG_WAITALL) == b"NBDMAGIC"
      """;

  /** Seeded garbage before, during and after the handshake, while another client works. */
  private static final String GARBAGE =
      """
      import nbd, random, socket, struct, sys
      rng = random.Random(int(sys.argv[3]))
      good = nbd.NBD(); good.connect_uri(sys.argv[1])
      good.pwrite(b"\\x77" * 4096, 0)
      def connect():
          s = socket.socket(socket.AF_UNIX); s.settimeout(0.3); s.connect(sys.argv[2]); return s
      def drain(s):
          try:
              while s.recv(65536): pass
          except OSError:
              pass
          s.close()
      def go(s):
          s.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">IIIH", 7, 6, 0, 0))
          got = b""
          while not got.endswith(struct.pack(">QIII", 0x3e889045565a9, 7, 1, 0)):
              got += s.recv(4096)
      cases = [
          lambda s: s.sendall(rng.randbytes(4000)),
          lambda s: s.sendall(struct.pack(">I", 3) + rng.randbytes(4000)),
          lambda s: s.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 7, 0xffffffff)),
          lambda s: s.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", 99, 70000) + b"x" * 70000),
          lambda s: s.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">III", 7, 8, 0xfffffff0) + b"xxxx"),
          lambda s: s.sendall(struct.pack(">I", 0xffffffff)),
          lambda s: (go(s), s.sendall(rng.randbytes(3000))),
          lambda s: (go(s), s.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 1, 1, 0, 0xffffffff))),
          lambda s: (go(s), s.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 0, 1, 0, 0xffffffff))),
          lambda s: (go(s), s.sendall(struct.pack(">IHHQQI", 0x25609513, 0xffff, 0xffff, 1, 0, 4096))),
          lambda s: (go(s), s.sendall(struct.pack(">IHHQQI", 0x25609513, 0, 1, 1, 4096, 1 << 20) + b"x" * 1000)),
          lambda s: (go(s), s.sendall(struct.pack(">IHH", 0x25609513, 0, 0))),
      ]
      for turn in range(4):
          for case in cases:
              s = connect()
              try:
                  case(s)
              except OSError:
                  pass
              if rng.random() < 0.5:
                  drain(s)
              else:
                  s.close()
              assert bytes(good.pread(4096, 0)) == b"\\x77" * 4096
              assert not any(good.pread(8192, 4096))
      late = nbd.NBD(); late.connect_uri(sys.argv[1])
      assert bytes(late.pread(4096, 0)) == b"\\x77" * 4096
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.needPython("nbd");
  }

  @Test
  void requestsBeyondTheEndAreRefused() {
    try (ServerProcess server = ServerProcess.serve(directory.resolve("v.img"), "--size", "4M")) {
      Tool.python(BEYOND_THE_END, server.uri()).ok();
    }
  }

  @Test
  void aReadOnlyVolumeIsNotWritten() {
    Path image = directory.resolve("v.img");
    ServerProcess.keyslot("create", image.toString(), "--size", "4M").ok();
    try (ServerProcess server = ServerProcess.serve(image, "--read-only")) {
      Tool.python(READ_ONLY, server.uri()).ok();
    }
  }

  /** More than Java's default backlog of 50; a Unix socket refuses what does not fit at once. */
  @Test
  void twoHundredClientsAtOnceAreAllGreeted() {
    try (ServerProcess server = ServerProcess.serve(directory.resolve("v.img"), "--size", "4M")) {
      Tool.python(CROWD, server.socket()).ok();
    }
  }

  @Test
  void garbageOnTheSocketHarmsNobodyElse() {
    try (ServerProcess server = ServerProcess.serve(directory.resolve("v.img"), "--size", "4M")) {
      long seed = Seeds.next(BadClientIT.class) & 0x7FFF_FFFF;
      Tool.python(GARBAGE, server.uri(), server.socket(), seed).ok();
      assertThat(server.stop()).as(server.output()).isZero();
    }
  }
}
