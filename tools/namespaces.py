"""Network namespaces joined by veth pairs, and the processes in them: what the demo and the system tests stand on.

Needs root and iproute2. No namespace has a route out. Whatever happens, leaving the `with` block ends the processes that
were started and removes the namespaces.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# What raw sockets see must be as it was sent: no merging, no cutting, checksums filled in, VLAN tags in the frame.
OFFLOADS = ("tso", "gso", "gro", "tx", "txvlan")


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True, capture_output=True, text=True)


def alone():
    """Starts this program again with mounts of its own: an empty bpffs and an empty list of namespaces. Nothing that it
    pins or names is seen by others, and all of it goes with it, even when it is killed."""
    if os.environ.get("BELLROCK_ALONE") != str(os.getpid()):
        mounts = 'export BELLROCK_ALONE=$$; mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ' \
                 'mount -t bpf bpf /sys/fs/bpf && exec "$@"'
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts, "alone",
                              sys.executable, "-B", *sys.argv])


class Namespaces:
    def __init__(self, prefix="bellrock"):
        self.prefix = prefix
        self.tag = f"{os.getpid() % 100000}x{time.monotonic_ns() % 1000}"
        self.namespaces = []
        self.processes = []

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix=f"bellrock-{self.prefix}-"))
        os.chmod(self.directory, 0o755)
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def build(self):
        """What a kind of stage makes; for those that derive from this."""

    def __exit__(self, *_):
        for process in reversed(self.processes):
            stop(process)
        for namespace in self.namespaces:
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def add(self, name):
        """A new namespace, by its full name."""
        namespace = f"{self.prefix}-{name}{self.tag}"
        ip("netns", "add", namespace)
        self.namespaces.append(namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
        return namespace

    def join(self, one, other):
        """A veth pair between two sides (namespace, interface, addresses …); an address is written with its length."""
        (namespace, interface, *_), (other_namespace, other_interface, *_) = one, other
        ip("link", "add", interface, "netns", namespace, "type", "veth",
           "peer", "name", other_interface, "netns", other_namespace)
        for side, link, *addresses in (one, other):
            self.run_in(side, "ethtool", "-K", link, *(word for name in OFFLOADS for word in (name, "off")))
            for address in addresses:
                nodad = ("nodad",) if ":" in address else ()
                ip("-n", side, "address", "add", address, "dev", link, *nodad)
            ip("-n", side, "link", "set", link, "up")

    def command_in(self, namespace, *command):
        # Not `ip netns exec`, which hides bpffs behind a new /sys.
        return ["nsenter", f"--net=/run/netns/{namespace}", *map(str, command)]

    def run_in(self, namespace, *command, **options):
        return subprocess.run(self.command_in(namespace, *command), check=True, capture_output=True, text=True, **options)

    def start(self, namespace, *command, **options):
        """Starts a process that ends with the block."""
        log = open(self.directory / f"{pathlib.Path(str(command[0])).name}.log", "ab")
        options = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, "start_new_session": True, **options}
        process = subprocess.Popen(self.command_in(namespace, *command), **options)
        log.close()
        self.processes.append(process)
        return process


def wait_until(holds, what, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not start within {seconds} s")
        time.sleep(0.05)


def stop(process):
    """Ends a process and the session it leads."""
    if process.poll() is None:
        for sign, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, sign)
                process.wait(seconds)
                break
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
