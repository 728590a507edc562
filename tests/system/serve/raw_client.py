"""A TCP client made of single frames (scapy), for what no kernel would send. Its address belongs to nobody, so that no
kernel answers for it."""

import time

from scapy.all import IP, TCP, Ether, Raw, conf  # pylint: disable=no-name-in-module

ADDRESS = "192.0.2.77"


class RawClient:
    def __init__(self, interface, edge_mac, server, port, window=65535):
        self.socket = conf.L2socket(iface=interface)
        self.mac, self.server, self.port, self.window = edge_mac, server, port, window
        self.sequence, self.heard, self.received = 1_000, 0, b""

    def frame(self, flags, payload=b"", sequence=None, acknowledgement=None, window=None):
        return (Ether(dst=self.mac) / IP(src=ADDRESS, dst=self.server)
                / TCP(sport=self.port, dport=80, flags=flags, window=self.window if window is None else window,
                      seq=self.sequence if sequence is None else sequence,
                      ack=self.heard if acknowledgement is None else acknowledgement) / Raw(payload))

    def send(self, *arguments, **options):
        self.socket.send(self.frame(*arguments, **options))

    def hear(self, seconds=0.3, takes=True):
        """The edge's segments of the next moments; data in order is taken, and acknowledged when `takes`."""
        segments, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self.socket.select([self.socket], left):
                continue
            packet = self.socket.recv()
            if packet is None or TCP not in packet or packet[IP].dst != ADDRESS or packet[TCP].dport != self.port:
                continue
            segments.append(packet[TCP])
            data = bytes(packet[TCP].payload)[:packet[IP].len - 4 * packet[IP].ihl - 4 * packet[TCP].dataofs]
            if takes and packet[TCP].seq == self.heard and data:
                self.received += data
                self.heard = (self.heard + len(data)) % 2**32
                self.send("A")
        return segments

    def connect(self):
        self.send("S")
        answers = [s for s in self.hear() if s.flags == "SA"]
        if not answers:
            raise SystemExit("no SYN-ACK")
        self.sequence += 1
        self.heard = (answers[0].seq + 1) % 2**32
        self.send("A")
        return self

    def say(self, data):
        self.send("PA", data)
        self.sequence += len(data)
