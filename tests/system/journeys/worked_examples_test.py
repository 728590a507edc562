"""Two journeys with everything that a journey can say, from packets to SLOs.

  worked_examples_test.py --bin DIR --config DIR

A capture of visitors whose every attempt has an end that is planted is read by an edge, sent by an agent, kept by a
centre and asked for with `bellrock slo list`. What is compared is each count of each objective, and which are met: 1.000
seconds are not below one second, and 0.992 is not above 99.2 %. Among what is planted: silent failures, beacons that
come in one request in either order, visitors who close while they wait and whose server answers all the same, a blocked
beacon channel, batches, carts that are told apart, sessions.

Everything listens on 127.0.0.1 and lives in a temporary directory. Exit code 0: all counts are the planted ones.
"""

import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from fleet import Fleet  # noqa: E402
from talk import Capture  # noqa: E402

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
ANSWERS = ("good", "bad", "unknown", "excluded", "censored", "funnel")


class Visitor:
    """Somebody with a cookie, whose beacons say the same."""

    def __init__(self, world, name, begins):
        self.world, self.name, self.begins, self.number = world, name, begins, 0

    def headers(self):
        return [("Cookie", f"RT=\"z=1&si={self.name}&ss=9\""), ("User-Agent", PHONE), ("X-Country", "de")]

    def get(self, at, target, status=200):
        talk = self.world.connection(self.begins + at)
        talk.ask(self.begins + at, "GET", target, self.headers())
        if status:
            talk.answer(self.begins + at + 0.05, status)

    def pay(self, at, cart="", status=200, after=0.4, leaves=None):
        """`leaves`: seconds after which the visitor closes; the server answers all the same, and is reset. `after` None: never."""
        talk = self.world.connection(self.begins + at)
        talk.ask(self.begins + at, "POST", "/api/v1/payments" + (f"?cart_id={cart}" if cart else ""),
                 [*self.headers(), ("X-Cart-Total-Minor", "4990")], b"card=x")
        if leaves is not None:
            talk.close(self.begins + at + leaves)
        if after is None:
            return
        talk.answer(self.begins + at + after, status)
        if leaves is not None:
            talk.reset(self.begins + at + after + 0.001)

    def beacons(self, at, *events):
        """(name, attrs) each, in one request; a name alone is one without attrs."""
        bodies = []
        for event in events:
            name, attrs = event if isinstance(event, tuple) else (event, {})
            bodies.append({"v": 1, "sid": self.name, "type": "action", "page": "/checkout", "name": name, "attrs": attrs})
        talk = self.world.connection(self.begins + at)
        talk.ask(self.begins + at, "POST", "/rum", [("User-Agent", PHONE), ("Content-Type", "application/json")],
                 json.dumps(bodies if len(bodies) > 1 else bodies[0]).encode())
        talk.answer(self.begins + at + 0.02, 204)


class Truth:
    def __init__(self):
        self.counts = {}

    def add(self, objective, answer, n=1):
        assert answer in ANSWERS
        self.counts.setdefault(objective, dict.fromkeys(ANSWERS, 0))[answer] += n


# --- Searches. An attempt is (what happens, what `fast` says of it).

def search_with_results(visitor, at, took_ms):
    visitor.get(at, "/search?q=shoes")
    visitor.beacons(at + 0.5, ("search.results", {"result_count": 7, "search_ms": took_ms}))


def silent_search(visitor, at):
    visitor.get(at, "/search?q=shoes")
    visitor.beacons(at + 20, "other")


def broken_search(visitor, at):
    visitor.get(at, "/search?q=shoes", 503)


def unheard_search(visitor, at):
    visitor.get(at, "/search?q=shoes")


SEARCHES = [
    (lambda v, at: search_with_results(v, at, 999.999), "good"),
    (lambda v, at: search_with_results(v, at, 1000), "bad"),  # one second is not below one second
    (lambda v, at: search_with_results(v, at, 12.5), "good"),
    (silent_search, "bad"),
    (broken_search, "bad"),
    (unheard_search, "unknown"),
]


