"""Probes, browsers' reports and times of answers, from packets to counts.

  probes_test.py --bin DIR --config FILE --reports DIR

A capture of visitors is replayed with one worker and with four: probes, who are followed in a journey of their own and
filtered from everybody's; people whose browsers report that the bank was never reached, as Chromium writes such reports,
with a cookie and without one; people whose answers took a planted time. Each attempt's end, and each value of `speed`,
must be the planted one. Nothing is sent anywhere. Exit code 0: everything is as planted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from talk import Capture  # noqa: E402

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
PROBE = "ShopProbe/2"
SITE = """
---
apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec: {beacon_paths: [/rum, /reports]}
"""


class Visitor:
    def __init__(self, world, name, begins, agent=PERSON):
        self.world, self.name, self.begins, self.agent = world, name, begins, agent

    def request(self, at, method, target, took=None, body=b"", headers=(), cookie=True):
        talk = self.world.connection(self.begins + at)
        own = [("User-Agent", self.agent), *([("Cookie", f"sid={self.name}")] if cookie else []), *headers]
        talk.ask(self.begins + at, method, target, own, body)
        if took is not None:
            talk.answer(self.begins + at + took, 200)

    def beacon(self, at, name, attrs, synthetic=False):
        body = {"v": 1, "sid": self.name, "type": "action", "page": "/checkout", "name": name, "attrs": attrs}
        if synthetic:
            body["synthetic"] = True
        self.request(at, "POST", "/rum", 0.01, json.dumps(body).encode(), [("Content-Type", "application/json")])

    def report(self, at, reports, cookie=True):
        self.request(at, "POST", "/reports", 0.01, json.dumps(reports).encode(),
                     [("Content-Type", "application/reports+json")], cookie)


def plant_probes(world):
    """Those in order, those that found something broken, and those of people, whose names are the probes' own."""
    for i in range(10):
        probe = Visitor(world, f"probe{i}", 10 * i, PROBE)
        probe.request(0, "GET", "/checkout", 0.05)  # a probe's, so that no checkout begins
        probe.beacon(1, "probe.checkout", {}, synthetic=True)
        probe.beacon(3, "probe.done", {"ok": i % 5 != 0}, synthetic=True)
        Visitor(world, f"nosy{i}", 10 * i).beacon(1, "probe.checkout", {})
    return {("probe", "success"): 8, ("probe", "failed.system"): 2}


def plant_reports(world, refused):
    """Six of a payment, with the cookie; two without; two of a page where a report is no step."""
    refused = json.loads(refused)
    for i in range(10):
        visitor = Visitor(world, f"lost{i}", 10 * i)
        visitor.request(0, "GET", "/checkout", 0.05)
        about = [dict(one, url="https://shop.example/" + ("cart" if i >= 8 else "pay?step=2")) for one in refused]
        visitor.report(90, about, cookie=i < 6 or i >= 8)
    return {("checkout", "failed.system"): 6, ("checkout", "abandoned"): 4}


def plant_times(world):
    """Just within a bound, just above it, and above all."""
    times = {"100ms": (0.02, 0.1), "1s": (0.1001, 1.0), "__other__": (1.0001, 7.0)}
    for value, (first, second) in times.items():
        for i, took in enumerate((first, second, first)):
            visitor = Visitor(world, f"{value}{i}", 10 * i)
            visitor.request(0, "GET", "/checkout", 0.01)
            visitor.request(5, "POST", "/pay", took, b"card=x")
            visitor.request(14, "GET", "/other", 3)  # no step: nobody asks how long it took
            visitor.beacon(20, "order.confirmed", {})
    return {value: 3 for value in times}


def replay(args, config, pcap, outcomes, workers):
    command = [os.path.join(args.bin, "bellrock"), "replay", "--config", config, "--pcap", pcap, "--outcomes", outcomes,
               "--workers", str(workers), "-o", "json"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"{ran.returncode}: {ran.stderr}")
    return json.loads(ran.stdout)


def outcomes_of(path):
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            key = (line["journey"], line["outcome"])
            found[key] = found.get(key, 0) + 1
    return found


def speeds_of(document):
    """Of successful checkouts, by what their answers took."""
    found = {}
    for series in document["series"]:
        if (series["journey"], series["kind"], series["step"], series["scope"]) == ("checkout", "outcome", "success", "dimensioned"):
            value = series["dimensions"]["speed"]
            found[value] = found.get(value, 0) + series["count"]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--reports", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellrock-probes-") as directory:
        path = lambda name: os.path.join(directory, name)  # noqa: E731
        with open(args.config, encoding="utf-8") as text, open(path("shop.yaml"), "w", encoding="utf-8") as out:
            out.write(text.read() + SITE)
        world = Capture(1_790_000_000)
        with open(os.path.join(args.reports, "refused.json"), encoding="utf-8") as refused:
            planted = plant_probes(world) | plant_reports(world, refused.read())
        speeds = plant_times(world)
        planted[("checkout", "success")] = sum(speeds.values())
        Visitor(world, "last", 0).request(4 * 3600, "GET", "/", 0.1)
        world.write(path("shop.pcap"))
        for workers in (1, 4):
            document = replay(args, path("shop.yaml"), path("shop.pcap"), path("outcomes.jsonl"), workers)
            found, said = outcomes_of(path("outcomes.jsonl")), speeds_of(document)
            if found != planted or said != speeds:
                print(f"{workers} workers\nplanted {planted} {speeds}\nfound   {found} {said}\n{json.dumps(document)[:3000]}")
                return 1
    print(f"{sum(planted.values())} attempts as planted: {planted}, {speeds}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
