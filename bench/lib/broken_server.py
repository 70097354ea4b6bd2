"""A small NBD server that is right, or wrong in one chosen way: what torture --self-test must see through.

    broken_server.py SOCKET IMAGE SIZE FAULT [SEED]

Threads per connection, one lock around each mutation, fixed newstyle, structured replies, base:allocation.
"""
import os, random, socket, struct, sys, threading, time

FAULTS = {
    "none": "right in everything",
    "lost-write": "one write in 100 is answered and not done",
    "lost-zero": "one zeroing in 20 is answered and not done",
    "lost-trim": "one trim in 20 is answered and not done",
    "wide-trim": "trims are rounded outwards to 512 bytes",
    "short-write": "one write in 40 loses its last bytes",
    "wrong-hole": "one block status in 20 calls everything a hole",
    "stale-read": "each connection keeps a few blocks that it read",
    "unit-race": "read-modify-write of 4096-byte units without a lock",
    "noise": "a write first leaves noise for a moment, and reads do not wait",
    "fast-zero": "a fast zero is refused after half of it was done",
    "no-bounds": "requests beyond the end are accepted",
    "bit-flip": "one read in 100 has one wrong bit",
    "swapped": "the answers of two connections' reads are swapped at times",
    "not-sparse": "zeroes and trims store zeros and report data",
    "dirty-start": "a volume never written reads noise somewhere",
    "lying-flush": "flush and FUA answer at once, data follows up to 0.4 s later",
    "lying-fua": "FUA is taken as a plain write; flush is honest",
    "torn-sector": "a write reaches the file in two pieces that end inside a sector",
}
READ, WRITE, DISC, FLUSH, TRIM, _, ZEROES, STATUS = range(8)
EPERM, EIO, EINVAL, ENOSPC, ENOTSUP = 1, 5, 22, 28, 95
FLAGS = 1 | 4 | 8 | 32 | 64 | 128 | 256 | 2048          # FLUSH FUA TRIM ZEROES DF MULTI_CONN FAST_ZERO


