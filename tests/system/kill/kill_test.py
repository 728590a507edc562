"""Kills bellrock-edge and bellrock-agent at random moments while a capture is counted, and compares what arrives.

With one worker the centre's totals after any number of kills must equal those of a replay that forgets its connections
at the same packets. Every restart of the edge says at which packet it goes on; those are the replay's --restart-at.

  kill_test.py --bin DIR --config DIR --what edge|agent|both|stop|workers [--kills N] [--seed N] [--workers N]

`workers` kills both and starts them with another number of workers, and kills them again while the board is moved. With
--kills 1 it is moved once, and the totals must equal a replay's; else every packet must be counted once and every
attempt that started must have ended or be open.

Everything listens on 127.0.0.1 and lives in a temporary directory. Exit code 0: nothing lost, nothing doubled.
"""

import argparse
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
from fleet import Fleet  # noqa: E402

KINDS = ["start", "step", "outcome", "objective", "value", "vital", "effect", "feedback", "click", "distinct",
         "click_map", "frustration", "recovery", "coverage", "split", "stray", "error"]
SCOPES = ["total", "dimensioned", "overflow"]


def stored_series(database):
    """What the centre holds, added up over all windows: {key: (n, sum, min, max)}."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT journey, version, kind, item, detail, scope, dimensions, n, sum_high, sum_low, min, max "
        "FROM series JOIN cells ON cells.series = series.id")
    series = {}
    for journey, version, kind, item, detail, scope, dimensions, n, high, low, least, most in rows:
        names = [line for line in dimensions.split("\n") if line]
        key = (journey, version % 2**64, KINDS[kind], item, detail, SCOPES[scope],
               tuple(sorted(zip(names[::2], names[1::2]))))
        total = (high << 64) + low % 2**64
        have = series.get(key, (0, 0, None, 0))
        measured = n > 0 and (total > 0 or most > 0)
        series[key] = (have[0] + n, have[1] + total,
                       least if have[2] is None or (measured and least < have[2]) else have[2], max(have[3], most))
    return series


def replayed_series(document):
    series = {}
    for s in document["series"]:
        key = (s["journey"], int(s["version"], 16), s["kind"], s["step"], s["verdict"], s["scope"],
               tuple(sorted(s["dimensions"].items())))
        series[key] = (s["count"], s["sum_ns"], s["min_ns"], s["max_ns"])
    return series


def packets_of(fleet):
    counted = re.search(r"^bellrock_packets(?:_total)? (\d+)$", fleet.metrics(), re.MULTILINE)
    return int(counted.group(1)) if counted else 0


def disturb(fleet, random_, victims):
    """Half of the kills wait until packets have been counted since the last one, so that a slow machine's kills do not all
    fall into starts."""
    if random_.random() < 0.5:
        before, deadline = packets_of(fleet), time.monotonic() + 20
        while packets_of(fleet) == before and not fleet.finished() and time.monotonic() < deadline:
            time.sleep(0.005)
    time.sleep(random_.uniform(0.0, fleet.args.pause))
    if fleet.finished():
        return False
    for victim in victims:
        fleet.kill(victim)
    time.sleep(random_.uniform(0.0, 0.03))
    for victim in victims:
        fleet.start(victim)
    return True


def change_workers(fleet, random_):
    """Kills both and starts them with another number of workers; some more kills fall while the board is moved."""
    fleet.wait_for_metrics(r"^bellrock_packets(_total)? [1-9]")
    time.sleep(random_.uniform(0.0, fleet.args.pause))
    if fleet.finished():
        return False
    for victim in ("edge", "agent"):
        fleet.kill(victim)
    exact = fleet.args.kills == 1
    fleet.configure(random_.choice([n for n in (1, 2, 3, 4) if n != fleet.workers]) if not exact else 3)
    for again in range(1 if exact else random_.randint(1, 4)):
        if again > 0:
            time.sleep(random_.uniform(0.0, 0.15))
            if fleet.finished():
                return True
            for victim in ("edge", "agent"):
                fleet.kill(victim)
        fleet.start("agent")
        fleet.wait_for_metrics()  # an edge that is faster would go on with the number that there was
        fleet.start("edge")
    # The board that the agent holds is the moved one: it has as many cores as workers were asked for.
    deadline = time.monotonic() + 20
    while len(re.findall(r"^bellrock_core_stalled\{", fleet.metrics(), re.MULTILINE)) != fleet.workers:
        if time.monotonic() > deadline:
            raise SystemExit(f"no board of {fleet.workers} cores\n{fleet.log('agent')[-2000:]}{fleet.log('edge')[-2000:]}")
        time.sleep(0.01)
    return True


def run(fleet):
    args, random_ = fleet.args, random.Random(fleet.args.seed)
    subprocess.run(
        [fleet.binary("bellrock-traffic"), "--out", fleet.path("traffic.pcap"), "--truth", fleet.path("truth.json"),
         "--transactions", str(args.transactions), "--seed", str(args.seed), "--duration", str(args.duration)],
        check=True, stdout=subprocess.DEVNULL)
    fleet.prepare("{pcap: " + fleet.path("traffic.pcap") + "}")
    with open(os.path.join(fleet.config, "shop", "identity.yaml"), "a") as f:
        if args.reorder_wait:
            f.write(f"  reorder_wait: {args.reorder_wait}\n")
        if args.link:
            f.write("  link: true\n")
    for name in ("central", "agent", "edge"):
        fleet.start(name)
    victims = {"edge": ["edge"], "agent": ["agent"], "both": ["edge", "agent"]}.get(args.what, [])
    kills = 0
    if args.what == "stop":
        time.sleep(0.3)
        fleet.processes["edge"].send_signal(signal.SIGSTOP)
        time.sleep(args.stop_seconds)
        if "core_stalled" not in fleet.metrics():
            raise SystemExit("the agent does not report core_stalled")
        fleet.processes["edge"].send_signal(signal.SIGCONT)
    else:
        change = (lambda: change_workers(fleet, random_)) if args.what == "workers" else (
            lambda: disturb(fleet, random_, victims))
        while kills < args.kills and change():
            kills += 1
            if kills % 10 == 0:
                fleet.check_conservation()
                print(f"{kills} kills", flush=True)
    deadline = time.monotonic() + args.seconds
    while not fleet.finished():
        if time.monotonic() > deadline:
            raise SystemExit("the edge does not come to the end of its capture\n" + fleet.log("edge")[-2000:])
        time.sleep(0.05)
    return kills


def recorded_by_agent(fleet):
    last = -1
    while True:  # its last harvest is done when the number stands still
        found = re.search(r'^bellrock_events(?:_total)?\{[^}]*"recorded"[^}]*\} (\d+)$', fleet.metrics(), re.MULTILINE)
        now = int(found.group(1)) if found else 0
        if now == last:
            return now
        last = now
        time.sleep(1)


def check_moved(fleet, packets):
    """What must hold however often the number of workers changed: each packet counted once, no attempt lost."""
    if packets_of(fleet) != packets:
        return f"{packets} packets in the capture, counted: {packets_of(fleet)}"
    totals = {}
    for (journey, _, kind, *_, scope, _), (n, *_) in stored_series(fleet.path("central.db")).items():
        if scope == "total" and kind in ("start", "outcome"):
            counts = totals.setdefault(journey, {"start": 0, "outcome": 0})
            counts[kind] += n
    levels = dict(re.findall(r'^bellrock_attempts_open\{journey="([^"]+)"\} (\d+)$', fleet.metrics(), re.MULTILINE))
    for journey, counts in totals.items():
        if counts["start"] != counts["outcome"] + int(levels.get(journey, 0)):
            return f"{journey}: {counts['start']} starts, {counts['outcome']} outcomes, {levels.get(journey, 0)} open"
    if not totals:
        return "nothing was counted"
    starts = sum(counts["start"] for counts in totals.values())
    print(f"workers: {fleet.args.kills} changes, {packets} packets once, {starts} starts conserved")
    return 0


def settle(fleet, expected_recorded):
    """Waits until the centre has what the agent has harvested, or until that is not to be expected any more."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            connection = sqlite3.connect(f"file:{fleet.path('central.db')}?mode=ro", uri=True)
            recorded = connection.execute("SELECT COALESCE(SUM(recorded), 0) FROM sources").fetchone()[0]
        except sqlite3.Error:
            recorded = -1
        if recorded >= expected_recorded:
            break
        time.sleep(0.1)
    else:
        print(f"the centre has {recorded} of {expected_recorded} records\n{fleet.log('agent')[-2000:]}")
    time.sleep(0.5)
    fleet.check_conservation()


