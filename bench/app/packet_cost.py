"""CPU per packet of the whole worker against reading and freeing the same packets through the same reader.

  packet_cost.py --bin DIR [--packets N] [--rounds N] [--capture FILE]

Makes a capture in /dev/shm, runs the four programs in turn, and prints medians and ranges. Times depend on the machine
and on what else it does; the ratio of one run is the figure to quote. The packets counted must be the same everywhere.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--packets", type=int, default=1_100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--capture")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="bellrock-bench-") as directory:
        capture = args.capture or os.path.join(directory, "traffic.pcap")
        if not args.capture:
            subprocess.run([os.path.join(args.bin, "bellrock-traffic"), "--out", capture, "--truth",
                            os.path.join(directory, "truth.json"), "--packets", str(args.packets), "--seed", "1"],
                           check=True, stdout=subprocess.DEVNULL)
        figures = {}
        for _ in range(args.rounds):
            for reader in ("dpdk", "file"):
                for work in ("free", "all"):
                    result = subprocess.run(
                        [os.path.join(args.bin, "packet_cost"), "--pcap", capture, "--config",
                         os.path.join(SOURCE, "config", "shop"), "--reader", reader, "--work", work],
                        check=True, capture_output=True, text=True)
                    figures.setdefault((reader, work), []).append(json.loads(result.stdout))
    counts = {run["packets"] for runs in figures.values() for run in runs}
    if len(counts) != 1:
        return f"the programs counted different packets: {sorted(counts)}"
    print(f"{counts.pop()} packets, {args.rounds} rounds")
    for (reader, work), runs in figures.items():
        times = [run["ns_per_packet"] for run in runs]
        print(f"{reader:5} {work:5} {statistics.median(times):8.1f} ns/packet  {min(times):.1f}-{max(times):.1f}"
              f"  peak RSS {max(run['peak_rss_mb'] for run in runs)} MB")
    for reader in ("dpdk", "file"):
        ratios = [a["ns_per_packet"] / f["ns_per_packet"]
                  for a, f in zip(figures[reader, "all"], figures[reader, "free"])]
        print(f"{reader:5} ratio {statistics.median(ratios):.2f}  {min(ratios):.2f}-{max(ratios):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
