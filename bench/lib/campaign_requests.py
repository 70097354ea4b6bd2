"""Requests of a campaign: what one is, where in the export it goes, and how chance draws it."""
import collections, errno, random

from shadow import SECTOR


class Op:
    __slots__ = ("number", "kind", "start", "end", "data", "fua", "conn", "group", "racers", "base", "buf",
                 "extents", "seq", "entry", "error")

    def __init__(self, kind, start=0, length=0, data=None, fua=False):
        self.kind, self.start, self.end, self.data, self.fua = kind, start, start + length, data, fua
        self.group = self.entry = self.error = None
        self.racers, self.extents = [], []

    def __str__(self):
        state = "" if self.error is None else " -> ok" if self.error == 0 else f" -> {errno.errorcode.get(self.error, self.error)}"
        return (f"#{self.number} {self.kind}{' FUA' if self.fua else ''} offset={self.start:#x} length={self.end - self.start}"
                f" connection={self.conn}{' clash' if self.group else ''}{state}")


class Group:
    """Mutations in flight over one range whose bytes may end as any of them; settled by a read."""

    def __init__(self, start, end):
        self.start, self.end, self.left, self.members, self.entry, self.old_is_legal = start, end, 0, [], None, False


class Windows:
    """The parts of the export that the campaign uses, laid end to end."""

    def __init__(self, size, span, unit):
        if size <= span:
            self.parts = [(0, 0, size)]
            return
        part = span // 4 // unit * unit
        middles = [2 << 30] if size > (2 << 30) + part else []
        centres = middles + [size // 2, size // 4]
        starts = [0, size - part] + [c // unit * unit - part // 2 for c in centres][:2]
        self.parts, at = [], 0
        for s in sorted(s // unit * unit if s != size - part else s for s in starts):
            if self.parts and s < self.parts[-1][1] + self.parts[-1][2]:
                continue
            self.parts.append((at, s, part))
            at += part

    def size(self):
        return self.parts[-1][0] + self.parts[-1][2]

    def export_offset(self, at):
        return next(e + at - s for s, e, n in self.parts if s <= at < s + n)


class Draw:
    """Chance behind one seed. gentle: no request above 512 KiB."""

    def __init__(self, seed, unit, gentle):
        self.rng, self.unit, self.gentle = random.Random(seed), unit, gentle
        self.pool = random.Random(seed ^ 0x5EED).randbytes((4 << 20) + 8192)
        self.recent = collections.deque(maxlen=64)
        self.minimum, self.windows = 1, None

    def range(self, longest=1 << 62):
        r = self.rng
        if self.recent and r.random() < 0.2:        # the very range of a recent request: stale copies show
            start, length = r.choice(self.recent)
            if length <= longest:
                return start, length
        s, _, n = self.windows.parts[r.randrange(len(self.windows.parts))]
        p = r.random()
        if p < 0.25:
            length = r.randint(1, 700)
        elif p < 0.7:
            length = self.unit * r.randint(1, 8) + (r.randint(-513, 513) if r.random() < 0.4 else 0)
        elif p < 0.97:
            length = r.randint(1, 64 << 10)
        else:
            length = r.randint(1, 3 << 20 if p > 0.997 and not self.gentle else 512 << 10)
        length = max(1, min(length, longest, n))
        hot = min(n, 1 << 20)
        q = r.random()
        start = r.randrange(hot) if q < 0.5 else r.randrange(n) if q < 0.94 else n - length
        a = r.random()
        grain = self.unit if a < 0.45 else SECTOR if a < 0.65 else 1
        grain = max(grain, self.minimum)
        start = min(start, n - length) // grain * grain
        if grain > 1 and q < 0.94:
            length = max(grain, length // grain * grain)
        if self.minimum > 1:
            length = max(self.minimum, length // self.minimum * self.minimum)
        self.recent.append((s + start, min(length, n - start)))
        return self.recent[-1]

    def data(self, length, number):
        r = self.rng
        p = r.random()
        if p < 0.03:
            return bytes(length)
        at = r.randrange(4096)
        data = b"".join([self.pool[at:at + min(length, 4 << 20)]] * (1 + length // (4 << 20)))[:length]
        if length > 16:
            data = number.to_bytes(8, "little") + data[8:]
        if p < 0.12 and length > SECTOR:        # sectors of zeros inside data are not holes
            i = r.randrange(length - SECTOR + 1) // SECTOR * SECTOR
            k = min(length - i, SECTOR * r.randint(1, 9))
            data = data[:i] + bytes(k) + data[i + k:]
        return data
