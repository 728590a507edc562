"""The edge on DPDK devices that need no card: what it counts is what a replay of the same packets counts.

  ports_test.py --bin DIR --config DIR --pcap FILE

net_pcap with one worker and with three (one queue, so that packets are handed on by flow), and net_null with a queue for
each of two workers. In every run the conservation sums hold and nothing is lost unseen.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
from fleet import Fleet  # noqa: E402

EAL = ["--no-huge", "-m", "512", "--no-pci", "--no-shconf", "--no-telemetry"]


def values(metrics, family):
    """{label value: number} of a family with one label; "" where it has none."""
    found = {}
    for line in metrics.splitlines():
        match = re.match(rf'{family}(?:_total)?(?:{{\w+="([^"]*)"}})? (\d+)$', line)
        if match:
            found[match[1] or ""] = int(match[2])
    return found


def run(args, workers, device, packets=0):
    """Runs the fleet until the edge ends by itself, or has counted so many packets. Returns the last metrics."""
    args.workers = workers
    fleet = Fleet(args)
    try:
        fleet.prepare(json.dumps({"eal": EAL + ["--vdev=" + device]}))
        for name in ("central", "agent", "edge"):
            fleet.start(name)
        deadline = time.monotonic() + 120
        while not fleet.finished() and time.monotonic() < deadline:
            if packets and values(fleet.metrics(), "bellrock_packets").get("", 0) >= packets:
                break
            time.sleep(0.05)
        if packets:
            fleet.processes["edge"].send_signal(signal.SIGTERM)
        if fleet.processes["edge"].wait(20) != 0:
            raise SystemExit("the edge ended with an error:\n" + fleet.log("edge"))
        settled = ""
        for _ in range(200):  # the agent reads what a dead edge left behind
            fleet.check_conservation()
            metrics = fleet.metrics()
            if metrics == settled and values(metrics, "bellrock_recorded_live").get("") == 0:
                return metrics
            settled = metrics
            time.sleep(0.1)
        return settled
    finally:
        fleet.stop()


def two_captures(args, replayed):
    """A board that has counted one capture counts another one from its first packet, and the first one no second time."""
    args.workers = 1
    fleet = Fleet(args)
    try:
        other = fleet.path("other.pcap")
        subprocess.run([fleet.binary("bellrock-traffic"), "--out", other, "--truth", fleet.path("truth.json"),
                        "--transactions", "300", "--start", "1800000000"], check=True, stdout=subprocess.DEVNULL)
        with open(fleet.path("truth.json")) as f:
            packets = replayed["packets"] + json.load(f)["packets"]
        fleet.prepare("{pcap: " + args.pcap + "}")
        for name in ("central", "agent"):
            fleet.start(name)
        for pcap in (args.pcap, args.pcap, other, other):
            subprocess.run([fleet.binary("bellrock-edge"), "--board", fleet.board, "--wait", "20s", "--pcap", pcap],
                           check=True, timeout=60, capture_output=True)
        deadline = time.monotonic() + 20
        while values(fleet.metrics(), "bellrock_packets").get("") != packets:
            if time.monotonic() > deadline:
                raise SystemExit(f"two captures: {packets} packets expected, "
                                 f"counted {values(fleet.metrics(), 'bellrock_packets')}")
            time.sleep(0.1)
        fleet.check_conservation()
        print(f"two captures on one board: {packets} packets, each once")
    finally:
        fleet.stop()


def check(name, found, expected):
    wrong = {key: (found.get(key, 0), value) for key, value in expected.items() if found.get(key, 0) != value}
    if wrong:
        raise SystemExit(f"{name}: (found, expected) differ: {wrong}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--pcap", required=True)
    parser.add_argument("--keep", action="store_true", help="leave the directories behind")
    args = parser.parse_args()
    replayed = json.loads(subprocess.run(
        [os.path.join(args.bin, "bellrock"), "replay", "--config", args.config, "--pcap", args.pcap, "-o", "json"],
        check=True, capture_output=True).stdout)
    for workers in (1, 3):
        metrics = run(args, workers, "net_pcap0,rx_pcap=" + args.pcap)
        name = f"net_pcap, {workers} workers"
        check(name, values(metrics, "bellrock_packets"), {"": replayed["packets"]})
        check(name, values(metrics, "bellrock_passed"), {"": replayed["passed"]})
        check(name, values(metrics, "bellrock_packets_dropped"), replayed["drops"])
        check(name, values(metrics, "bellrock_stream"), replayed["stream"])
        check(name, values(metrics, "bellrock_requests_by_method"), replayed["http"]["by_method"])
        check(name, values(metrics, "bellrock_responses_by_status"), replayed["http"]["by_status"])
        check(name, values(metrics, "bellrock_beacons_by_type"), replayed["beacons"]["by_type"])
        print(f"{name}: {replayed['packets']} packets and {replayed['transactions']} transactions as in the replay")
    two_captures(args, replayed)
    metrics = run(args, 2, "net_null0,size=64,copy=1", packets=100_000)
    packets = values(metrics, "bellrock_packets").get("", 0)
    dropped = values(metrics, "bellrock_packets_dropped")
    if packets < 100_000 or sum(dropped.values()) != packets:
        raise SystemExit(f"net_null: {packets} packets, dropped {dropped}")
    print(f"net_null, 2 queues: {packets} packets, all dropped with their reason")
    return 0


if __name__ == "__main__":
    sys.exit(main())
