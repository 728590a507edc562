"""The replay of the browsers' capture says what the browsers and the web server say."""
import argparse
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "property" / "pipeline"))
import compare  # noqa: E402
import shop_truth  # noqa: E402
from replay import Replay, scratch  # noqa: E402

DATA = HERE.parents[1] / "data"


class ShopReplay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.truth = json.loads((DATA / "shop.truth.json").read_text())
        with scratch() as place:
            cls.replay = Replay(BINARIES, CONFIG, DATA / "shop.pcap", pathlib.Path(place), workers=2)
        cls.totals = cls.replay.totals

    def test_counts_are_conserved(self):
        compare.conservation(self.replay)

    def test_every_request_of_the_servers_log_is_a_transaction(self):
        expected = shop_truth.http_counts(self.truth)
        self.assertEqual(expected["transactions"], self.totals["transactions"])
        compare.same_counts("by_method", expected["by_method"], self.totals["http"]["by_method"])
        compare.same_counts("by_status", expected["by_status"],
                            {k: n for k, n in self.totals["http"]["by_status"].items() if k != "0"})
        key = lambda port, method, target, status: (port, method, target, 0 if status == shop_truth.GONE else status)
        compare.same_multiset(
            "requests", (key(r["client_port"], r["method"], r["target"], r["status"]) for r in self.truth["requests"]),
            (key(t["client"][1], t["method"], t["target"], t["status"]) for t in self.replay.transactions))
        self.assertEqual(expected["aborted"], sum(t["aborted"] for t in self.replay.transactions))

    def test_every_beacon_arrives(self):
        expected = shop_truth.beacon_counts(self.truth)
        self.assertEqual(expected["accepted"], self.totals["beacons"]["accepted"])
        compare.same_counts("by_type", expected["by_type"], self.totals["beacons"]["by_type"])
        self.assertEqual({}, {k: n for k, n in self.totals["beacons"]["rejected"].items() if n})
        names = [b.get("name") or "" for b in self.truth["beacons"]]
        compare.same_multiset("names", names, [b.get("name") or "" for b in self.replay.beacons])

    def test_attempts_end_as_the_visitors_say(self):
        for name, expected in self.truth["journeys"].items():
            got = self.totals["journeys"][name]
            compare.same_counts(name, {k: expected[k] for k in ("starts", "open")}, {k: got[k] for k in ("starts", "open")})
            compare.same_counts(f"{name} outcomes", expected["outcomes"], got["outcomes"])
            compare.same_counts(f"{name} steps", expected["steps"], got["steps"])

    def test_objectives_measure_what_the_pages_measured(self):
        for journey, objective, event, attr, below_ms in (("search", "fast", "search.results", "search_ms", 1_000),
                                                          ("checkout", "e2e", "order.confirmed", "pay_to_confirmed_ms", 3_000)):
            expected = shop_truth.attr_verdicts(self.truth, event, attr, below_ms)
            got = {s["verdict"]: s["count"] for s in self.totals["series"]
                   if (s["journey"], s["kind"], s["step"], s["scope"]) == (journey, "objective", objective, "total")}
            compare.same_counts(objective, expected, {k: got.get(k, 0) for k in ("good", "bad")})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    BINARIES, CONFIG = arguments.bin, arguments.config
    unittest.main(argv=[__file__, *rest], verbosity=2)
