"""A replay that is killed and goes on says what one that was never killed says, wherever it is killed.

The oracle knows nothing of restarts: it is the replay of the same capture without one. So that a restart may lose no
message, each stands on a connection of its own, in one packet: a kill between connections loses none, and a kill inside
a message's packet, or after it, has it on the board already. What may differ is said in RESTART_SAYS.

A restart before a message's packet but inside its connection loses nothing either, but for time: a connection that is
seen from its middle is kept for 100 ms first, and what it held is handed over then, at the next end of a window, with
the time when the 100 ms were over. So there, where the next message is further away than that, the counts are compared,
and not how long things took.

The messages are those that a restart can get wrong: several events each (more journeys begin than an event has room
for), of bots, sent twice, in batches, of visitors with two keys; some stand right behind a committed position, with
their connection's first packets before it.
"""
import argparse
import json
import pathlib
import random
import sys
import unittest

from replay import run, scratch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from talk import Capture  # noqa: E402

BEGIN = 1_700_000_000
BURST = 64  # packets after which a position is committed in any case
JOURNEYS = 12
HUMAN = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"

# Members of the document that speak of the reading, not of the visitors. A restart forgets connections, and counts
# packets and answers anew from the committed position on; the frames' number depends on when a bank was taken.
RESTART_SAYS = {"stream", "connections", "transactions", "http", "frames"}

SITE = """
apiVersion: bellrock/v1
kind: Site
metadata: {name: shop}
spec:
  hosts: any
  beacon_paths: [/rum]
  templates: [/, /a, /b]
  vitals: [/a]
  clicks: {pages: [/a], grid: {suppress_below: 2, every: 1m}}
  frustration: {from: beacons, loop: {returns: 1, within: 90s}, thrash: {views: 3, within: 60s}, back: 60s, pages: [/a, /b]}
  coverage: {identity: web, pages: [/a, /b], within: 60s, split: true}
---
"""
IDENTITY = """
apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec:
  keys: [{cookie: sid}, {beacon: sid}, {beacon: attrs.u}]
  link: true
  lifetime: {idle: 3m, max: 1h}
"""
JOURNEY = """
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: journey-%d}
spec:
  identity: web
  attempt: {idle: 2m}
  steps:
    - {name: open, kind: start, match: {beacon: {event: open}}}
    - {name: pay, kind: commit, match: {beacon: {event: pay}}}
    - {name: declined, kind: failure, class: user, match: {beacon: {event: declined}}}
    - {name: left, kind: cancel, match: {beacon: {event: left}}}
    - {name: done, kind: success, match: {beacon: {event: done}}}
  recovery: {within: 1m}
  distinct_sessions: true
  feedback: {questions: [ces, nps]}
  storyboards: {keep: 2}
"""


class Traffic:
    """Visitors' beacons, and where a process may die: `between` connections, and `inside` the messages' packets."""

    def __init__(self, seed, connections):
        self.random = random.Random(seed)
        self.capture = Capture(BEGIN)
        self.numbers = {}
        self.between, self.inside, self.before = [], [], []
        self.at = 0.0
        for _ in range(connections):
            # Deadlines of attempts and visitors, and windows' ends, fall between two messages too.
            pause = self.random.choice([0.2, 1, 3, 10, 20, 20, 20, 70, 130, 400])
            if pause >= 20 and self.inside:
                self.before.append(self.inside[-1])
            self.at += pause
            self.between.append(len(self.capture.packets))
            self.message()
        for _ in range(2):  # what is due until here happens
            self.at += 4_000
            self.between.append(len(self.capture.packets))
            self.message()

    def message(self):
        talk = self.capture.connection(self.at)
        behind = -len(self.capture.packets) % BURST
        if behind < 8:
            for _ in range(behind + self.random.randrange(2)):
                talk.acknowledge(self.at)
        self.inside.append(len(self.capture.packets))
        agent = BOT if self.random.random() < 0.15 else HUMAN
        beacons = [self.beacon() for _ in range(self.random.choice([1, 1, 1, 3]))]
        body = json.dumps(beacons if len(beacons) > 1 else beacons[0]).encode()
        talk.ask(self.at, "POST", "/rum", [("User-Agent", agent), ("Content-Type", "application/json")], body)
        talk.answer(self.at + 0.01, 204)
        talk.close(self.at + 0.02)

    def beacon(self):
        visitor = f"visitor-{self.random.randrange(5)}"
        repeated = self.random.random() < 0.15
        number = self.numbers[visitor] = self.numbers.get(visitor, 0) + (0 if repeated else 1)
        said = {"v": 1, "sid": visitor, "page": self.random.choice(["/a", "/b", "/c"])}
        if self.random.random() < 0.7:  # the others are not known as copies, and count each time
            said |= {"n": number, "pv": f"view-{number // 3}"}
        if self.random.random() < 0.15:
            said["attrs"] = {"u": f"user-{self.random.randrange(3)}"}
        kind = self.random.random()
        if kind < 0.7:
            name = self.random.choice(["open", "open", "open", "pay", "declined", "left", "done", "other"])
            return said | {"type": "action", "name": name}
        if kind < 0.8:
            return said | {"type": "feedback", "kind": self.random.choice(["ces", "nps"]), "score": self.random.randrange(1, 6)}
        if kind < 0.9:
            return said | {"type": "click", "kind": "rage", "x": self.random.randrange(3) * 10, "y": 5, "w": 100, "h": 100}
        return said | {"type": "vitals", "lcp": self.random.randrange(5_000)}


