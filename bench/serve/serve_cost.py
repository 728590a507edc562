"""What a beacon costs an edge that serves, next to nginx and to a hand-written server, in the same minute.

  serve_cost.py --bin DIR [--rounds N] [--seconds S] [--rows NAME …] [--keep FILE]

Needs root, nginx and wrk. A round runs every row once:
  bench              serve_bench: keep_alive and connection_each, on prepared frames in process
  nginx              `return 204`, over a veth pair, 64 connections
  nginx-close        the same, a connection for each request
  epoll              epoll_server (this folder), 64 connections
  PORT, PORT-close   bellrock-edge over the same pair; PORT is af_packet or af_xdp, or a driver with options:
                     af_packet,qdisc_bypass=1 or af_xdp,busy_budget=0
The server has core 0, the client core 1. Servers are charged with their processes' CPU, edges with the cycles of polls
that had packets. Times depend on the machine and on what else it does; the ratios of one round are the figures to quote.
Fails when an answer is missing or wrong, or was not counted; never because of a time.
--keep FILE: figures of earlier runs are kept there, and the medians are of all of them.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import stages

ROWS = ("bench", "nginx", "nginx-close", "epoll", "af_packet", "af_packet-close", "af_xdp", "af_xdp-close")
BARS = (  # what, figure above, figure below, and how the ratio reads
    ("T4: nginx against a beacon of keep_alive", "nginx.us", "bench.keep_alive_us", ">= 10"),
    ("T5: nginx-close against connection_each", "nginx-close.us", "bench.connection_each_us", ">= 12"),
    ("af_packet, busy, against epoll", "af_packet.us", "epoll.us", "<= 0.7"),
    ("af_xdp, busy, against epoll", "af_xdp.us", "epoll.us", "<= 0.7"),
    ("af_packet, outside of the port, us", "af_packet.outside_us", None, "<= 1.0"),
    ("af_xdp, outside of the port, us", "af_xdp.outside_us", None, "<= 1.0"))


def run_bench(binaries, seconds):
    command = ["taskset", "-c", str(stages.SERVER_CORE), binaries / "serve_bench", "--benchmark_format=json",
               "--benchmark_filter=^(keep_alive/1024/32|connection_each)/", f"--benchmark_min_time={seconds / 20}",
               "--benchmark_repetitions=5"]
    process = stages.prefer(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                             start_new_session=True))
    lines = json.loads(process.communicate(timeout=120)[0])["benchmarks"]
    found = {line["run_name"].split("/")[0] + "_us": line["per_item"] * 1e6
             for line in lines if line.get("aggregate_name") == "median"}
    if len(found) != 2 or any(line.get("error_occurred") for line in lines):
        raise RuntimeError(f"serve_bench: {lines}")
    return found


def run_row(binaries, row, seconds, cycles):
    if row == "bench":
        return run_bench(binaries, seconds)
    name, closes = row.removesuffix("-close"), row.endswith("-close")
    servers = {"nginx": stages.Nginx, "epoll": stages.EpollServer}
    stage = servers[name](binaries) if name in servers else stages.Edge(binaries, name, cycles)
    with stage:
        return stage.measure(seconds, closes)


def report(rounds):
    rows = list(dict.fromkeys(row for one in rounds for row in one))
    for row in rows:
        for figure in dict.fromkeys(name for one in rounds if row in one for name in one[row]):
            values = [one[row][figure] for one in rounds if row in one]
            print(f"{row:28} {figure:20} {statistics.median(values):10.3f}   {min(values):.3f}-{max(values):.3f}   n={len(values)}")
    for what, above, below, bar in BARS:
        values = []
        for one in rounds:
            flat = {f"{row}.{name}": value for row, figures in one.items() for name, value in figures.items()}
            if above in flat and (below is None or below in flat):
                values.append(flat[above] / (flat[below] if below else 1))
        if values:
            print(f"{what:44} {statistics.median(values):6.2f}   {min(values):.2f}-{max(values):.2f}   ({bar})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(os.path.abspath(text)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rows", nargs="+", default=ROWS)
    parser.add_argument("--keep", type=pathlib.Path)
    args = parser.parse_args()
    cycles = stages.cycles_per_second(args.bin) if any(row.startswith("af_") for row in args.rows) else None
    rounds = [json.loads(line) for line in args.keep.read_text().splitlines()] if args.keep and args.keep.exists() else []
    for _ in range(args.rounds):
        rounds.append({row: run_row(args.bin, row, args.seconds, cycles) for row in args.rows})
        if args.keep:
            with args.keep.open("a") as file:
                file.write(json.dumps(rounds[-1]) + "\n")
    report(rounds)
    return 0


if __name__ == "__main__":
    stages.namespaces.alone()
    sys.exit(main())
