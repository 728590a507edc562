#!/usr/bin/env python3
"""What people wait for: a real centre holds weeks of a fleet's history, and frames keep coming in as from live edges;
every call that a page of the dashboard makes is asked many times, and every page is opened in headless Chromium.

  pages.py --bin DIR [--nodes 200] [--days 30] [--requests 300] [--askers 2] [--keep FILE]

The history is that of bellrock-fleet: hours of all nodes until two days before the end, then minutes of eight of them,
and minutes of one over all the days before; the centre adds nodes up, so minutes of all would be no more rows. Two nodes
count vitals and clicks of twenty pages as well. Days before the 28 that objectives look back are sent too, and must not be counted. Meanwhile as many frames of
ten seconds come in as --nodes edges send. It takes minutes to be sent; --keep leaves the database in FILE, and takes it from there another time.
Each call's times are printed as first (nothing kept yet), median and 99th percentile; each page's as median and worst.
Checked: good and bad attempts of every objective are those of the fleet's truth, and every answer has status 200.
Exit code 0: all of that holds, whatever the times are.
"""
import argparse
import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WINDOW_DAYS = 28
COUNTED_DAYS = 27  # of whole hours, that are surely within the window
WITH_MINUTES_DAYS = 2
WITH_MINUTES_NODES = 8
PAGED_NODES, PAGES_COUNTED = 2, 20
LIVE_WINDOWS = 8  # the shortest history that bellrock-fleet sends, in windows of ten seconds
JOURNEY, OBJECTIVE, PAGE = "journey-0", "fast-1", "/page-0/%7Bid%7D"
CALLS = {
    "#/": ["status", "slos?range=24h", "slos?range=28d", "sessions?range=24h"],
    "#/slo": [f"slos/{JOURNEY}/{OBJECTIVE}?range=24h", f"slos/{JOURNEY}/{OBJECTIVE}/burn?range=24h", f"slos/{JOURNEY}/{OBJECTIVE}/budget",
              f"slos/{JOURNEY}/{OBJECTIVE}/dimensions?range=24h", f"slos/{JOURNEY}/{OBJECTIVE}/timeline?range=24h",
              f"heatmap?journey={JOURNEY}&objective={OBJECTIVE}&range=24h", f"journeys?journey={JOURNEY}&range=24h"],
    "#/slo, 28 d": [f"slos/{JOURNEY}/{OBJECTIVE}?range=28d", f"slos/{JOURNEY}/{OBJECTIVE}/dimensions?range=28d",
                    f"heatmap?journey={JOURNEY}&objective={OBJECTIVE}&range=28d"],
    "#/journeys": ["journeys?range=24h", "journeys?range=28d", "effects?range=24h", "effects?range=28d", "sessions?range=28d", "recovery?range=28d"],
    "#/pages": ["vitals?range=24h", "vitals?range=28d", f"vitals/groups?page={PAGE}&range=24h", f"vitals/groups?page={PAGE}&range=28d",
                "clicks?range=24h", "clicks?range=28d", f"clicks/map?page={PAGE}&range=28d", "frustration?range=28d", "errors?range=28d",
                "coverage?range=28d", "split?range=28d", "slow?range=28d"],
    "#/feedback": ["feedback?range=24h", "feedback?range=28d"],
    "#/incidents": ["incidents", "changes?verdicts=false"],
    "#/fleet": ["nodes"],
}
PAGES = ["#/", "#/?range=28d", f"#/slo/{JOURNEY}/{OBJECTIVE}", f"#/slo/{JOURNEY}/{OBJECTIVE}?range=28d", "#/journeys", "#/journeys?range=28d",
         "#/pages", "#/pages?range=28d", "#/feedback", "#/incidents", "#/fleet"]


