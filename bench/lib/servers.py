"""Servers under comparison: how each is prepared, started, waited for, watched and stopped."""
import os, shlex, shutil, signal, socket, struct, subprocess, time

REPO = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECRET = "correct horse battery"
LUKS_TRIES = 10
PACKAGES = {"nbdkit": "nbdkit", "qemu-nbd": "qemu-utils", "qemu-img": "qemu-utils", "fio": "fio",
            "nbdcopy": "libnbd-bin", "nbdinfo": "libnbd-bin"}


class Broken(Exception):
    """A server that cannot be prepared, started or trusted."""


def need(tools, install=False):
    """the tools that are missing, after an attempt to install them if that is wanted"""
    missing = [t for t in tools if not shutil.which(t)]
    if missing and install and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", *sorted({PACKAGES[t] for t in missing})], check=False)
        missing = [t for t in tools if not shutil.which(t)]
    return missing


def luks_image(path, size):
    """a LUKS1 image (AES-256-XTS, plain64: what both servers read) with a cheap key derivation, whose timing may fail"""
    make = ["qemu-img", "create", "-q", "-f", "luks", "--object", f"secret,id=s,data={SECRET}",
            "-o", "key-secret=s,iter-time=100", path, str(size)]
    for _ in range(LUKS_TRIES):
        done = subprocess.run(make, check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return
    raise SystemExit(f"peers: qemu-img must make a LUKS image: {done.stderr.strip()}")


def raw_image(path, size):
    with open(path, "wb") as f:
        f.truncate(size)


class Server:
    """One server over one Unix socket; encrypted tells whether its image must not hold plaintext, keeps whether it stores data at all."""

    def __init__(self, label, directory, size, command, prepare=None, encrypted=False, export="", keeps=True):
        self.label, self.size, self.encrypted, self.keeps = label, size, encrypted, keeps
        self.image, self.socket = f"{directory}/{label}.img", f"{directory}/{label}.sock"
        self.uri = f"nbd+unix:///{export}?socket={self.socket}"
        fill = lambda word: word.replace("{image}", self.image).replace("{sock}", self.socket).replace("{size}", str(size))
        self.command, self.prepare = [fill(w) for w in command], prepare
        self.log, self.process, self.pid = f"{directory}/{label}.log", None, None

    def start(self, limit=300):
        if self.prepare and not os.path.exists(self.image):
            self.prepare(self.image, self.size)
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + limit
        while True:
            try:
                self.pid = self.greeted()
                return self
            except OSError as e:
                if self.process.poll() is not None:
                    raise Broken(f"{self.label} ended with {self.process.returncode}: {self.tail()}")
                if time.monotonic() > end:
                    raise Broken(f"{self.label} does not answer within {limit} s ({e}): {self.tail()}")
                time.sleep(0.01)

    def greeted(self):
        """process id of whoever answers on the socket"""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(10)
            s.connect(self.socket)
            if s.recv(8, socket.MSG_WAITALL) != b"NBDMAGIC":
                raise OSError("no NBD greeting")
            return struct.unpack("3i", s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]

    def tail(self):
        with open(self.log, errors="replace") as f:
            return " ".join(f.read().split())[-300:]

    def stop(self):
        if not self.process or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def nbdkit_file(directory, size):
    return Server("nbdkit-file", directory, size, ["nbdkit", "-f", "-U", "{sock}", "file", "{image}"], raw_image)


def nbdkit_luks(directory, size):
    return Server("nbdkit-luks", directory, size, ["nbdkit", "-f", "-U", "{sock}", "--filter=luks", "file", "{image}",
                                                   "passphrase=" + SECRET], luks_image, encrypted=True)


def qemu_raw(directory, size):
    return Server("qemu-raw", directory, size, ["qemu-nbd", "-t", "-e", "64", "-f", "raw", "--discard=unmap",
                                                "-k", "{sock}", "{image}"], raw_image)


def qemu_luks(directory, size):
    return Server("qemu-luks", directory, size, ["qemu-nbd", "-t", "-e", "64", "--discard=unmap", "--object", f"secret,id=s,data={SECRET}",
                                                 "-k", "{sock}", "--image-opts",
                                                 "driver=luks,key-secret=s,file.driver=file,file.discard=unmap,file.filename={image}"],
                  luks_image, encrypted=True)


def keyslot(directory, size, launcher, unit=4096, extra=(), label="keyslot"):
    return Server(label, directory, size, [*shlex.split(launcher), "serve", "{image}", "--size", "{size}", "--unix", "{sock}",
                                           "--data-unit", str(unit), *extra], encrypted=True)


def null(directory, size):
    """what is left when the server does nothing: it neither stores nor encrypts"""
    program = f"{directory}/null-nbd"
    subprocess.run(["gcc", "-O2", "-pthread", "-o", program, f"{REPO}/bench/c/null-nbd.c"], check=True)
    return Server("null", directory, size, [program, "{sock}", str(size >> 20)], keeps=False)


PEERS = {"nbdkit-file": nbdkit_file, "nbdkit-luks": nbdkit_luks, "qemu-raw": qemu_raw, "qemu-luks": qemu_luks}
MAKERS = {**PEERS, "null": null}
