"""Servers at one end of a veth pair and wrk at the other, each with a core of its own: what serve_cost.py stands on.

A server says what a request cost it: the processes' CPU (user and system), or, for an edge, the cycles of its busy polls.
Each checks that as many beacons were counted as the client was answered; those whose answer the client did not wait for
at its end, one for each connection, may be more.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import namespaces  # noqa: E402
from namespaces import Namespaces, wait_until  # noqa: E402

ADDRESS, CLIENT, AGENT = "192.0.2.1", "192.0.2.2", "127.0.0.1:9481"
SERVER_CORE, CLIENT_CORE = 0, 1
CONNECTIONS = 64
VISITORS = 512
BODY_BYTES = 700
BROWSERS = 64  # that send other header lines
NUMBER = "#" * 10  # a beacon's on its page view, written when it is sent (beacons.lua): what comes twice is dropped
TICKS = os.sysconf("SC_CLK_TCK")


def prefer(process):
    """Other work of this machine comes after this session: what is preempted in the middle of its work looks busy."""
    os.setpriority(os.PRIO_PROCESS, process.pid, -19)
    group = pathlib.Path(f"/proc/{process.pid}/autogroup")
    if group.exists():
        group.write_text("-19")
    return process


def request(visitor, name, closes):
    """bench/serve/requests.h makes the same."""
    head, body = (HERE / "beacon.http").read_text().rstrip("\n").split("\n\n")

    def filled(text):
        for what, by in (("ID", 1_000_000 + visitor), ("CONNECTION", "close" if closes else "keep-alive"), ("NAME", name),
                         ("DUR", 100 + visitor % 900), ("COUNT", NUMBER), ("LENGTH", BODY_BYTES), ("KIND", 10 + visitor % BROWSERS)):
            text = text.replace(f"@{what}@", str(by))
        return text
    body = filled(body)
    body = body.replace("@NOTE@", "x" * (BODY_BYTES - len(body) + len("@NOTE@")))
    return filled(head).replace("\n", "\r\n") + "\r\n\r\n" + body


class Link(Namespaces):
    """The veth pair, and a client."""

    def __init__(self, binaries):
        super().__init__("serve-bench")
        self.binaries = binaries

    def build(self):
        self.server_side, self.client_side = self.add("server"), self.add("client")
        self.interface, self.client_interface = f"bs{self.tag}", f"bc{self.tag}"
        self.join((self.server_side, self.interface), (self.client_side, self.client_interface, f"{CLIENT}/24"))
        # A connection for each request needs many ports in a second.
        self.run_in(self.client_side, "sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535")
        for closes in (False, True):
            all_requests = [request(i // 2, ("lookup.begun", "lookup.shown")[i % 2], closes) for i in range(2 * VISITORS)]
            self.requests(closes).write_text("\0".join(all_requests) + "\0", newline="")

    def requests(self, closes):
        return self.directory / ("requests-close" if closes else "requests-keep")

    def address_server(self):
        self.run_in(self.server_side, "ip", "address", "add", f"{ADDRESS}/24", "dev", self.interface)

    def start_on_core(self, core, *command, **options):
        return self.start(self.server_side, "taskset", "-c", core, *command, **options)

    def answers(self):
        command = self.command_in(self.client_side, "curl", "-s", "-m", 2, "-o", "/dev/null", "-w", "%{http_code}", "-d",
                                  request(0, "lookup.other", False).split("\r\n\r\n")[1].replace(NUMBER, "1"), f"http://{ADDRESS}/rum")
        return subprocess.run(command, capture_output=True, text=True).stdout == "204"

    def wait_for_answers(self, what):
        wait_until(self.answers, what, 20)

    def load(self, seconds, closes):
        """Runs the client; how many answers it got."""
        command = self.command_in(self.client_side, "taskset", "-c", CLIENT_CORE, "wrk", "-t", 1, "-c", CONNECTIONS, "-d",
                                  f"{seconds}s", "-s", HERE / "beacons.lua", f"http://{ADDRESS}/rum", "--",
                                  self.requests(closes))
        client = prefer(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                         start_new_session=True))
        said = client.communicate(timeout=seconds + 30)[0]
        found = re.search(r"^(\{.*\})$", said, re.MULTILINE)
        if not found:
            raise RuntimeError(f"wrk: {said}")
        summary = json.loads(found[1])
        wrong = {name: summary[name] for name in ("connect", "read", "write", "status", "timeout") if summary[name]}
        if wrong or summary["requests"] == 0:
            raise RuntimeError(f"the client met errors: {summary}")
        return summary


def said_by_client(summary):
    return {"per_second": summary["requests"] / summary["seconds"], "p50_us": summary["p50_us"], "p99_us": summary["p99_us"]}


def check_count(what, counted, answered):
    if not answered <= counted <= answered + CONNECTIONS:
        raise RuntimeError(f"{what}: the client has {answered} answers, and {counted} beacons are counted")


def processes(parent):
    """A process and its children."""
    found = [parent]
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


class KernelServer(Link):
    """A server on the kernel's TCP: CPU of its processes for a request."""

    def measure(self, seconds, closes):
        pids = processes(self.server.pid)
        before = cpu_seconds(pids)
        summary = self.load(seconds, closes)
        cpu = cpu_seconds(pids) - before
        self.finish(summary["requests"])
        return {"us": cpu / summary["requests"] * 1e6, **said_by_client(summary)}


