"""Live: headless Chromium walks the demo shop that nginx serves over a veth pair, bellrock-edge observes the server's
interface, and what the centre stores equals what the visitors did. Needs root.

  live_shop_test.py --bin DIR --config DIR [--rounds N]

The shop's namespaces have no route out; agent and centre listen on 127.0.0.1. Exit code 0: everything is equal.
"""
import argparse
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools" / "shop"), str(ROOT / "tests" / "system" / "kill"), str(ROOT / "tests" / "system" / "replay")]
import shop_truth  # noqa: E402
from kill_test import stored_series  # noqa: E402
from stage import SERVER_ADDRESS, Stage, stop, wait_until  # noqa: E402

# As config/edge.yaml, for one interface.
EAL = '[--no-huge, -m, "256", --no-pci, --no-shconf, --no-telemetry, "--vdev=net_af_packet0,iface={interface}"]'
PROCESSES = """apiVersion: bellrock/v1
kind: Edge
spec:
  workers: 1
  port: {{eal: {eal}}}
---
apiVersion: bellrock/v1
kind: Agent
spec:
  node: live
  board: {board}
  state_directory: {directory}/agent
  central: http://127.0.0.1:{central_port}
  listen: 127.0.0.1:{agent_port}
---
apiVersion: bellrock/v1
kind: Central
spec:
  listen: 127.0.0.1:{central_port}
  database: {directory}/central.db
"""
# Behind the checkout.
EFFECT = "  correlate_with: [{cause: {step: pay_ok, latency: true}, effect: [abandoned], strata: [device]}]\n"
# Ends of checkouts that the payment request comes before.
PAID = ("success", "failed.user", "failed.system", "abandoned.waiting")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Observed:
    """Centre, agent and edge around a stage. They end with the block."""

    def __init__(self, stage, binaries, config):
        self.stage, self.binaries = stage, binaries
        self.board = pathlib.Path("/dev/shm") / f"{stage.directory.name}.board"
        self.database = stage.directory / "central.db"
        self.agent_port, self.central_port = free_port(), free_port()
        self.config = stage.directory / "config"
        shutil.copytree(config, self.config)
        with open(self.config / "checkout.yaml", "a") as checkout:
            checkout.write(EFFECT)
        (self.config / "processes.yaml").write_text(PROCESSES.format(
            eal=EAL.format(interface=stage.server_interface), board=self.board, directory=stage.directory,
            agent_port=self.agent_port, central_port=self.central_port))
        self.processes = []

    def __enter__(self):
        self._start([], "bellrock-central", "--config", self.config)
        self._start([], "bellrock-agent", "--config", self.config)
        inside = ["nsenter", f"--net=/run/netns/{self.stage.server_namespace}"]
        self._start(inside, "bellrock-edge", "--board", self.board, "--wait", "20s")
        wait_until(self._sees_packets, "bellrock-edge", seconds=30)
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            stop(process)
        self.board.unlink(missing_ok=True)

    def _start(self, prefix, name, *arguments):
        with open(self.stage.directory / f"{name}.log", "ab") as log:
            command = [*prefix, str(self.binaries / name), *map(str, arguments)]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                   start_new_session=True))

    def logs(self):
        files = sorted(self.stage.directory.glob("bellrock-*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-2000:]}" for file in files)

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.agent_port}/metrics", timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def _sees_packets(self):
        """A request without a cookie belongs to no visitor: it makes packets, and no attempt."""
        if any(process.poll() is not None for process in self.processes):
            raise RuntimeError("a process ended too early\n" + self.logs())
        self.stage.run_in(self.stage.visitor_namespace, "curl", "-fs", "-o", "/dev/null", f"http://{SERVER_ADDRESS}/static/shop.css")
        return any(int(n) > 0 for n in re.findall(r"^bellrock\w*packets\w*(?:\{[^}]*\})? (\d+)", self.metrics(), re.MULTILINE))

    def stored(self):
        """Journeys as the truth has them, out of the centre's store."""
        journeys = {}
        for (journey, _, kind, item, _, scope, _), (n, *_rest) in stored_series(self.database).items():
            if scope != "total" or n == 0 or kind in ("objective", "effect"):
                continue
            entry = journeys.setdefault(journey, {"starts": 0, "outcomes": {}, "steps": {}})
            if kind == "start":
                entry["starts"] += n
            else:
                group = entry["outcomes" if kind == "outcome" else "steps"]
                group[item] = group.get(item, 0) + n
        return journeys

    def effect(self):
        """What the checkout's waiting did to who stayed, as the centre's API has it."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.central_port}/api/v1/effects?range=1h", timeout=5) as reply:
            return json.load(reply)["effects"][0]


def check_effect(effect, checkout):
    """Every attempt that paid and ended is in it once, answered or not; who left while waiting is seen leaving."""
    ended = sum(checkout["outcomes"].get(outcome, 0) for outcome in PAID)
    table, hazard = effect["table"], effect["hazard"]
    found = {"attempts": effect["attempts"], "at risk": hazard["bands"][0]["at_risk"] + effect["undated"] + effect["unplaced"],
             "answered": sum(band["n"] for band in table["bands"]), "left": sum(band["left"] for band in hazard["bands"]),
             "verdict": table["estimate"]["verdict"]}
    expected = {"attempts": ended, "at risk": ended, "answered": checkout["steps"]["pay_ok"],
                "left": checkout["outcomes"].get("abandoned.waiting", 0), "verdict": "not_enough_data"}
    if found != expected:
        sys.exit(f"of waiting for the payment's answer the visitors had\n  {expected}\nthe centre has\n  {found}\n{effect}")


def settled(observed, expected, seconds=40):
    """What is stored, as soon as it is what is expected, else after the time."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = observed.stored()
        except Exception as error:  # the store may not be there yet
            found = {"error": str(error)}
        if found == expected or time.monotonic() > end:
            return found
        time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with Stage() as stage, Observed(stage, options.bin, options.config) as observed:
        stage.forget()
        visits = stage.walk(options.rounds)
        truth = stage.truth(visits)
        expected = {name: {"starts": j["starts"], "outcomes": j["outcomes"], "steps": j["steps"]}
                    for name, j in truth["journeys"].items()}
        found = settled(observed, expected)
        broken = [line for line in observed.metrics().splitlines()
                  if line.startswith("bellrock_conservation_broken") and not line.endswith(" 0")]
        logs, effect = observed.logs(), observed.effect()
    counts = shop_truth.http_counts(truth)
    print(f"{len(visits)} visitors, {counts['transactions']} requests, {len(truth['beacons'])} beacons")
    if broken:
        sys.exit(f"conservation is broken: {broken}")
    if found != expected:
        sys.exit(f"the visitors did\n  {expected}\nthe centre has\n  {found}\n{logs}")
    check_effect(effect, found["checkout"])
    print("the centre has what the visitors did")


if __name__ == "__main__":
    main()
