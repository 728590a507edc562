"""Clean captures: every count, time, beacon and outcome of the replay equals the truth, on any number of workers."""
import argparse
import json
import pathlib
import unittest

import compare
from replay import Replay, Traffic, scratch

# Shapes that hide nothing; each must be read exactly. (name, transactions, generator options)
SHAPES = [
    ("plain", 16_000, []),
    ("framing", 3_000, ["--chunked", "0.6", "--gzip", "0.6", "--pipeline", "0.6", "--invalid-beacons", "0.08"]),
    ("network", 3_000, ["--ipv6", "0.5", "--vlan", "0.4", "--qinq", "0.3", "--wrap", "0.5", "--noise", "0.05"]),
    ("one_byte", 1_500, ["--one-byte", "0.3", "--chunked", "0.4"]),
    ("cooked", 1_000, ["--link", "cooked", "--noise", "0.02"]),
    ("at_zero", 1_000, ["--start", "0"]),  # relative times
    ("raw_us", 1_000, ["--link", "raw", "--microseconds"]),
]
# Session keys change at midnight, which the truth does not know of. (2024-06-01; a hundred attempts are under way then)
MIDNIGHT = 1_717_200_000
MIDNIGHTS = [
    ("midnight", 16_000, ["--start", str(MIDNIGHT - 120), "--duration", "240", "--pipeline", "0.3"]),
    ("days", 8_000, ["--start", str(MIDNIGHT - 7_200), "--duration", str(3 * 86_400)]),
]
# Copies and changed order: every byte is there, so the counts are exact too.
COPIES = [
    ("duplicates", 3_000, ["--duplicate", "0.3"]),
    ("retransmissions", 3_000, ["--retransmit", "0.2", "--overlap", "0.2", "--conflict", "0.1"]),
    ("reordered", 3_000, ["--reorder", "0.3", "--duplicate", "0.1", "--retransmit", "0.1", "--one-byte", "0.02"]),
]
# Fields of the replay's document that may differ between two runs of one capture.
VOLATILE = {"workers", "seconds", "elapsed", "elapsed_ns", "cpu_ns", "rates", "memory"}


class Clean(unittest.TestCase):
    def replayed(self, shape, workers=1):
        name, transactions, options = shape
        traffic = Traffic(BINARIES, self.directory, name, "--seed", str(SEED), "--transactions", str(transactions), *options)
        return traffic, Replay(BINARIES, CONFIG, traffic.pcap, self.directory, workers)

    def setUp(self):
        self.scratch = scratch()
        self.directory = pathlib.Path(self.scratch.name)

    def tearDown(self):
        self.scratch.cleanup()

    def check(self, traffic, replay, with_times=True):
        compare.conservation(replay)
        compare.exact_transactions(traffic, replay)
        compare.exact_totals(traffic, replay)
        compare.exact_beacons(traffic, replay)
        compare.exact_outcomes(traffic, replay, with_times)
        compare.exact_objectives(traffic, replay)

    def test_every_shape_is_read_exactly(self):
        for shape in SHAPES:
            with self.subTest(shape[0]):
                self.check(*self.replayed(shape, workers=2 if shape[0] == "network" else 1))

    def test_midnights_change_no_count(self):
        for shape in MIDNIGHTS:
            for workers in (1, 2, 4):
                with self.subTest(shape[0], workers=workers):
                    self.check(*self.replayed(shape, workers))

    def test_copies_and_changed_order_change_no_count(self):
        for shape in COPIES:
            with self.subTest(shape[0]):
                traffic, replay = self.replayed(shape)
                self.check(traffic, replay, with_times=shape[0] != "reordered")

    def test_clocks_that_are_ten_years_wrong_change_no_count(self):
        traffic, right = self.replayed(("clocks", 3_000, []))
        skewed, wrong = self.replayed(("wrong_clocks", 3_000, ["--clock-skew", str(10 * 365 * 86_400)]))
        self.check(skewed, wrong)
        self.assertNotEqual(traffic.pcap.read_bytes(), skewed.pcap.read_bytes())
        for counts in ("journeys", "series", "beacons"):
            self.assertEqual(right.totals[counts], wrong.totals[counts], counts)

    def test_any_number_of_workers_gives_the_same(self):
        traffic, one = self.replayed(("workers", 16_000, ["--duplicate", "0.02"]))
        for workers in (2, 4):
            other = Replay(BINARIES, CONFIG, traffic.pcap, self.directory, workers)
            stable = lambda totals: json.dumps({k: v for k, v in totals.items() if k not in VOLATILE}, sort_keys=True)
            self.assertEqual(stable(one.totals), stable(other.totals), f"{workers} workers")
            order = lambda lines: sorted(json.dumps(line, sort_keys=True) for line in lines)
            for kind in ("transactions", "beacons", "outcomes"):
                self.assertEqual(order(getattr(one, kind)), order(getattr(other, kind)), f"{kind} of {workers} workers")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=7, help="of the captures; nightly runs take others")
    arguments, rest = parser.parse_known_args()
    BINARIES, CONFIG, SEED = arguments.bin, arguments.config, arguments.seed
    unittest.main(argv=[__file__, *rest], verbosity=2)