def plant_searches(world, truth):
    """Each kind of attempt alone, and in pairs: two attempts are a session, which is steady if both were fast."""
    n = 0
    for first, (play, verdict) in enumerate(SEARCHES):
        visitor = Visitor(world, f"s{n}", 10 * n)
        n += 1
        play(visitor, 1)
        truth.add("search/fast", verdict)
        truth.add("search/steady", "excluded")  # of one attempt nothing can be said
        for other, other_verdict in SEARCHES[first:]:
            visitor = Visitor(world, f"s{n}", 10 * n)
            n += 1
            play(visitor, 1)
            other(visitor, 400)
            truth.add("search/fast", verdict)
            truth.add("search/fast", other_verdict)
            both = {verdict, other_verdict}
            truth.add("search/steady", "bad" if "bad" in both else "unknown" if "unknown" in both else "good")
    for _ in range(150):
        visitor = Visitor(world, f"s{n}", 10 * n)
        n += 1
        search_with_results(visitor, 1, 250)
        truth.add("search/fast", "good")
        truth.add("search/steady", "excluded")


# --- Checkouts: what happens, and what `success`, `e2e` and `pay_ok` say.

def bought(visitor, took_ms=1600.0):
    visitor.get(0, "/checkout")
    visitor.pay(5)
    visitor.beacons(7, ("order.confirmed", {"pay_to_confirmed_ms": took_ms}))


def silent(visitor):
    visitor.get(0, "/checkout")
    visitor.pay(5)
    visitor.beacons(20, "other")
    visitor.beacons(60, "other")


def batch(visitor, *events):
    visitor.get(0, "/checkout")
    visitor.pay(5)
    visitor.beacons(90, *events)


def two_carts(visitor):
    """The first one's confirmation never comes, the second one's does, and says whose it is."""
    visitor.get(0, "/checkout?cart_id=a")
    visitor.pay(5, "a")
    visitor.get(25, "/checkout?cart_id=b")
    visitor.pay(30, "b")
    visitor.beacons(33, ("order.confirmed", {"pay_to_confirmed_ms": 2000, "cart_id": "b"}))
    visitor.beacons(100, "other")


def two_attempts(visitor):
    """The same without a value anywhere: the confirmation is the latest payment's."""
    visitor.get(0, "/checkout")
    visitor.pay(5)
    visitor.beacons(24, "other")
    visitor.get(25, "/checkout")
    visitor.pay(30)
    visitor.beacons(33, ("order.confirmed", {"pay_to_confirmed_ms": 2000}))


def left_waiting(visitor, waited):
    visitor.get(0, "/checkout")
    visitor.pay(5, after=waited + 10, leaves=waited)


def left_and_paid_again(visitor):
    """On connections of their own; of the first one's server nothing comes but acknowledgements."""
    visitor.get(0, "/checkout")
    visitor.pay(5, leaves=4, after=None)
    visitor.pay(12)
    visitor.beacons(14, CONFIRMED)


def refused(visitor, status):
    visitor.get(0, "/checkout")
    visitor.pay(5, status=status)


def declined(visitor):
    refused(visitor, 200)
    visitor.beacons(8, "payment.declined")


def cancelled(visitor):
    visitor.get(0, "/checkout")
    visitor.beacons(8, "checkout.cancel")


def blocked(visitor):
    """Beacons do not come through: what became of it nobody knows."""
    visitor.get(0, "/checkout")
    visitor.pay(5)
    visitor.get(20, "/")
    visitor.get(60, "/")


CONFIRMED = ("order.confirmed", {"pay_to_confirmed_ms": 2999.9})
CHECKOUTS = {
    "bought": (bought, [("good", "good", "good")]),
    "bought slowly": (lambda v: bought(v, 3000.0), [("good", "bad", "good")]),
    "silent": (silent, [("bad", "bad", "good")]),
    "a batch that begins with the confirmation": (lambda v: batch(v, CONFIRMED, "other"), [("good", "good", "good")]),
    "a batch that ends with the confirmation": (lambda v: batch(v, "other", CONFIRMED), [("good", "good", "good")]),
    "a batch that ends with the refusal": (lambda v: batch(v, "other", "payment.declined"), [("excluded", "bad", "good")]),
    "two carts": (two_carts, [("bad", "bad", "good"), ("good", "good", "good")]),
    "two attempts": (two_attempts, [("bad", "bad", "good"), ("good", "good", "good")]),
    "left after four seconds": (lambda v: left_waiting(v, 4), [("bad", "bad", "bad")]),
    "left after two seconds": (lambda v: left_waiting(v, 2), [("excluded", "censored", "bad")]),
    "left and paid again": (left_and_paid_again, [("bad", "bad", "bad"), ("good", "good", "good")]),
    "broken": (lambda v: refused(v, 503), [("bad", "bad", "bad")]),
    "declined": (declined, [("excluded", "bad", "good")]),
    "cancelled": (cancelled, [("funnel", "funnel", "funnel")]),
    "only looking": (lambda v: v.get(0, "/checkout"), [("funnel", "funnel", "funnel")]),
    "blocked": (blocked, [("unknown", "unknown", "good")]),
}


