"""The stage of the demo shop: two network namespaces joined by a veth pair, nginx in one, Chromium in the other.

Needs root, nginx, Chromium, Node.js and iproute2. Both namespaces have no route out. Whatever happens, leaving the
`with` block ends the processes that were started and removes the namespaces.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from namespaces import Namespaces, stop, wait_until  # noqa: E402, F401

SNIPPET = HERE.parent / "snippet"
SERVER_ADDRESS = "203.0.113.10"
VISITOR_ADDRESS = "203.0.113.77"
ORIGIN = "http://shop.example"


class Stage(Namespaces):
    def __init__(self):
        super().__init__("shop")
        self.server_interface, self.visitor_interface = f"ss{self.tag}", f"sv{self.tag}"

    def build(self):
        self.server_namespace, self.visitor_namespace = self.add("s"), self.add("v")
        self.join((self.server_namespace, self.server_interface, f"{SERVER_ADDRESS}/24"),
                  (self.visitor_namespace, self.visitor_interface, f"{VISITOR_ADDRESS}/24"))
        self._start_shop()

    def _start_shop(self):
        site = self.directory / "site"
        shutil.copytree(HERE / "site", site)
        subprocess.run([SNIPPET / "build"], check=True, capture_output=True, text=True)
        for script in (SNIPPET / "dist" / "bellrock.js", SNIPPET / "stub.js"):
            shutil.copy(script, site / "static")
        config = (HERE / "nginx.conf").read_text()
        for name, value in (("DIRECTORY", self.directory), ("SITE", site), ("ADDRESS", SERVER_ADDRESS)):
            config = config.replace(f"@{name}@", str(value))
        config_file = self.directory / "nginx.conf"
        config_file.write_text(f"user root;\n{config}")
        socket = self.directory / "backend.sock"
        self.start(self.server_namespace, "node", HERE / "backend.mjs", socket, self.directory / "beacons.jsonl")
        wait_until(socket.exists, "the shop's backend")
        self.start(self.server_namespace, "nginx", "-p", self.directory, "-e", self.directory / "nginx.error.log", "-c", config_file)
        wait_until(lambda: subprocess.run(self.command_in(self.visitor_namespace, "curl", "-fs", "-o", "/dev/null",
                                                          f"http://{SERVER_ADDRESS}/")).returncode == 0, "nginx")
        self.forget()

    def forget(self):
        """Empties what the server has written down so far."""
        for name in ("access.jsonl", "beacons.jsonl"):
            (self.directory / name).write_text("")

    def walk(self, rounds=1, timeout_s=600):
        """Sends the visitors through the shop; returns what they did, one entry each."""
        if not (HERE / "node_modules").is_dir():
            subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True)
        profile = self.directory / "profile"
        environment = {**os.environ, "HOME": str(self.directory)}
        command = self.command_in(self.visitor_namespace, "node", HERE / "walk.mjs", ORIGIN, SERVER_ADDRESS, profile, rounds)
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, env=environment)
        if result.returncode != 0:
            raise RuntimeError(f"the walk through the shop failed:\n{result.stderr[-3000:]}")
        return json.loads(result.stdout)

    def truth(self, visits):
        """What the visitors did and the server saw, in the form of tests/data/shop.truth.json."""
        requests = [json.loads(line) for line in (self.directory / "access.jsonl").read_text().splitlines()]
        bodies = [json.loads(line)["body"] for line in (self.directory / "beacons.jsonl").read_text().splitlines()]
        beacons = [beacon for body in bodies for beacon in as_list(json.loads(body))]
        journeys = journeys_of(visits)
        agree(journeys, requests, beacons)
        return {"journeys": journeys, "visits": visits, "requests": requests, "beacons": beacons}


def as_list(value):
    return value if isinstance(value, list) else [value]


def journeys_of(visits):
    """Starts, open attempts, outcomes and steps of each journey, summed over the visitors."""
    journeys = {}
    for attempt in (a for visit in visits for a in visit["attempts"]):
        journey = journeys.setdefault(attempt["journey"], {"starts": 0, "open": 0, "outcomes": {}, "steps": {}})
        journey["starts"] += 1
        for step in attempt["steps"]:
            journey["steps"][step] = journey["steps"].get(step, 0) + 1
        if attempt["outcome"] == "open":
            journey["open"] += 1
        else:
            journey["outcomes"][attempt["outcome"]] = journey["outcomes"].get(attempt["outcome"], 0) + 1
    return journeys


def agree(journeys, requests, beacons):
    """The visitors' account and the server's must be one: otherwise a visitor did something else than it says."""
    names = [beacon.get("name") for beacon in beacons]
    # Scripts and pictures of a page that is left may be cut as well; they are no step of a journey.
    gone = sum(request["status"] == 499 and request["target"].startswith(("/search?q=", "/api/v1/payments"))
               for request in requests)
    pairs = {
        "searches": (journeys["search"]["starts"], sum(request["target"].startswith("/search?q=") for request in requests)),
        "results": (journeys["search"]["outcomes"]["success"], names.count("search.results")),
        "orders": (journeys["checkout"]["outcomes"]["success"], names.count("order.confirmed")),
        "payments": (journeys["checkout"]["steps"]["pay"], sum(request["target"] == "/api/v1/payments" for request in requests)),
        "declined": (journeys["checkout"]["outcomes"]["failed.user"], names.count("payment.declined")),
        "left waiting": (sum(journey["outcomes"]["abandoned.waiting"] for journey in journeys.values()), gone),
    }
    wrong = {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}
    if wrong:
        raise RuntimeError(f"the visitors and the server disagree (visitors, server): {wrong}")