def differences(one, other, path=""):
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if path or name not in RESTART_SAYS:
                yield from differences(one.get(name), other.get(name), f"{path}/{name}")
    elif one != other:
        yield f"{path}: {str(one)[:200]} without, {str(other)[:200]} with"


class Laws:
    texts = ()
    counted = ("filtered_bot", "filtered_starts", "duplicate_beacon", "linked", "feedback_joined")

    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        directory = pathlib.Path(cls.scratch.name)
        cls.config, cls.pcap = directory / "shop.yaml", directory / "visits.pcap"
        cls.config.write_text("".join(cls.texts) + "".join(JOURNEY % n for n in range(JOURNEYS)))
        cls.traffic = Traffic(SEED, CONNECTIONS)
        cls.traffic.capture.write(cls.pcap)
        cls.whole = cls.replay()

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def replay(cls, *options):
        return json.loads(run([BINARIES / "bellrock", "replay", "--config", cls.config, "--pcap", cls.pcap, "-o", "json", *options]))

    def check(self, *options):
        with self.subTest(" ".join(options)):
            self.assertEqual(list(differences(self.whole, self.replay(*options)))[:5], [])

    def kills(self, points):
        """Each alone for some, then all of them in one replay."""
        random_ = random.Random(SEED)
        for point in random_.sample(points, min(ALONE, len(points))):
            self.check("--restart-at", point)
        self.check("--restart-at", ",".join(points))

    def test_the_traffic_has_what_a_restart_can_get_wrong(self):
        events = self.whole["events"]
        self.assertGreater(events["events"], self.whole["beacons"]["accepted"] * 1.2)
        for name in self.counted:
            self.assertGreater(events.get(name, 0), 0, name)
        for journey in self.whole["journeys"].values():
            self.assertGreater(journey["starts"], 0)
        behind = [p for p in self.traffic.inside if p % BURST == 0]
        self.assertGreater(len(behind), 2, "messages right behind a committed position")

    def test_any_number_of_workers_says_the_same(self):
        for workers in ("2", "4"):
            self.check("--workers", workers)

    def test_a_kill_between_connections_changes_nothing(self):
        self.kills([str(p) for p in self.traffic.between if p > 0])

    def test_a_kill_before_a_message_of_a_connection_that_has_begun_changes_nothing(self):
        counts = lambda document: {
            "events": document["events"], "beacons": document["beacons"],
            "journeys": {name: (j["starts"], j["outcomes"], j["open"]) for name, j in document["journeys"].items()}}
        before = self.traffic.before
        for point in random.Random(SEED).sample(before, min(2 * ALONE, len(before))):
            with self.subTest(point):
                self.assertEqual(counts(self.whole), counts(self.replay("--restart-at", str(point))))

    def test_a_kill_when_some_events_of_a_packet_are_done_changes_nothing(self):
        for events in (1, 2, 3):
            with self.subTest(events=events):
                self.kills([f"{p}:{events}" for p in self.traffic.inside])

    def test_a_kill_inside_a_message_right_behind_a_committed_position_changes_nothing(self):
        for p in self.traffic.inside:
            if p % BURST < 2:
                self.check("--restart-at", f"{p}:1")
                self.check("--restart-at", f"{p}:2")


class OfASite(Laws, unittest.TestCase):
    texts = (SITE, IDENTITY)
    counted = (*Laws.counted, "clicks")


class OfJourneysAlone(Laws, unittest.TestCase):
    """Where messages are that change nothing but a counter: a site's coverage sees every one of them."""
    texts = (IDENTITY,)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--connections", type=int, default=60)
    parser.add_argument("--alone", type=int, default=6, help="kills of each kind that are tried by themselves")
    arguments, rest = parser.parse_known_args()
    BINARIES, SEED, CONNECTIONS, ALONE = arguments.bin, arguments.seed, arguments.connections, arguments.alone
    unittest.main(argv=[__file__, *rest], verbosity=2)