def restarts_of(log):
    """Where the edge went on, as --restart-at takes it. Several workers that stand at one packet are one restart."""
    restarts = []
    for line in log.splitlines():
        position = re.search(r"worker (\d+) goes on at packet (\d+)", line)
        part = re.search(r"has counted (\d+) events of packet (\d+)", line)
        ends = re.search(r"has counted (\d+) events of ended connections", line)
        if position and position.group(1) == "0":
            restarts.append(position.group(2))
        elif part and restarts:
            restarts[-1] = f"{part.group(2)}:{part.group(1)}"
        elif ends and restarts:
            restarts[-1] += f"+{ends.group(1)}"
    return restarts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--what", choices=["edge", "agent", "both", "stop", "workers"], required=True)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--transactions", type=int, default=30000)
    parser.add_argument("--pause", type=float, default=0.15, help="longest time between two kills, in seconds")
    parser.add_argument("--duration", type=int, default=3600,
                        help="seconds of the capture: the edge waits for the agent at each window of ten, which is its pace")
    parser.add_argument("--reorder-wait", help="events wait so long on the board, for example 20s")
    parser.add_argument("--link", action="store_true", help="keys that come together are one visitor's: one core owns all")
    parser.add_argument("--stop-seconds", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=300, help="longest time until the capture's end")
    parser.add_argument("--keep", action="store_true", help="leave the directory behind")
    args = parser.parse_args()
    fleet = Fleet(args)
    try:
        kills = run(fleet)
        restarts = restarts_of(fleet.log("edge"))
        replay = [fleet.binary("bellrock"), "replay", "--config", fleet.config, "--pcap", fleet.path("traffic.pcap"), "-o", "json"]
        if restarts:
            replay += ["--restart-at", ",".join(restarts)]
        document = json.loads(subprocess.run(replay, check=True, capture_output=True).stdout)
        expected = replayed_series(document)
        if args.what == "workers" and args.kills > 1:
            settle(fleet, recorded_by_agent(fleet))
            return check_moved(fleet, document["packets"])
        settle(fleet, document["recorded"]["harvested"])
        found = stored_series(fleet.path("central.db"))
        wrong = [(key, expected.get(key), found.get(key)) for key in sorted(set(expected) | set(found), key=str)
                 if expected.get(key, (0,))[:2] != found.get(key, (0,))[:2]]
        for key, want, got in wrong[:10]:
            print("differs:", key, "expected", want, "found", got)
        if wrong or not expected:
            return f"{len(wrong)} of {len(expected)} series differ after {kills} kills"
        # A capture that ended before the kills did would show nothing.
        if args.what != "stop" and kills < args.kills:
            return f"only {kills} of {args.kills} kills before the capture's end: use a longer --duration"
        if args.what in ("edge", "both", "workers") and not restarts:
            return "no kill fell into the middle of the capture"
        print(f"{args.what}: {kills} kills, {len(restarts)} resumed in the middle, {len(expected)} series equal, "
              f"{sum(v[0] for v in found.values())} counts")
        return 0
    finally:
        fleet.stop()


if __name__ == "__main__":
    sys.exit(main())