class Nginx(KernelServer):
    CONFIG = """worker_processes 1; daemon off; error_log stderr; pid {d}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
  server {{ listen 80; location / {{ return 204; }} }}
}}
"""

    def build(self):
        super().build()
        self.address_server()
        config = self.directory / "nginx.conf"
        config.write_text(self.CONFIG.format(d=self.directory))
        self.server = prefer(self.start_on_core(SERVER_CORE, "nginx", "-c", config))
        self.wait_for_answers("nginx")

    def finish(self, answered):
        """Counts nothing; the client has seen the answers' statuses."""


class EpollServer(KernelServer):
    def build(self):
        super().build()
        self.address_server()
        self.server = prefer(self.start_on_core(SERVER_CORE, self.binaries / "epoll_server", "80",
                                                stdout=subprocess.PIPE, text=True))
        self.wait_for_answers("epoll_server")

    def finish(self, answered):
        self.server.terminate()
        said = json.loads(self.server.communicate(timeout=5)[0])
        check_count("epoll_server", said["beacons"] - 1, answered)  # one was curl's
        check_count("epoll_server", said["answers"] - 1, answered)
        if not answered - CONNECTIONS <= 2 * said["shown"] <= answered + 2 * CONNECTIONS:
            raise RuntimeError(f"epoll_server: its histogram holds {said['shown']} of {answered}")


class Edge(Link):
    """An edge that serves: cycles of its busy polls for a request, and the part of them that the port took. Beside them
    the CPU of the process, which polls when there is nothing to do as well."""
    CONFIG = """apiVersion: bellrock/v1
kind: Edge
spec:
  mode: terminate
  port: {port}
  terminate: {{addresses: [{address}], requests_per_connection: 0}}
---
apiVersion: bellrock/v1
kind: Agent
spec: {{node: bench, board: {board}, state_directory: {d}/agent, central: "http://127.0.0.1:8480", listen: "{agent}"}}
"""

    def __init__(self, binaries, port, cycles_per_second):
        super().__init__(binaries)
        self.port, self.cycles_per_second = port, cycles_per_second

    def build(self):
        super().build()
        config = self.directory / "config"
        shutil.copytree(ROOT / "config" / "shop", config)
        shutil.copy(HERE / "journey.yaml", config)
        self.board = pathlib.Path("/dev/shm") / f"{self.directory.name}.board"
        (config / "processes.yaml").write_text(self.CONFIG.format(
            port=json.dumps(self.port_config()), address=ADDRESS, board=self.board, d=self.directory, agent=AGENT))
        self.start_on_core(CLIENT_CORE, self.binaries / "bellrock-agent", "--config", config)
        self.edge = prefer(self.start_on_core(SERVER_CORE, self.binaries / "bellrock-edge", "--board", self.board,
                                              "--wait", "20s"))
        self.wait_for_answers("bellrock-edge")

    def port_config(self):
        driver, _, options = self.port.partition(",")
        if self.port == "af_xdp":
            return {"xdp": {"interface": self.interface}}
        device = f"--vdev=net_{driver}0,iface={self.interface}" + (f",{options}" if options else "")
        return {"eal": ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry", device]}

    def __exit__(self, *error):
        super().__exit__(*error)
        if hasattr(self, "board"):
            self.board.unlink(missing_ok=True)

    def metrics(self):
        text = self.run_in(self.server_side, "curl", "-s", "-m", 5, f"http://{AGENT}/metrics").stdout
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line[:1] != "#"}

    def settled(self, at_least):
        """The agent's counts, once they have stopped moving."""
        last, end = {}, time.monotonic() + 15
        while time.monotonic() < end:
            now = self.metrics()
            beacons = now.get("bellrock_beacons_accepted_total", 0)
            if beacons >= at_least and now.get("bellrock_busy_cycles_total") == last.get("bellrock_busy_cycles_total"):
                return now
            last = now
            time.sleep(1.1)
        raise RuntimeError(f"the edge's counts do not settle: {last.get('bellrock_beacons_accepted_total')} of {at_least}")

    def measure(self, seconds, closes):
        before, cpu = self.settled(1), cpu_seconds([self.edge.pid])
        summary = self.load(seconds, closes)
        cpu = cpu_seconds([self.edge.pid]) - cpu
        after = self.settled(before["bellrock_beacons_accepted_total"] + summary["requests"])

        def moved(name):
            return after.get(f"bellrock_{name}_total", 0) - before.get(f"bellrock_{name}_total", 0)
        check_count(self.port, moved("beacons_accepted"), summary["requests"])
        if moved("beacons_seen") != moved("beacons_accepted"):
            raise RuntimeError(f"{self.port}: beacons were rejected")
        requests, cycles = moved("beacons_accepted"), self.cycles_per_second
        busy, port = moved("busy_cycles") / cycles / requests * 1e6, moved("port_cycles") / cycles / requests * 1e6
        return {"us": busy, "port_us": port, "outside_us": busy - port, "frames": moved("packets") / requests,
                "loop_us": cpu / requests * 1e6, **said_by_client(summary)}


def cycles_per_second(binaries):
    """Of the time stamp counter, against the clock."""
    return float(subprocess.run([binaries / "epoll_server", "cycles"], check=True, capture_output=True, text=True).stdout)
