"""A second oracle: tshark's own reassembly of a clean generated capture finds what the truth says, and no fault in it."""
import argparse
import collections
import pathlib
import subprocess
import unittest

from replay import Traffic, scratch


def tshark(pcap, *arguments):
    command = ["tshark", "-r", str(pcap), "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout


def fields(pcap, display_filter, *names):
    """Rows of lists of values: a frame may hold several messages."""
    arguments = ["-Y", display_filter, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"]
    for name in names:
        arguments += ["-e", name]
    return [[cell.split("|") if cell else [] for cell in line.split("\t")] for line in tshark(pcap, *arguments).splitlines()]


class Tshark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        directory = pathlib.Path(cls.scratch.name)
        # Without chunking: tshark calls a chunked body malformed when its last line end is split over two segments.
        cls.traffic = Traffic(BINARIES, directory, "clean", "--seed", "3", "--transactions", "6000", "--chunked", "0",
                              "--invalid-beacons", "0", "--vlan", "0.1")

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_it_finds_no_fault(self):
        faults = "tcp.analysis.flags || _ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0"
        self.assertEqual("", tshark(self.traffic.pcap, "-Y", faults))

    def test_methods_and_statuses_are_as_often(self):
        methods, statuses = collections.Counter(), collections.Counter()
        for row in fields(self.traffic.pcap, "http", "http.request.method", "http.response.code"):
            methods.update(row[0])
            statuses.update(row[1])
        self.assertEqual(self.traffic.totals["http"]["by_method"], dict(methods))
        interim = statuses.pop("100", 0) + statuses.pop("103", 0)
        for t in self.traffic.transactions:  # tshark shows no response whose body never ends
            statuses["200"] += t["cut"]
        self.assertEqual(self.traffic.totals["http"]["by_status"], dict(statuses))
        self.assertEqual(self.traffic.totals["http"]["interim"], interim)

    def test_its_response_times_are_ours(self):
        """Where a request and the head of its response are one segment each, http.time is our TTFB."""
        expected = {}
        for t in self.traffic.transactions:
            simple = t["end"] == "answered" and t["request_first_ns"] == t["request_last_ns"] and not t["interim"]
            key = t["client"][1], t["request_last_ns"] // 1000
            if simple and key not in expected:
                expected[key] = (t["response_first_ns"] - t["request_last_ns"]) // 1000
            else:  # pipelined: several requests in one segment
                expected[key] = None
        compared = 0
        self_contained = ["-o", "http.desegment_body:FALSE"]
        rows = tshark(self.traffic.pcap, *self_contained, "-Y", "http.response.code && http.time", "-T", "fields", "-E",
                      "occurrence=a", "-e", "tcp.dstport", "-e", "frame.time_epoch", "-e", "http.time").splitlines()
        for row in rows:
            port, at, times = row.split("\t")
            if "," in times:
                continue
            elapsed, at_us = round(float(times) * 1e6), int(at.replace(".", "")[:16])
            want = expected.get((int(port), at_us - elapsed))
            if want is not None:
                self.assertEqual(want, elapsed)
                compared += 1
        self.assertGreater(compared, len(expected) // 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    BINARIES = arguments.bin
    unittest.main(argv=[__file__, *rest], verbosity=2)
