"""From the rows of bench/peers to paired ratios, a Markdown table, the targets, and a plot."""
import argparse, csv, statistics

PLAIN, LUKS = "nbdkit-file", ("nbdkit-luks", "qemu-luks")
GIB = 1 << 30
ALWAYS = (0.0, 1e9)

# load, metric, against, bound, True if at least; what "done" means
TARGETS = [
    *[(f"read-{b}", "rate", PLAIN, 1.0, True) for b in ("1m", "128k")],
    *[(f"write-{b}", "rate", PLAIN, 0.9, True) for b in ("1m", "128k")],
    *[(f"{rw}-{b}", "rate", "luks", 3.0, True) for b in ("1m", "128k") for rw in ("read", "write")],
    *[(f"read-{b}-x4", "rate", PLAIN, 0.95, True) for b in ("1m", "128k")],
    *[(f"write-{b}-x4", "rate", PLAIN, 0.8, True) for b in ("1m", "128k")],
    *[(f"{rw}-{b}-x4", "rate", "luks", 2.5, True) for b in ("1m", "128k") for rw in ("read", "write")],
    ("read-4k-qd32", "rate", PLAIN, 1.3, True), ("write-4k-qd32", "rate", PLAIN, 1.1, True),
    ("read-4k-qd32", "rate", "luks", 2.0, True), ("write-4k-qd32", "rate", "luks", 2.0, True),
    *[(f"{rw}-4k-qd1", "p50", PLAIN, 1.1, False) for rw in ("read", "write")],
    *[(f"{rw}-4k-qd1", "p50", "luks", 1.0, False) for rw in ("read", "write")],
    *[(f"read-{l}", "cpu", PLAIN, 1.3, False) for l in ("1m", "4k-qd32", "4k-qd1")],
    *[(f"write-{l}", "cpu", PLAIN, 1.6, False) for l in ("1m", "4k-qd32", "4k-qd1")],
    *[(f"{rw}-{l}", "cpu", "luks", 0.5, False) for l in ("1m", "4k-qd32", "4k-qd1") for rw in ("read", "write")],
    ("read-1m-unit512", "rate", PLAIN, 0.8, True), ("write-1m-unit512", "rate", PLAIN, 0.7, True),
    ("read-1m-unit512", "rate", "luks", 2.5, True), ("write-1m-unit512", "rate", "luks", 2.5, True),
    *[(f"thrash-64-{rw}", "rate", "keyslot-64slots", 0.9, True) for rw in ("read", "write")],
]
METRICS = {"rate": lambda r: float(r["bytes"]) / float(r["secs"]), "cpu": lambda r: float(r["server_cpu_s"]) / float(r["bytes"]),
           "p50": lambda r: float(r["p50_us"]), "p99": lambda r: float(r["p99_us"])}


class Runs:
    """Rows by load, round and server; several files are rounds of one series."""

    def __init__(self, files):
        self.notes, self.cells, self.loads, self.servers = [], {}, [], []
        for n, name in enumerate(files):
            with open(name) as f:
                lines = f.readlines()
            self.notes += [l[2:].strip() for l in lines if l.startswith("#")]
            for r in csv.DictReader(l for l in lines if not l.startswith("#")):
                self.cells.setdefault(r["load"], {}).setdefault((n, r["round"]), {})[r["server"]] = r
                self.loads += [] if r["load"] in self.loads else [r["load"]]
                self.servers += [] if r["server"] in self.servers else [r["server"]]

    def ours(self, load):
        present = {s for row in self.cells[load].values() for s in row}
        return next((s for s in ("keyslot", "keyslot-512", "keyslot-8slots") if s in present), None)

    def values(self, load, server, metric):
        rows = [row[server] for row in self.cells[load].values() if server in row]
        return [METRICS[metric](r) for r in rows if metric not in ("p50", "p99") or r["p50_us"]]

    def ratios(self, load, metric, against, ours=None):
        """ours divided by theirs within each round; "luks" is the better of the LUKS peers in that round"""
        ours = ours or self.ours(load)
        best = max if metric == "rate" else min
        out = []
        for row in self.cells[load].values():
            others = [row[s] for s in (LUKS if against == "luks" else (against,)) if s in row]
            if ours not in row or not others or metric in ("p50", "p99") and not row[ours]["p50_us"]:
                continue
            theirs = best(METRICS[metric](r) for r in others)
            if theirs:
                out.append(METRICS[metric](row[ours]) / theirs)
        return out


