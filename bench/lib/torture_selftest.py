"""torture against servers that are broken on purpose: each fault must be found, the right server must pass."""
import os, subprocess, sys, tempfile

from broken_server import FAULTS

SIZE = 24 << 20
KILLING = {"lying-flush", "lying-fua", "torn-sector"}


def run(torture):
    server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "broken_server.py")
    wrong = 0
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    print(f"{'fault':14}{'mode':8}{'expected':10}{'found':8}what torture said")
    for fault in FAULTS:
        for kill in ((False, True) if fault == "none" else (fault in KILLING,)):
            with tempfile.TemporaryDirectory(prefix="torture-", dir=shm) as d:
                sock = f"{d}/s"
                cmd = f"{sys.executable} {server} {sock} {d}/image {SIZE} {fault}"
                args = [torture, "--uri", f"nbd+unix:///?socket={sock}", "--server-cmd", cmd, "--seed", "7"]
                # A broken server ends its run at the first difference; some faults show only after a lucky timing.
                rounds, ops = ("8", "12000") if fault == "none" else ("24", "100000")
                args += ["--kill", rounds, "--kill-seconds", "0.6"] if kill else ["--ops", ops, "--fresh", "--sparse"]
                p = subprocess.run(args, capture_output=True, text=True, timeout=300)
                expected = 0 if fault == "none" else 1
                good = p.returncode == expected and (p.returncode == 0 or p.stdout.count("FAILED seed=7") == 1)
                wrong += not good
                said = next((l for l in p.stdout.splitlines() if l.startswith(("FAILED", "ok"))), (p.stderr or p.stdout)[-300:])
                print(f"{fault:14}{'kill' if kill else 'run':8}{'pass' if not expected else 'fail':10}"
                      f"{('pass' if not p.returncode else 'fail') + ('' if good else ' WRONG'):8}{said[:110]}", flush=True)
    print("self-test: " + ("ok" if not wrong else f"{wrong} wrong"))
    return 1 if wrong else 0
