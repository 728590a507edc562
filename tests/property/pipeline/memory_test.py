"""Memory does not grow with the length of a run: five times the traffic over five times the time takes the same."""
import argparse
import os
import pathlib
import subprocess
import sys

from replay import run, scratch

SLACK_MB = 6  # of 137: what the allocator does with the same work


def peak_mb(command):
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command[0]} ended with status {status}")
    return usage.ru_maxrss / 1024


def replay_peak(arguments, directory, times):
    pcap = directory / "traffic.pcap"
    run([arguments.bin / "bellrock-traffic", "--out", pcap, "--truth", directory / "truth.json",
         "--transactions", str(20_000 * times), "--duration", str(3_600 * times)])
    peak = peak_mb([arguments.bin / "bellrock", "replay", "--config", arguments.config, "--pcap", pcap, "-o", "json"])
    size = pcap.stat().st_size / 2**20
    pcap.unlink()
    print(f"{size:.0f} MB of packets: peak of {peak:.1f} MB")
    return peak


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    with scratch() as name:
        short, long = (replay_peak(arguments, pathlib.Path(name), times) for times in (1, 5))
    return f"{long - short:.1f} MB more" if long > short + SLACK_MB else 0


if __name__ == "__main__":
    sys.exit(main())
