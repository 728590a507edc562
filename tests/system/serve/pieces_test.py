"""Beacons that arrive in pieces of 1 to 64 bytes over a network that loses 5 %, doubles 5 % and reorders 10 % of the
frames, both ways: each of 2,000 is answered, and counted exactly once. Needs root.

  pieces_test.py --bin DIR [--beacons N] [--seed N]
"""
import argparse
import subprocess
import sys

import stage
from stage import SERVER, Stage, beacon

CONNECTIONS = 100
SENDER = r"""
import asyncio, random, sys
host, body, each, lanes, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
async def lane(number):
    choice = random.Random(seed * 1000 + number)
    reader, writer = await asyncio.open_connection(host, 80)
    for i in range(each):
        text = body.replace("visitor-1", f"visitor-{number}-{i}")
        request = (f"POST /rum HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n" + text).encode()
        while request:
            size = choice.randint(1, 64)
            writer.write(request[:size])
            request = request[size:]
            await asyncio.sleep(0)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert answer.startswith("HTTP/1.1 204 "), answer
    writer.close()
async def main():
    await asyncio.gather(*(lane(number) for number in range(lanes)))
asyncio.run(main())
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    parser.add_argument("--beacons", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    stage.alone()
    impairment = ["--seed", options.seed, "--loss", 0.05, "--duplicate", 0.05, "--reorder", 0.1, "--segment", "1-64"]
    for port in stage.PORTS:
        with Stage(options.bin, port, impairment) as on:
            said = subprocess.run(on.command_in(on.client_side, sys.executable, "-c", SENDER, SERVER, beacon(),
                                                options.beacons // CONNECTIONS, CONNECTIONS, options.seed),
                                  capture_output=True, text=True, timeout=540)
            if said.returncode != 0:
                raise SystemExit(f"{port}: {said.stderr[-2000:]}\n{on.logs()}")
            on.expect_count("beacons_accepted", options.beacons)
            on.expect_count("beacons_seen", options.beacons)
            metrics = on.metrics()
            kept, again = metrics.get("bellrock_frames_by_verdict.kept", 0), metrics.get("bellrock_responder.retransmitted", 0)
            if kept == 0 or again == 0:
                raise SystemExit(f"{port}: nothing was out of order ({kept}) or sent again ({again}): the network was no trial")
            stage.expect_no_refused_buffers(on)
            print(f"{port}: {options.beacons} beacons in {metrics['bellrock_packets']} frames, {kept} out of order, "
                  f"{metrics.get('bellrock_frames_by_verdict.duplicate', 0)} duplicates, {again} of our segments sent again; "
                  "each beacon counted once", flush=True)


if __name__ == "__main__":
    main()