def spread(values, digits=2):
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def amount(runs, load, server):
    v = runs.values(load, server, "rate") if server else []
    if not v:
        return "-"
    row = next(r[server] for r in runs.cells[load].values() if server in r)
    if "4k" in load or "thrash" in load:
        return f"{statistics.median(v) / (float(row['bytes']) / float(row['ops'])) / 1000:.1f} kIOPS"
    return f"{statistics.median(v) / 1e6:.0f} MB/s"


def cost(runs, load, server):
    v = runs.values(load, server, "cpu") if server else []
    if not v:
        return "-"
    row = next(r[server] for r in runs.cells[load].values() if server in r)
    per_op = float(row["bytes"]) / float(row["ops"])
    m = statistics.median(v)
    return f"{m * per_op * 1e6:.1f} µs/op" if "4k" in load or "thrash" in load else f"{m * GIB:.2f} s/GiB"


def micros(runs, load, server, metric):
    v = runs.values(load, server, metric) if server else []
    return f"{statistics.median(v):.0f}" if v else "-"


def table(runs):
    out = ["| load | Keyslot | plain nbdkit | ratio per round, median (min–max) | better LUKS peer | ratio | server CPU | plain | p50/p99 µs | plain | RSS MiB |",
           "|---|---|---|---|---|---|---|---|---|---|---|"]
    for load in runs.loads:
        ours = runs.ours(load)
        if not ours:
            continue
        plain = "keyslot-64slots" if load.startswith("thrash") else PLAIN
        luks = max((s for s in LUKS if runs.values(load, s, "rate")), key=lambda s: statistics.median(runs.values(load, s, "rate")), default=None)
        lat = lambda s: micros(runs, load, s, "p50") + "/" + micros(runs, load, s, "p99")
        rss = [float(row[ours]["rss_mib"]) for row in runs.cells[load].values() if ours in row]
        out.append("| " + " | ".join([load, amount(runs, load, ours), amount(runs, load, plain), spread(runs.ratios(load, "rate", plain)),
                                      amount(runs, load, luks), spread(runs.ratios(load, "rate", "luks")), cost(runs, load, ours),
                                      cost(runs, load, plain), lat(ours), lat(plain), f"{statistics.median(rss):.0f}"]) + " |")
    return "\n".join(out)


def disturbance(runs):
    rows = [r for rounds in runs.cells.values() for row in rounds.values() for r in row.values()]
    most = lambda k: statistics.median(float(r[k]) for r in rows)
    other, steal = most("other"), most("steal")
    warning = "" if other + steal < 0.2 else ": **a busy machine, do not quote these figures**"
    return f"cores used by others while loads ran {other:.2f}, withheld by the hypervisor {steal:.2f} (medians){warning}"


def targets(runs):
    words = {"rate": "throughput", "cpu": "server CPU", "p50": "p50 latency"}
    out = ["| target | wanted | median (min–max) | |", "|---|---|---|---|"]
    for load, metric, against, bound, at_least in TARGETS:
        v = runs.ratios(load, metric, against) if load in runs.cells else []
        if v:
            m = statistics.median(v)
            good = m >= bound if at_least else m <= bound
            whom = {"luks": "better LUKS peer", PLAIN: "plain nbdkit"}.get(against, against)
            out.append(f"| {load}: {words[metric]} against {whom} | {'≥' if at_least else '≤'} {bound:g} | {spread(v)} | {'met' if good else '**missed**'} |")
    return "\n".join(out)


# -- the plot: throughput of each server relative to plain nbdkit, one row per load, whiskers min to max ------
INK, SOFT, GRID = "#1f2328", "#57606a", "#d8dee4"
COLOURS = {"keyslot": "#0b6e4f", "qemu-raw": "#9a6700", "nbdkit-luks": "#8250df", "qemu-luks": "#cf222e"}
NAMES = {"keyslot": "Keyslot (AES-256-XTS)", "qemu-raw": "qemu-nbd raw (plain)", "nbdkit-luks": "nbdkit luks", "qemu-luks": "qemu-nbd LUKS"}


