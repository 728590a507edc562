"""Runs the traffic generator and `bellrock replay`, and reads what they write."""
import ipaddress
import json
import pathlib
import re
import subprocess
import tempfile
import time


class Traffic:
    """One generated capture and its truth, in a directory of its own."""

    def __init__(self, binaries, directory, name, *options):
        self.pcap = directory / f"{name}.pcap"
        paths = {kind: directory / f"{name}.{kind}.json" for kind in ("truth", "transactions", "outcomes", "beacons")}
        command = [binaries / "bellrock-traffic", "--out", self.pcap, "--truth", paths["truth"]]
        for kind in ("transactions", "outcomes", "beacons"):
            command += [f"--truth-{kind}", paths[kind]]
        run(command + list(options))
        self.totals = json.loads(paths["truth"].read_text())
        self.transactions = [normal_endpoints(t) for t in read_lines(paths["transactions"])]
        self.outcomes = read_lines(paths["outcomes"])
        self.beacons = read_lines(paths["beacons"])


class Replay:
    """What `bellrock replay` says about a capture."""

    def __init__(self, binaries, config, pcap, directory, workers=1, options=()):
        paths = {kind: directory / f"replay.{workers}.{kind}" for kind in ("transactions", "outcomes", "beacons")}
        command = [binaries / "bellrock", "replay", "--config", config, "--pcap", pcap, "--workers", str(workers), "-o", "json"]
        for kind, path in paths.items():
            command += [f"--{kind}", path]
        started = time.monotonic()
        self.text = run(command + list(options))
        self.seconds = time.monotonic() - started
        self.totals = json.loads(self.text)
        self.transactions = [normal_endpoints(t) for t in read_lines(paths["transactions"])]
        self.outcomes = read_lines(paths["outcomes"])
        self.beacons = read_lines(paths["beacons"])
        for path in paths.values():
            path.unlink()


def run(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {result.returncode}: {result.stderr[-2000:]}")
    return result.stdout


def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def endpoint(text):
    """(address, port) of "192.0.2.1:80" or "[2001:db8::1]:80"; mapped IPv4 addresses are IPv4."""
    host, port = re.fullmatch(r"\[?([^\]]+?)\]?:(\d+)", text).groups()
    address = ipaddress.ip_address(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address), int(port)


def normal_endpoints(transaction):
    transaction["client"] = endpoint(transaction["client"])
    transaction["server"] = endpoint(transaction["server"])
    return transaction


def first_of(item, *names, default=None):
    for name in names:
        if name in item:
            return item[name]
    return default


def scratch():
    """A directory that goes away; in memory where there is room for captures."""
    shm = pathlib.Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="bellrock-property-", dir=shm if shm.is_dir() else None)
