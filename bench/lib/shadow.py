"""What a volume may hold: the shadow copy of a campaign, and the legal outcomes of what is uncertain.

Offsets here are shadow offsets: the windows of the export laid end to end. A byte is certain unless a
mutation of it is in flight, clashes with another one, or (after a kill) was not yet made durable.
"""
from itertools import permutations

SECTOR = 512


class Failure(Exception):
    """The server gave an outcome that no legal order of the requests can give."""


class Mutation:
    """One write, trim or zeroing: after it the bytes [start, end) are `data`."""
    __slots__ = ("start", "end", "data", "what")

    def __init__(self, start, data, what=""):
        self.start, self.end, self.data, self.what = start, start + len(data), data, what


class Entry:
    """Mutations that ran together (one, or a clash), in the order in which they became known."""
    __slots__ = ("members", "seq", "acked", "fua", "final_start", "final")

    def __init__(self, members, fua):
        self.members, self.fua = members, fua
        self.acked, self.seq, self.final = False, None, None

    def settle(self, start, final):
        self.final_start, self.final = start, final

    def apply(self, image):
        if self.final is not None:
            image[self.final_start:self.final_start + len(self.final)] = self.final
        else:
            for m in self.members:
                image[m.start:m.end] = m.data

    def steps(self, sector, content):
        """every content of the sector on the way through this entry, and the ones at its end"""
        on_way, ends = set(), set()
        for order in permutations(self.members):
            now = content
            for m in order:
                now = patched(sector, now, m.start, m.data)
                on_way.add(now)
            ends.add(now)
        if self.final is not None:
            ends = {patched(sector, content, self.final_start, self.final)}
        return on_way | ends, ends


def patched(sector, content, start, data):
    lo, hi = sector * SECTOR, (sector + 1) * SECTOR
    a, b = max(lo, start), min(hi, start + len(data))
    if a >= b:
        return content
    if a == lo and b == hi:
        return bytes(data[a - start:b - start])
    return content[:a - lo] + bytes(data[a - start:b - start]) + content[b - lo:]


def illegal(start, got, base, mutations):
    """index of the first byte of `got` that is neither base's nor that of any mutation; -1 if none"""
    if got == base:
        return -1
    end = start + len(got)
    cuts = sorted({start, end, *(min(max(x, start), end) for m in mutations for x in (m.start, m.end))})
    for a, b in zip(cuts, cuts[1:]):
        piece, choices = got[a - start:b - start], [] if base is None else [base[a - start:b - start]]
        choices += [m.data[a - m.start:b - m.start] for m in mutations if m.start <= a and b <= m.end]
        if any(piece == c for c in choices):
            continue
        for i, byte in enumerate(piece):
            if not any(c[i] == byte for c in choices):
                return a - start + i
    return -1


def first_difference(a, b):
    lo, hi = 0, min(len(a), len(b))
    while hi - lo > 64:                     # halve with memcmp, then look
        mid = (lo + hi) // 2
        if a[lo:mid] == b[lo:mid]:
            lo = mid
        else:
            hi = mid
    return next(i for i in range(lo, hi) if a[i] != b[i])


class Shadow:
    """`now` is what a read must give; `durable` and the log say what a killed server may come back with."""

    def __init__(self, content, keep_log):
        self.now, self.keep_log = bytearray(content), keep_log
        self.durable = bytearray(content) if keep_log else None
        self.log = []

    def record(self, entry):
        if self.keep_log:
            self.log.append(entry)

    def flushed(self, before):
        """a flush sent at step `before` was acknowledged; entries still in flight share no sector with acknowledged ones"""
        keep = []
        for e in self.log:
            if e.acked and e.seq < before:
                e.apply(self.durable)
            else:
                keep.append(e)
        self.log = keep

    def crash_difference(self, got):
        """None, or (offset, sector's legal contents) of the first sector that is neither old nor new"""
        touched = {}
        for e in self.log:
            for s in {s for m in e.members for s in range(m.start // SECTOR, (m.end - 1) // SECTOR + 1)}:
                touched.setdefault(s, []).append(e)
        expected = bytearray(self.durable)
        for s, entries in sorted(touched.items()):
            lo = s * SECTOR
            have = bytes(got[lo:lo + SECTOR])
            tips = legal = {bytes(self.durable[lo:lo + SECTOR])}
            for e in entries:
                walks = [e.steps(s, t) for t in tips]
                ends = set().union(*(w[1] for w in walks))
                if e.acked and e.fua:
                    tips = legal = ends
                else:
                    legal = legal.union(*(w[0] for w in walks))
                    tips = ends if e.acked else tips | ends
            if have not in legal:
                return lo, legal
            expected[lo:lo + SECTOR] = have
        if expected != got:
            at = first_difference(expected, got)
            return at // SECTOR * SECTOR, {bytes(expected[at // SECTOR * SECTOR:][:SECTOR])}
        return None

    def pin(self, content):
        self.now, self.durable, self.log = bytearray(content), bytearray(content), []