class Server:
    def __init__(self, image, size, fault, seed):
        self.fd = os.open(image, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self.fd).st_size == 0:
            os.truncate(self.fd, size)
            if fault == "dirty-start":
                os.pwrite(self.fd, b"noise", 70000)
        self.size, self.fault, self.lock = size, fault, threading.RLock()
        self.rng, self.holes, self.late, self.data_blocks, self.last = random.Random(seed), None, [], set(), None
        if fault in ("lying-flush", "lying-fua"):
            self.ram = bytearray(os.pread(self.fd, size, 0))
            threading.Thread(target=self.write_late, daemon=True).start()

    def chance(self, n):
        return self.rng.randrange(n) == 0

    # -- the store; late faults keep it in memory ----------------------------------------------------------
    def get(self, n, at):
        if self.fault in ("lying-flush", "lying-fua"):
            return bytes(self.ram[at:at + n])
        return os.pread(self.fd, n, at)

    def put(self, data, at, fua):
        if self.fault in ("lying-flush", "lying-fua"):
            self.ram[at:at + len(data)] = data
            self.late.append((time.monotonic() + 0.4, data, at))
        elif self.fault == "torn-sector" and len(data) > 300:
            os.pwrite(self.fd, data[:300], at)
            time.sleep(0.002)
            os.pwrite(self.fd, data[300:], at + 300)
        else:
            os.pwrite(self.fd, data, at)

    def write_late(self):
        while True:
            with self.lock:
                while self.late and self.late[0][0] < time.monotonic():
                    self.write_first()
            time.sleep(0.01)

    def write_first(self):
        _, data, at = self.late.pop(0)
        os.pwrite(self.fd, data, at)

    def flush(self):
        with self.lock:
            while self.late and self.fault == "lying-fua":
                self.write_first()

    # -- commands ------------------------------------------------------------------------------------------
    def read(self, at, n, cache):
        if self.fault == "noise":
            return os.pread(self.fd, n, at)
        with self.lock:
            data = self.get(n, at)
            if self.fault == "stale-read":
                data = cache.setdefault((at, n), data)
                if self.chance(4):
                    cache.clear()
            if self.fault == "bit-flip" and n < 1 << 20 and self.chance(100):
                i = self.rng.randrange(n)
                data = data[:i] + bytes([data[i] ^ 0x10]) + data[i + 1:]
            if self.fault == "swapped":
                other, self.last = self.last, data
                if other is not None and len(other) == n and self.chance(3):
                    return other
            return data

    def write(self, at, data, fua):
        f = self.fault
        if f == "lost-write" and self.chance(100):
            return
        if f == "short-write" and len(data) > 1000 and self.chance(40):
            data = data[:-self.rng.randint(1, 600)]
        if f == "unit-race":
            lo, hi = at // 4096 * 4096, min(-(-(at + len(data)) // 4096) * 4096, self.size)
            unit = bytearray(self.get(hi - lo, lo))
            time.sleep(0.0005)
            unit[at - lo:at - lo + len(data)] = data
            return self.put(bytes(unit), lo, fua)
        if f == "noise":
            os.pwrite(self.fd, os.urandom(len(data)), at)
            time.sleep(0.0005)
        with self.lock:
            self.put(data, at, fua)
            self.data_blocks.update(range(at // 4096, -(-(at + len(data)) // 4096)))

    def zero(self, at, n, fast, trim):
        f = self.fault
        if fast and f == "fast-zero":
            with self.lock:
                self.put(bytes(n // 2), at, False)
            return ENOTSUP
        if (f == "lost-trim" and trim or f == "lost-zero" and not trim) and self.chance(20):
            return 0
        if trim and f == "wide-trim":
            end = min(self.size, -(-(at + n) // 512) * 512)
            at = at // 512 * 512
            n = end - at
        with self.lock:
            self.put(bytes(n), at, False)
            self.data_blocks.update(range(at // 4096, -(-(at + n) // 4096)))
        return 0

    def extents(self, at, n):
        if self.fault == "wrong-hole" and self.chance(20):
            return [(n, 3)]
        out = []
        with self.lock:
            while n:
                k = min(n, 4096 - at % 4096)
                hole = not any(self.get(k, at)) and not (self.fault == "not-sparse" and at // 4096 in self.data_blocks)
                flags = 3 if hole else 0
                if out and out[-1][1] == flags:
                    out[-1] = (out[-1][0] + k, flags)
                else:
                    out.append((k, flags))
                at, n = at + k, n - k
        return out

    # -- the protocol --------------------------------------------------------------------------------------
    def serve(self, s):
        f = s.makefile("rb")
        try:
            if self.handshake(s, f):
                self.transmission(s, f)
        except (OSError, struct.error):
            pass
        finally:
            s.close()

    def handshake(self, s, f):
        s.sendall(b"NBDMAGICIHAVEOPT" + struct.pack(">H", 3))
        f.read(4)
        while True:
            _, option, n = struct.unpack(">8sII", f.read(16))
            body = f.read(n)
            reply = lambda kind, data=b"": s.sendall(struct.pack(">QIII", 0x3E889045565A9, option, kind, len(data)) + data)
            if option == 8:                                     # STRUCTURED_REPLY
                reply(1)
            elif option in (9, 10):                             # LIST / SET_META_CONTEXT
                reply(4, struct.pack(">I", 1) + b"base:allocation")
                reply(1)
            elif option in (6, 7):                              # INFO / GO
                reply(3, struct.pack(">HQH", 0, self.size, FLAGS))
                reply(1)
                if option == 7:
                    return True
            elif option == 2:                                   # ABORT
                reply(1)
                return False
            else:
                reply(0x80000001)

    def transmission(self, s, f):
        cache = {}
        while True:
            _, flags, kind, handle, at, n = struct.unpack(">IHHQQI", f.read(28))
            data = f.read(n) if kind == WRITE else b""
            fua, error, payload = flags & 1, 0, None
            if kind == DISC:
                return
            if kind not in (FLUSH,) and at + n > self.size:
                if self.fault != "no-bounds":
                    error = EINVAL if kind in (READ, STATUS) else ENOSPC
            elif kind == READ:
                payload = (1, struct.pack(">Q", at) + self.read(at, n, cache))
            elif kind == WRITE:
                self.write(at, data, fua)
            elif kind in (TRIM, ZEROES):
                error = self.zero(at, n, flags & 16, kind == TRIM)
            elif kind == FLUSH:
                self.flush()
            elif kind == STATUS:
                payload = (5, struct.pack(">I", 1) + b"".join(struct.pack(">II", *e) for e in self.extents(at, n)))
            if fua and kind != READ and self.fault != "lying-fua":
                self.flush()
            if error:
                payload = (0x8001, struct.pack(">IH", error, 0))
            kind_, body = payload or (0, b"")
            s.sendall(struct.pack(">IHHQI", 0x668E33EF, 1, kind_, handle, len(body)) + body)


def main():
    path, image, size, fault = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    server = Server(image, size, fault, int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    if os.path.exists(path):
        os.unlink(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(64)
    while True:
        s, _ = listener.accept()
        threading.Thread(target=server.serve, args=(s,), daemon=True).start()


if __name__ == "__main__":
    main()
