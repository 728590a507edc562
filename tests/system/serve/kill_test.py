"""An edge that serves is killed again and again while clients send: whoever got an answer has been counted, and beacons
flow again after each start, on both kinds of port. Needs root.

  kill_test.py --bin DIR [--kills N] [--seed N]
"""
import argparse
import random
import subprocess
import time

import stage
from stage import SERVER, Stage, beacon

# A new connection for each beacon; says how many were answered and how many may have been.
SENDER = r"""
import signal, socket, sys
body = sys.argv[2]
request = (f"POST /rum HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n" + body).encode()
going, sent, answered = True, 0, 0
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while going:
    try:
        with socket.create_connection((sys.argv[1], 80), 0.3) as peer:
            peer.settimeout(0.3)
            sent += 1
            peer.sendall(request)
            answered += peer.recv(64).startswith(b"HTTP/1.1 204 ")
    except OSError:
        pass
print(answered, sent, flush=True)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    stage.alone()
    choice = random.Random(options.seed)
    for port in stage.PORTS:
        with Stage(options.bin, port) as on:
            sender = on.start(on.client_side, "python3", "-c", SENDER, SERVER, beacon(), stdout=subprocess.PIPE, text=True)
            sender.stdout.readline()
            longest = 0
            for _ in range(options.kills):
                time.sleep(choice.uniform(0.05, 0.5))
                on.edge.kill()
                on.edge.wait()
                on.processes.remove(on.edge)
                began = time.monotonic()
                on.start_edge()
                longest = max(longest, time.monotonic() - began)
            sender.terminate()
            answered, sent = map(int, sender.communicate(timeout=20)[0].split())
            counted = on.settled("beacons_accepted")
            if not (0 < answered <= counted <= sent):
                raise SystemExit(f"{port}: {answered} answered, {counted} counted, {sent} sent\n{on.logs()}")
            print(f"{port}: {options.kills} kills, {sent} sent, {answered} answered, {counted} counted; "
                  f"answers again after {longest:.1f} s at most", flush=True)


if __name__ == "__main__":
    main()