def plant_checkouts(world, truth, times):
    n = 0
    for kind, (play, verdicts) in CHECKOUTS.items():
        for _ in range(times.get(kind, times["else"])):
            play(Visitor(world, f"c{n}", 5 * n + 3))
            n += 1
            for verdict in verdicts:
                for objective, answer in zip(("success", "e2e", "pay_ok"), verdict):
                    truth.add(f"checkout/{objective}", answer)


def run(fleet, times):
    hours = 6
    begin = int(time.time()) - hours * 3600
    world, truth = Capture(begin), Truth()
    plant_searches(world, truth)
    plant_checkouts(world, truth, times)
    Visitor(world, "last", 0).get((hours - 1) * 3600 + 1800, "/")  # by then everything is over
    packets = world.write(fleet.path("traffic.pcap"))
    fleet.prepare("{pcap: " + fleet.path("traffic.pcap") + "}")
    for name in ("central", "agent", "edge"):
        fleet.start(name)
    deadline = time.monotonic() + 240
    while not fleet.finished():
        if time.monotonic() > deadline:
            raise SystemExit("the edge does not come to the end of its capture\n" + fleet.log("edge")[-2000:])
        time.sleep(0.05)
    fleet.check_conservation()
    return packets, truth


def listed(fleet, truth):
    """What the centre says, as soon as it has everything, or after a while in any case."""
    command = [fleet.binary("bellrock"), "slo", "list", "-o", "json", "--centre", f"http://127.0.0.1:{fleet.central_port}"]
    deadline = time.monotonic() + 300
    while True:
        ran = subprocess.run(command, capture_output=True, text=True)
        slos = {f"{s['journey']}/{s['objective']}": s for s in json.loads(ran.stdout)["slos"]} if ran.stdout else {}
        found = {name: {answer: slo["counts"][answer] for answer in ANSWERS} for name, slo in slos.items()}
        if found == truth.counts or time.monotonic() > deadline:
            return slos, found
        time.sleep(0.2)


def check(fleet, times, states):
    packets, truth = run(fleet, times)
    slos, found = listed(fleet, truth)
    for name in sorted(set(found) | set(truth.counts)):
        if found.get(name) != truth.counts.get(name):
            print(f"{name}: planted {truth.counts.get(name)}, the centre says {found.get(name)}")
    if found != truth.counts:
        return f"counts differ\n{fleet.log('edge')[-1000:]}{fleet.log('agent')[-1000:]}{fleet.log('central')[-1000:]}"
    said = {name: (slos[name]["state"], slos[name]["partial"]) for name in states}
    if said != states:
        return f"expected {states}, the centre says {said}"
    print(f"{packets} packets, {sum(sum(c.values()) for c in truth.counts.values())} verdicts as planted; {said}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="leave the directories behind")
    args = parser.parse_args()
    # Of each kind some; then exactly 992 of 1,000, and one more that is good.
    few = {"else": 3}
    exact = {"else": 0, "bought": 992, "broken": 8}
    above = {"else": 0, "bought": 993, "broken": 8}
    for times, states in ((few, {"checkout/success": ("missed", True), "checkout/e2e": ("missed", False)}),
                          (exact, {"checkout/success": ("missed", False), "checkout/pay_ok": ("met", False)}),
                          (above, {"checkout/success": ("met", False), "search/fast": ("missed", False)})):
        fleet = Fleet(args)
        try:
            failed = check(fleet, times, states)
        finally:
            fleet.stop()
        if failed:
            return failed
    return 0


if __name__ == "__main__":
    sys.exit(main())
