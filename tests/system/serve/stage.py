"""An edge that serves, with its agent and centre in one namespace, and a client's end of a veth pair in another; between
them, if wished, the impairing forwarder in a third. Needs root."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import namespaces  # noqa: E402
from namespaces import Namespaces, wait_until  # noqa: E402

SERVER, SERVER6, CLIENT, CLIENT6 = "192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2"
PORTS = ("af_packet", "af_xdp")
AGENT = "127.0.0.1:9481"  # in the edge's namespace, like the centre
CONFIG = """apiVersion: bellrock/v1
kind: Edge
spec:
  mode: terminate
  workers: {workers}
  port: {port}
  terminate: {terminate}
  limits: {{connections_per_core: {connections}}}
---
apiVersion: bellrock/v1
kind: Agent
spec:
  node: tested
  board: {board}
  state_directory: {directory}/agent
  central: http://127.0.0.1:8480
  listen: {agent}
  harvest_interval: 20ms
---
apiVersion: bellrock/v1
kind: Central
spec:
  listen: 127.0.0.1:8480
  database: {directory}/central.db
"""


def beacon(**fields):
    """A native beacon of a search that was shown, with these fields changed."""
    return json.dumps({"v": 1, "sid": "visitor-1", "ts": 1, "type": "step", "page": "/search", "name": "search.results",
                       "dur": 12, "ok": True, "attrs": {"result_count": 3}, **fields})


class Stage(Namespaces):
    def __init__(self, binaries, port, impairment=None, workers=1, connections=65536, **terminate):
        """`port`: af_packet or af_xdp. `impairment`: options of bellrock-impair."""
        super().__init__("serve")
        self.binaries, self.port, self.impairment = binaries, port, impairment
        self.workers, self.connections = workers, connections
        self.terminate = {"addresses": [SERVER, SERVER6], **terminate}

    def build(self):
        self.edge_side, self.client_side = self.add("edge"), self.add("client")
        self.interface = f"se{self.tag}"
        client = (self.client_side, f"sc{self.tag}", f"{CLIENT}/24", f"{CLIENT6}/64")
        if self.impairment is None:
            self.join((self.edge_side, self.interface), client)
        else:
            self.middle = self.add("middle")
            near, far = f"sn{self.tag}", f"sf{self.tag}"
            self.join(client, (self.middle, near))
            self.join((self.edge_side, self.interface), (self.middle, far))
            self.start(self.middle, self.binaries / "bellrock-impair", near, far, *self.impairment)
            log = self.directory / "bellrock-impair.log"
            wait_until(lambda: "forwarding" in log.read_text(), "bellrock-impair")
        self.board = pathlib.Path("/dev/shm") / f"{self.directory.name}.board"
        self.configure()
        for name in ("bellrock-central", "bellrock-agent"):
            self.start(self.edge_side, self.binaries / name, "--config", self.directory / "config")
        self.start_edge()

    def configure(self):
        config = self.directory / "config"
        shutil.copytree(ROOT / "config" / "shop", config)
        eal = ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry",
               f"--vdev=net_af_packet0,iface={self.interface},qpairs={self.workers}"]
        port = {"xdp": {"interface": self.interface}} if self.port == "af_xdp" else {"eal": eal}
        (config / "processes.yaml").write_text(CONFIG.format(
            workers=self.workers, port=json.dumps(port), terminate=json.dumps(self.terminate), connections=self.connections,
            board=self.board, directory=self.directory, agent=AGENT))

    def start_edge(self):
        self.edge = self.start(self.edge_side, self.binaries / "bellrock-edge", "--board", self.board, "--wait", "20s")
        # Each try is a connection of its own: a SYN that comes too early is repeated after 1, 2, 3, 4, 5 and 7 s only.
        wait_until(lambda: self.curl("/healthz", "-o", "/dev/null", "-m", 0.5) == "200" or self.check_alive(), "bellrock-edge", 30)

    def check_alive(self):
        for process in self.processes:
            if process.poll() is not None:
                raise RuntimeError("a process ended too early\n" + self.logs())

    def __exit__(self, *error):
        super().__exit__(*error)
        if hasattr(self, "board"):
            self.board.unlink(missing_ok=True)

    def logs(self):
        files = sorted(self.directory.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in files)

    def client(self, *command, **options):
        return subprocess.run(self.command_in(self.client_side, *command), capture_output=True, text=True, timeout=1_000, **options)

    def curl(self, path, *options, address=SERVER):
        """The status; everything else goes where the options say."""
        host = f"[{address}]" if ":" in address else address
        return self.client("curl", "-s", "-m", 60, "-w", "%{http_code}", *options, f"http://{host}{path}").stdout[-3:]

    def metrics(self):
        text = subprocess.run(self.command_in(self.edge_side, "curl", "-s", "-m", 5, f"http://{AGENT}/metrics"),
                              capture_output=True, text=True).stdout
        found = {}
        for line in text.splitlines():
            match = re.match(r'(bellrock_\w+?)(?:_total)?(?:{\w+="([^"]*)"(?:,journey="([^"]*)")?})? (\d+)$', line)
            if match:
                name = match[1] + (f".{match[2]}" if match[2] else "") + (f".{match[3]}" if match[3] else "")
                found[name] = int(match[4])
        return found

    def count(self, name):
        return self.metrics().get(f"bellrock_{name}", 0)

    def wait_for_count(self, name, expected, seconds=20):
        """Counts reach the agent with the harvest. Everything that must hold at every moment is looked at meanwhile."""
        end = time.monotonic() + seconds
        while True:
            metrics = self.metrics()
            broken = [key for key, value in metrics.items() if key.startswith("bellrock_conservation_broken") and value]
            if broken:
                raise SystemExit(f"conservation is broken: {broken}")
            found = metrics.get(f"bellrock_{name}", 0)
            if found == expected or time.monotonic() > end:
                return found
            time.sleep(0.1)

    def settled(self, name):
        """A count, once it does not change any more."""
        last = -1
        for _ in range(100):
            found = self.wait_for_count(name, last, 1)
            if found == last:
                return found
            last = found
        raise SystemExit(f"{name} does not settle")

    def expect_count(self, name, expected, seconds=20):
        found = self.wait_for_count(name, expected, seconds)
        if found != expected:
            raise SystemExit(f"{self.port}: {name} is {found}, expected {expected}\n{self.logs()}")


def xdp_statistics(pid):
    """What the kernel says of each AF_XDP socket of a process: struct xdp_statistics of linux/if_xdp.h."""
    xdp, statistics, get_descriptor = 283, 7, 438  # SOL_XDP, XDP_STATISTICS, pidfd_getfd
    names = ("rx_dropped", "rx_invalid", "tx_invalid", "rx_ring_full", "rx_fill_ring_empty", "tx_ring_empty")
    process, found = os.pidfd_open(pid), []
    for entry in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{entry}").startswith("socket:"):
            continue
        descriptor = ctypes.CDLL(None).syscall(get_descriptor, process, int(entry), 0)
        with socket.socket(44, socket.SOCK_RAW, 0, fileno=descriptor) as copy:  # AF_XDP, which Python cannot ask it for
            try:
                found.append(dict(zip(names, struct.unpack("6Q", copy.getsockopt(xdp, statistics, 48)))))
            except OSError:
                pass  # of another family
    os.close(process)
    return found


def expect_no_refused_buffers(on):
    """A buffer that the kernel refuses is lost to the edge for ever."""
    sockets = xdp_statistics(on.edge.pid)
    if len(sockets) != (on.workers if on.port == "af_xdp" else 0) or any(one["rx_invalid"] + one["tx_invalid"] for one in sockets):
        raise SystemExit(f"{on.port}: the kernel refused buffers that the edge gave it: {sockets}")


def alone():
    """Pins and namespaces of this test's own (tools/namespaces.py)."""
    namespaces.alone()


def binaries(parser):
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(os.path.abspath(text)))
