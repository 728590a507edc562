"""Packets that no worker sees are counted all the same: those that a full AF_XDP ring lost while the edge stood still, and
those that the steering program saw between an edge's last word and its kill, or while nobody ran. Needs root.

  losses_test.py --bin DIR
"""
import argparse
import ctypes
import json
import pathlib
import signal
import sys
import time

import stage
from stage import Stage, wait_until

TO_BELLROCK = ("tcp", "owned_tcp", "arp", "neighbour", "echo", "icmp_error")
OTHER_PORT = 81  # of an address that is the edge's as a whole: nobody else sends there
# SYNs of a peer whom no kernel has, so that nobody answers what the edge says to him.
SENDER = """
import socket, struct, sys
interface, edge_mac, count, port = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")), int(sys.argv[3]), int(sys.argv[4])
def total(data):
    words = sum(struct.unpack(f"!{len(data) // 2}H", data))
    words = (words & 0xffff) + (words >> 16)
    return ~((words & 0xffff) + (words >> 16)) & 0xffff
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((interface, 0))
peer, server = socket.inet_aton("192.0.2.77"), socket.inet_aton("192.0.2.1")
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0x4000, 64, 6, 0, peer, server)
ip = ip[:10] + struct.pack("!H", total(ip)) + ip[12:]
for number in range(count):
    tcp = struct.pack("!HHIIBBHHH", 1024 + number % 60000, port, number, 0, 0x50, 2, 1024, 0, 0)
    tcp = tcp[:16] + struct.pack("!H", total(peer + server + struct.pack("!HH", 6, 20) + tcp)) + tcp[18:]
    s.send(edge_mac + s.getsockname()[4] + b"\\x08\\x00" + ip + tcp)
"""


def send(on, count, port):
    mac = json.loads(on.run_in(on.edge_side, "ip", "-j", "link", "show", "dev", on.interface).stdout)[0]["address"]
    on.run_in(on.client_side, sys.executable, "-c", SENDER, f"sc{on.tag}", mac, count, port)


class Kernel:
    """The program's own counts, by verdict."""

    def __init__(self, names):
        self.bpf, self.names = ctypes.CDLL("libbpf.so.1", use_errno=True), names

    def counts(self):
        counts = self.bpf.bpf_obj_get(b"/sys/fs/bpf/bellrock_counts")
        if counts < 0:
            raise SystemExit("the counts are not pinned")
        values = (ctypes.c_uint64 * self.bpf.libbpf_num_possible_cpus())()
        found = {}
        for number, name in enumerate(self.names):
            self.bpf.bpf_map_lookup_elem(counts, ctypes.byref(ctypes.c_uint32(number)), values)
            found[name] = sum(values)
        ctypes.CDLL(None).close(counts)
        return found


def verdicts():
    text = (pathlib.Path(stage.ROOT) / "bpf/abi/steer.h").read_text()
    return [line.split('"')[1] for line in text.splitlines() if line.strip().startswith("X(STEER_")]


def steered(on):
    metrics = on.metrics()
    return {name: metrics.get(f"bellrock_steered_packets.{name}", 0) for name in verdicts()}


def agrees(on, kernel):
    before = kernel.counts()
    return steered(on) == before == kernel.counts()


def ring_full(on):
    """An edge stands still for longer than its ring has room."""
    on.edge.send_signal(signal.SIGSTOP)
    send(on, 9_000, 80)
    on.edge.send_signal(signal.SIGCONT)

    def balance():
        metrics = on.metrics()
        to_us = sum(metrics.get(f"bellrock_steered_packets.{name}", 0) for name in TO_BELLROCK)
        return to_us, metrics.get("bellrock_packets", 0), metrics.get("bellrock_port_missed", 0)

    def holds():
        to_us, packets, missed = balance()
        return to_us >= 9_000 and to_us == packets + missed
    try:
        wait_until(holds, "the sum")
    except RuntimeError:
        raise SystemExit(f"steered to us, packets, missed: {balance()}; sockets: {stage.xdp_statistics(on.edge.pid)}") from None
    to_us, packets, missed = balance()
    if missed == 0:
        raise SystemExit("the ring was never full")
    print(f"{to_us} steered to us = {packets} packets + {missed} missed; sockets: {stage.xdp_statistics(on.edge.pid)}")


def killed(on, kernel):
    """Kills between two looks: what was steered before, meanwhile and afterwards is counted once."""
    began, sent = steered(on)["owned_tcp"], 0
    for while_up, while_down in ((500, 300), (700, 0), (0, 200), (900, 100)):
        send(on, while_up, OTHER_PORT)
        sent += while_up
        on.edge.kill()
        on.edge.wait()
        on.processes.remove(on.edge)
        nobody = kernel.counts()["pass_no_socket"]
        send(on, while_down, OTHER_PORT)
        left = kernel.counts()
        if left["pass_no_socket"] < nobody + while_down:
            raise SystemExit(f"{left} after {while_down} packets to nobody")
        on.start_edge()
        if any(now < before for now, before in zip(kernel.counts().values(), left.values())):
            raise SystemExit(f"{kernel.counts()} after {left}")
    wait_until(lambda: agrees(on, kernel), f"{steered(on)} to be {kernel.counts()}; the same", 20)
    if steered(on)["owned_tcp"] != began + sent:
        raise SystemExit(f"{steered(on)['owned_tcp'] - began} counted of {sent} sent while an edge ran")
    print(f"4 kills: {steered(on)} in the kernel and on the board")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    options = parser.parse_args()
    stage.alone()
    with Stage(options.bin, "af_xdp") as on:
        kernel = Kernel(verdicts())
        began = time.monotonic()
        wait_until(lambda: agrees(on, kernel), "the same counts", 20)
        print(f"the board has the program's counts after {time.monotonic() - began:.1f} s")
        ring_full(on)
        wait_until(lambda: agrees(on, kernel), "the same counts", 20)
        killed(on, kernel)


if __name__ == "__main__":
    main()