class Centre:
    def __init__(self, options, directory):
        self.bin, self.directory = options.bin, directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.shop, own = directory / "shop.yaml", directory / "central.yaml"
        subprocess.run([self.bin / "bellrock-fleet", "--write-shop", self.shop, "--journeys", "10", "--objectives", "5"], check=True)
        own.write_text(f"apiVersion: bellrock/v1\nkind: Central\nspec: {{listen: 127.0.0.1:{self.port}, database: {directory}/central.db}}\n")

    def __enter__(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen([self.bin / "bellrock-central", "--config", self.directory / "central.yaml", self.shop], stderr=log)
        end = time.monotonic() + 120
        while True:
            try:
                self.ask("status")
                return self
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise SystemExit((self.directory / "log").read_text()[-2000:]) from None
                time.sleep(0.2)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def fleet(self, *arguments):
        run = subprocess.run([self.bin / "bellrock-fleet", "--config", self.shop, "--central", self.url, *map(str, arguments)],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return json.loads(run.stdout)

    def ask(self, path):
        """(seconds, answer)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        begin = time.perf_counter()
        connection.request("GET", f"/api/v1/{path}")
        reply = connection.getresponse()
        body = reply.read()
        seconds = time.perf_counter() - begin
        connection.close()
        if reply.status != 200:
            raise SystemExit(f"{path}: {reply.status} {body[:300]}")
        return seconds, json.loads(body)


def fill(centre, options):
    """The truth of all that was sent within the window."""
    now = int(time.time()) // 3600 * 3600
    split = now - WITH_MINUTES_DAYS * 86_400
    begin = time.monotonic()
    counted = min(options.days, COUNTED_DAYS)
    if options.days > counted:
        ended = now - WINDOW_DAYS * 86_400 - 7200
        centre.fleet("--nodes", options.nodes, "--days", options.days - counted, "--end", ended, "--window", 3600, "--frame", 86_400, "--seed", 3)
    old = centre.fleet("--nodes", options.nodes, "--days", counted - WITH_MINUTES_DAYS, "--end", split, "--window", 3600, "--frame", 86_400)
    paged = centre.fleet("--nodes", PAGED_NODES, "--days", counted, "--end", now, "--window", 3600, "--frame", 86_400, "--rate", 1, "--pages", PAGES_COUNTED, "--seed", 4)
    fine = centre.fleet("--nodes", 1, "--days", counted - WITH_MINUTES_DAYS, "--end", split, "--window", 60, "--frame", 1800, "--seed", 5)
    new = centre.fleet("--nodes", min(options.nodes, WITH_MINUTES_NODES), "--days", WITH_MINUTES_DAYS, "--end", now, "--window", 60, "--frame", 600, "--seed", 2)
    sent = (old, paged, fine, new)
    print(f"{sum(one['deltas'] for one in sent):,} deltas in {sum(one['frames'] for one in sent):,} frames taken in {time.monotonic() - begin:.0f} s", flush=True)
    counts = {}
    for truth in sent:
        for one in truth["objectives"]:
            sums = counts.setdefault(f"{one['journey']}/{one['objective']}", {})
            for verdict, n in one["counts"].items():
                sums[verdict] = sums.get(verdict, 0) + n
    return counts


def check(centre, counts):
    wrong = 0
    for slo in centre.ask("slos")[1]["slos"]:
        planted = counts[f"{slo['journey']}/{slo['objective']}"]
        bad = sum(planted.get(verdict, 0) for verdict in ("bad", "bad.failed", "bad.ended"))
        wrong += (slo["counts"]["good"], slo["counts"]["bad"]) != (planted.get("good", 0), bad)
    if wrong:
        raise SystemExit(f"{wrong} objectives have other counts than were planted")


class Live:
    """As many frames every ten seconds, of ten seconds each, as `nodes` edges send; of fewer nodes, with more each."""

    def __init__(self, centre, nodes):
        self.centre, self.nodes, self.over = centre, max(1, nodes // LIVE_WINDOWS), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        seed = int(time.time())
        while not self.over.is_set():
            begin = time.monotonic()
            seed += 1
            self.centre.fleet("--nodes", self.nodes, "--days", 0.001, "--end", int(time.time()) // 10 * 10, "--window", 10, "--frame", 10, "--seed", seed)
            self.over.wait(max(0.0, 10 - (time.monotonic() - begin)))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def time_call(centre, path, requests, askers):
    first = centre.ask(path)[0]
    times = []

    def run():
        times.extend(centre.ask(path)[0] for _ in range(requests // askers))

    threads = [threading.Thread(target=run) for _ in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return first, times[len(times) // 2], times[len(times) * 99 // 100]


def time_pages(centre, rounds):
    shop = ROOT / "tools" / "shop"
    if not (shop / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=shop, check=True)
    run = subprocess.run(["node", pathlib.Path(__file__).with_name("pages.mjs"), "--url", centre.url, "--rounds", str(rounds), *PAGES],
                         stdout=subprocess.PIPE, check=True)
    return {page: sorted(times) for page, times in json.loads(run.stdout).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--askers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellrock-pages-") as folder:
        directory = pathlib.Path(folder)
        kept = options.keep and options.keep.exists()
        if kept:
            shutil.copy(options.keep, directory / "central.db")
        centre = Centre(options, directory)
        if not kept:
            with centre:
                check(centre, fill(centre, options))
            print(f"the database takes {(directory / 'central.db').stat().st_size / 1e6:,.0f} MB", flush=True)
            if options.keep:
                shutil.copy(directory / "central.db", options.keep)
        with centre, Live(centre, options.nodes):
            time.sleep(5)
            if not centre.ask(f"vitals/groups?page={PAGE}&range=28d")[1]["groups"]:
                raise SystemExit(f"{PAGE} has no vitals by group")
            worst = 0.0
            for page, paths in CALLS.items():
                for path in paths:
                    first, median, late = (1e3 * x for x in time_call(centre, path, options.requests, options.askers))
                    worst = max(worst, late)
                    print(f"{page:12} {path:52} first {first:7.1f}  p50 {median:7.1f}  p99 {late:7.1f} ms", flush=True)
            print(f"the slowest call's p99 is {worst:.0f} ms (200 is asked for)")
            for page, times in time_pages(centre, options.rounds).items():
                print(f"{page:40} usable after {times[len(times) // 2]:.2f} s, at worst {times[-1]:.2f} s (2 is asked for)", flush=True)


if __name__ == "__main__":
    main()