def svg(runs):
    rows = [l for l in runs.loads if not l.startswith("thrash") and runs.ours(l) and runs.ratios(l, "rate", PLAIN)]
    series = {(l, s): runs.ratios(l, "rate", PLAIN, runs.ours(l) if s == "keyslot" else s) for l in rows for s in COLOURS}
    top = max([1.2] + [max(v) for v in series.values() if v])
    left, width, bar, gap, head = 150, 620, 8, 10, 78
    step = len(COLOURS) * bar + gap
    height = head + step * len(rows) + 44
    x = lambda v: left + v / top * width
    font = 'font-family="system-ui, sans-serif"'
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 60} {height}" width="{left + width + 60}" height="{height}">',
           f'<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="16" y="26" {font} font-size="16" font-weight="600" fill="{INK}">Throughput relative to plain nbdkit file</text>']
    at = 16
    for s, colour in COLOURS.items():
        out.append(f'<rect x="{at}" y="40" width="11" height="11" fill="{colour}"/>'
                   f'<text x="{at + 16}" y="50" {font} font-size="12" fill="{SOFT}">{NAMES[s]}</text>')
        at += 34 + 6.6 * len(NAMES[s])
    tick = 0.25 if top <= 2.5 else 0.5
    for i in range(int(top / tick) + 1):
        v = i * tick
        one = abs(v - 1) < 1e-9
        dash = ' stroke-dasharray="5 3"' if one else ""
        out.append(f'<line x1="{x(v):.1f}" x2="{x(v):.1f}" y1="{head - 8}" y2="{height - 34}" stroke="{INK if one else GRID}"'
                   f' stroke-width="{1.4 if one else 1}"{dash}/>'
                   f'<text x="{x(v):.1f}" y="{height - 18}" {font} font-size="11" fill="{SOFT}" text-anchor="middle">{v:g}</text>')
    for i, load in enumerate(rows):
        y = head + i * step
        out.append(f'<text x="{left - 10}" y="{y + step / 2 - gap / 2 + 4:.1f}" {font} font-size="12" fill="{INK}" text-anchor="end">{load}</text>')
        for j, (s, colour) in enumerate(COLOURS.items()):
            v = series[load, s]
            if not v:
                continue
            m, yy = statistics.median(v), y + j * bar
            out.append(f'<rect x="{left}" y="{yy:.1f}" width="{x(m) - left:.1f}" height="{bar - 1}" fill="{colour}"/>'
                       f'<line x1="{x(min(v)):.1f}" x2="{x(max(v)):.1f}" y1="{yy + (bar - 1) / 2:.1f}" y2="{yy + (bar - 1) / 2:.1f}" stroke="{INK}" stroke-width="1"/>')
            if s == "keyslot":
                out.append(f'<text x="{x(max(v)) + 5:.1f}" y="{yy + bar:.1f}" {font} font-size="10.5" font-weight="600" fill="{colour}">{m:.2f}</text>')
    rounds = max(len(runs.cells[l]) for l in rows) if rows else 0
    out.append(f'<text x="16" y="{height - 4}" {font} font-size="10.5" fill="{SOFT}">median of ratios within a round, whiskers min to max, '
               f'{rounds} interleaved rounds; dashed: plain nbdkit = 1</text></svg>')
    return "\n".join(out) + "\n"


def main(argv):
    p = argparse.ArgumentParser(prog="peers summarize")
    p.add_argument("csv", nargs="+")
    p.add_argument("--md")
    p.add_argument("--svg")
    a = p.parse_args(argv)
    runs = Runs(a.csv)
    text = "\n".join(["", *(f"- {n}" for n in runs.notes), f"- {disturbance(runs)}", "", table(runs), ""])
    hit = targets(runs)
    text += "\n" + hit + "\n" if hit.count("\n") > 1 else ""
    print(text)
    for name, content in ((a.md, text.lstrip()), (a.svg, svg(runs))):
        if name:
            with open(name, "w") as f:
                f.write(content)
    return 0
