"""What an edge says of its interface. On both kinds of port that serve: that it is gone, whereupon the edge ends in order
and with an error, and serves again once both are back; and that a client's checksums are left to a card that there is
not. One that only listens ends as well. Needs root.

  interface_test.py --bin DIR
"""
import argparse
import time

import stage
from namespaces import ip, wait_until
from stage import CLIENT, CLIENT6, SERVER, Stage, beacon

BEACONS = 50
NOTICED_WITHIN = 5
SENDER = r"""
import socket, sys
body = sys.argv[2]
request = (f"POST /rum HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n\r\n" + body).encode()
with socket.create_connection((sys.argv[1], 80), 5) as peer:
    for _ in range(int(sys.argv[3])):
        peer.sendall(request)
        assert peer.recv(200).startswith(b"HTTP/1.1 204 ")
"""


class Listening(Stage):
    """Its edge sees the packets of a port that it does not serve."""

    def configure(self):
        super().configure()
        processes = self.directory / "config" / "processes.yaml"
        lines = processes.read_text().splitlines()
        processes.write_text("\n".join(line.replace("terminate", "observe") for line in lines
                                       if not line.startswith("  terminate:")))

    def start_edge(self):
        self.edge = self.start(self.edge_side, self.binaries / "bellrock-edge", "--board", self.board, "--wait", "20s")

        def sees():
            self.check_alive()
            self.client("ping", "-c", 1, "-W", 1, SERVER)
            return self.count("packets") > 0
        wait_until(sees, "bellrock-edge", 30)


def send(on):
    result = on.client("python3", "-c", SENDER, SERVER, beacon(), BEACONS)
    if result.returncode != 0:
        raise SystemExit(f"{on.port}: {result.stderr}{on.logs()}")


def edge_log(on):
    return (on.directory / "bellrock-edge.log").read_text()


def ends_without_interface(on):
    began = time.monotonic()
    ip("-n", on.client_side, "link", "delete", f"sc{on.tag}")
    code = on.edge.wait(NOTICED_WITHIN)
    took = time.monotonic() - began
    on.processes.remove(on.edge)
    if code != 10 or edge_log(on).count(" is gone; ") != 1:
        raise SystemExit(f"{on.port}: the edge ended with {code}\n{on.logs()}")
    return took


def is_gone(on):
    send(on)
    on.expect_count("beacons_accepted", BEACONS)
    send(on)  # some of it the agent has not seen yet
    took = ends_without_interface(on)
    on.expect_count("beacons_accepted", 2 * BEACONS)
    on.join((on.edge_side, on.interface), (on.client_side, f"sc{on.tag}", f"{CLIENT}/24", f"{CLIENT6}/64"))
    on.start_edge()
    send(on)
    on.expect_count("beacons_accepted", 3 * BEACONS)
    print(f"{on.port}: ended {took:.1f} s after the interface, served again afterwards", flush=True)


def leaves_sums(on):
    on.run_in(on.client_side, "ethtool", "-K", f"sc{on.tag}", "tx", "on")
    before = edge_log(on)

    def is_said():
        on.client("curl", "-s", "-m", 2, f"http://{SERVER}/healthz")
        return "partial_sum" in edge_log(on)[len(before):]
    wait_until(is_said, "the hint about checksums", 40)
    if on.count("frames_by_verdict.partial_sum") == 0 or on.count("frames_by_verdict.bad_sum") != 0:
        raise SystemExit(f"{on.port}: {on.metrics()}")
    on.run_in(on.client_side, "ethtool", "-K", f"sc{on.tag}", "tx", "off")
    send(on)
    print(f"{on.port}: {edge_log(on)[len(before):].strip()}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    options = parser.parse_args()
    stage.alone()
    for port in stage.PORTS:
        with Stage(options.bin, port) as on:
            is_gone(on)
            leaves_sums(on)
    with Listening(options.bin, "af_packet") as on:
        print(f"listening: ended {ends_without_interface(on):.1f} s after the interface", flush=True)


if __name__ == "__main__":
    main()
