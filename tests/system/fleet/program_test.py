"""bellrock-fleet against a real bellrock-central: what the centre then shows is the truth, a second run changes nothing,
and what cannot be is said.

  program_test.py --bin DIR
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from fleet import free_port  # noqa: E402


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: {found!r} instead of {wanted!r}")


class Centre:
    def __init__(self, binaries, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = os.path.join(folder, "central.yaml")
        with open(config, "w") as f:
            f.write("apiVersion: bellrock/v1\nkind: Central\nspec:\n"
                    f"  listen: {self.url.removeprefix('http://')}\n  database: {os.path.join(folder, 'db')}\n")
        self.process = subprocess.Popen(
            [os.path.join(binaries, "bellrock-central"), "--config", config, os.path.join(folder, "shop.yaml")],
            stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                return self.get("/healthz") and None
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the centre does not answer")

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as reply:
            return json.load(reply)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def fleet(binaries, *arguments, code=0):
    ran = subprocess.run([os.path.join(binaries, "bellrock-fleet"), *map(str, arguments)], capture_output=True, text=True,
                         timeout=250)
    if ran.returncode != code:
        raise SystemExit(f"{arguments}: exit code {ran.returncode} instead of {code}\n{ran.stdout}\n{ran.stderr}")
    return ran


def compare(centre, truth):
    status = centre.get("/api/v1/status")
    expect("recorded", status["recorded"]["recorded"], truth["recorded"])
    expect("balanced", status["recorded"]["balanced"], True)
    nodes = {node["node"]: node for node in centre.get("/api/v1/nodes")["nodes"]}
    expect("nodes", len(nodes), truth["nodes"])
    for source in truth["sources"]:
        node = nodes[source["node"]]
        expect(source["node"], (node["boot"], node["recorded"], node["frames"]["applied"], node["frames"]["unexplained"]),
               (source["boot"], source["recorded"], source["frames"], 0))
    journeys = {journey["name"]: journey["ledger"] for journey in centre.get("/api/v1/journeys?range=28d")["journeys"]}
    for journey in truth["journeys"]:
        ledger = journeys[journey["name"]]
        for key in ("starts", "ended", "open", "board_lost"):
            expect(f"{journey['name']} {key}", ledger[key], journey[key])
        expect(f"{journey['name']} balanced", ledger["balanced"], True)
    # All nodes' clocks are right here, so that the window of 28 days holds all of it.
    slos = {(slo["journey"], slo["objective"]): slo["counts"] for slo in centre.get("/api/v1/slos")["slos"]}
    for objective in truth["objectives"]:
        counts, wanted = slos[objective["journey"], objective["objective"]], objective["counts"]
        expect(f"{objective['objective']} good", counts["good"], wanted.get("good", 0))
        expect(f"{objective['objective']} bad", counts["bad"], wanted.get("bad", 0) + wanted.get("bad.failed", 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    binaries = parser.parse_args().bin
    fleet(binaries, code=2)
    fleet(binaries, "--config", "/nonexistent", code=3)
    with tempfile.TemporaryDirectory(prefix="bellrock-fleet-") as folder:
        shop, truth = os.path.join(folder, "shop.yaml"), os.path.join(folder, "truth.json")
        fleet(binaries, "--write-shop", shop, "--journeys", 4, "--objectives", 3)
        fleet(binaries, "--config", shop, "--window", 25, code=2)
        # A whole hour that is over, so that the centre shows all of it.
        end = int(time.time()) // 3600 * 3600
        history = ["--config", shop, "--nodes", 20, "--days", 0.25, "--end", end, "--seed", 3, "--plant", "outage=2",
                   "--plant", "clock_jump=0", "--plant", "restart=3", "--lost", 0.05, "--cut", 0.05, "--no-answer", 0.05,
                   "--duplicate", 0.05, "--reorder", 0.1]
        with Centre(binaries, folder) as centre:
            ran = fleet(binaries, *history, "--central", centre.url, "--truth", truth)
            with open(truth) as f:
                written = f.read()
            compare(centre, json.loads(written))
            print(ran.stderr.strip())
            again = os.path.join(folder, "again.json")
            fleet(binaries, *history, "--central", centre.url, "--truth", again)
            with open(again) as f:
                expect("the truth of a second run", f.read(), written)
            compare(centre, json.loads(written))
            other = fleet(binaries, *history, "--rate", 7, "--central", centre.url, code=10)
            if "another --seed" not in other.stderr and "same seed" not in other.stderr:
                raise SystemExit("a clone is not explained: " + other.stderr)
    kinds = [one["kind"] for one in json.loads(written)["planted"]]
    expect("planted", (kinds.count("outage"), kinds.count("restart"), kinds.count("clock_jump")), (2, 3, 0))
    print("the centre shows the truth, before and after a second run")


if __name__ == "__main__":
    main()
