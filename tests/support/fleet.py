"""Agent, edge and centre as processes of their own, for system tests. Everything listens on 127.0.0.1 and lives in a
temporary directory."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Fleet:
    """The three processes of one test, and how to start each of them again."""

    def __init__(self, args):
        """`args` has bin, config, workers and keep."""
        self.args = args
        self.dir = tempfile.mkdtemp(prefix="bellrock-fleet-")
        self.board = os.path.join("/dev/shm", os.path.basename(self.dir) + ".board")
        self.agent_port, self.central_port = free_port(), free_port()
        self.processes = {}

    def path(self, name):
        return os.path.join(self.dir, name)

    def prepare(self, port):
        """Writes the configuration; `port` is the edge's, as in edge.yaml."""
        self.config, self.port = self.path("config"), port
        os.mkdir(self.config)
        shutil.copytree(self.args.config, os.path.join(self.config, "shop"))
        self.configure(self.args.workers)

    def configure(self, workers):
        self.workers = workers
        with open(os.path.join(self.config, "processes.yaml"), "w") as f:
            f.write(f"""apiVersion: bellrock/v1
kind: Edge
spec:
  workers: {workers}
  port: {self.port}
---
apiVersion: bellrock/v1
kind: Agent
spec:
  node: tested
  board: {self.board}
  state_directory: {self.path("agent")}
  central: http://127.0.0.1:{self.central_port}
  listen: 127.0.0.1:{self.agent_port}
  harvest_interval: 20ms
---
apiVersion: bellrock/v1
kind: Central
spec:
  listen: 127.0.0.1:{self.central_port}
  database: {self.path("central.db")}
""")

    def binary(self, name):
        return os.path.join(self.args.bin, name)

    def start(self, name):
        command = {
            "edge": [self.binary("bellrock-edge"), "--board", self.board, "--wait", "20s"],
            "agent": [self.binary("bellrock-agent"), "--config", self.config],
            "central": [self.binary("bellrock-central"), "--config", self.config],
        }[name]
        log = open(self.path(f"{name}.log"), "a")
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self, name):
        process = self.processes[name]
        process.send_signal(signal.SIGKILL)
        process.wait()

    def finished(self):
        """True when the edge has come to its capture's end by itself."""
        code = self.processes["edge"].poll()
        if code is None or code == -signal.SIGKILL:
            return False
        if code != 0:
            raise SystemExit(f"bellrock-edge ended with {code}:\n{self.log('edge')}")
        return True

    def log(self, name):
        with open(self.path(f"{name}.log")) as f:
            return f.read()

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.agent_port}/metrics", timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def wait_for_metrics(self, pattern="."):
        deadline = time.monotonic() + 20
        while not self.finished() and not re.search(pattern, self.metrics(), re.MULTILINE):
            if time.monotonic() > deadline:
                raise SystemExit(f"the agent does not say {pattern}\n{self.log('agent')[-2000:]}{self.log('edge')[-2000:]}")
            time.sleep(0.01)

    def check_conservation(self):
        broken = [line for line in self.metrics().splitlines()
                  if line.startswith("bellrock_conservation_broken{") and not line.endswith(" 0")]
        if broken:
            raise SystemExit("conservation is broken: " + "; ".join(broken))

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        if os.path.exists(self.board):
            os.unlink(self.board)
        if not self.args.keep:
            shutil.rmtree(self.dir, ignore_errors=True)
