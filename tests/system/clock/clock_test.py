"""A node whose clock is really wrong is named by its centre, and no more once the clock is set.

Agent and centre are the programs themselves; only the agent's clock is moved, under it and while it runs, by
wrong_clock.c. The centre's is the machine's own.

  clock_test.py --bin DIR --config DIR --wrong-clock LIBRARY
"""

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from fleet import Fleet  # noqa: E402

MS = 1_000_000
CERTAIN_MS = 1_000  # an answer over loopback that takes longer than two seconds is no trouble of the clock's


def get(fleet, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{fleet.central_port}{path}", timeout=5) as reply:
            return reply.read().decode()
    except OSError:
        return ""


def node_of(fleet):
    nodes = json.loads(get(fleet, "/api/v1/nodes") or '{"nodes": []}')["nodes"]
    return nodes[0] if nodes else {}


def wait_for_clock(fleet, offset_ms):
    """Until the centre has a sure word of the node's clock that is this one; its node then."""
    deadline = time.monotonic() + 90
    node = {}
    while time.monotonic() < deadline:
        node = node_of(fleet)
        offset, uncertain = node.get("clock_offset_ms"), node.get("clock_uncertain_ms")
        if offset is not None and uncertain <= CERTAIN_MS and abs(offset - offset_ms) <= uncertain:
            print(f"the clock is {offset_ms} ms off: the centre has {offset} ± {uncertain} ms")
            return node
        time.sleep(0.2)
    raise SystemExit(f"the centre does not find the clock {offset_ms} ms off: {node}\n{fleet.log('agent')[-2000:]}")


def status(fleet):
    """Exit code and output of `bellrock status`, and the problems of the API."""
    ran = subprocess.run([fleet.binary("bellrock"), "status", "--centre", f"http://127.0.0.1:{fleet.central_port}"],
                         capture_output=True, text=True, timeout=30)
    return ran.stdout, [p for p in json.loads(get(fleet, "/api/v1/status"))["problems"] if "clock" in p]


def expect(what, holds, found):
    if not holds:
        raise SystemExit(f"{what}: {found}")


def check_wrong(fleet, offset_ms, words):
    node = wait_for_clock(fleet, offset_ms)
    expect("clock_wrong", node["clock_wrong"], node)
    table, problems = status(fleet)
    expect("problems", len(problems) == 1 and re.search(rf"node tested: its clock is {words}", problems[0]), problems)
    expect("bellrock status", re.search(rf"^tested .*{words}", table, re.MULTILINE), table)
    found = re.search(r'^bellrock_node_clock_offset_seconds\{node="tested"\} (\S+)$', get(fleet, "/metrics"), re.MULTILINE)
    expect("/metrics of the centre", found and abs(float(found[1]) * 1e3 - offset_ms) <= CERTAIN_MS, found)
    found = re.search(r"^bellrock_clock_offset_seconds (\S+)$", fleet.metrics(), re.MULTILINE)
    expect("/metrics of the agent", found and abs(float(found[1]) * 1e3 - offset_ms) <= CERTAIN_MS, fleet.metrics())


def run(fleet, library):
    fleet.prepare("{pcap: " + fleet.path("none.pcap") + "}")  # no edge runs: the agent's heartbeat is enough
    clock_file = fleet.path("clock")

    def set_clock(ahead_ms):
        with open(clock_file, "r+b" if os.path.exists(clock_file) else "w+b") as f:
            f.write(struct.pack("=q", ahead_ms * MS))

    set_clock(-45_000)
    fleet.start("central")
    preload = {"LD_PRELOAD": library, "WRONG_CLOCK": clock_file}
    os.environ.update(preload)
    fleet.start("agent")
    for name in preload:
        del os.environ[name]
    check_wrong(fleet, 45_000, r"4[456]\.[0-9] s behind")
    set_clock(+3_600_000)
    check_wrong(fleet, -3_600_000, r"(3599|360[01])\.[0-9] s ahead")
    set_clock(0)
    node = wait_for_clock(fleet, 0)
    expect("clock_wrong", not node["clock_wrong"], node)
    table, problems = status(fleet)
    expect("problems", problems == [], problems)
    expect("bellrock status", re.search(r"^tested .* right ", table, re.MULTILINE), table)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--wrong-clock", required=True)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    args.workers = 1
    fleet = Fleet(args)
    try:
        run(fleet, args.wrong_clock)
    finally:
        fleet.stop()


if __name__ == "__main__":
    main()
