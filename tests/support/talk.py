"""Conversations of HTTP over TCP and IPv4, written into a capture file: plain packets, one connection each.

All times are seconds since the capture's begin, as floats that are rounded to nanoseconds.
"""

import struct

FIN, SYN, RST, ACK = 1, 2, 4, 16


class Capture:
    def __init__(self, begin_unix_s):
        self.begin_ns = begin_unix_s * 1_000_000_000
        self.packets = []
        self.connections = 0

    def connection(self, at):
        self.connections += 1
        return Talk(self, self.connections, at)

    def add(self, at, frame):
        self.packets.append((self.begin_ns + round(at * 1_000_000_000), len(self.packets), frame))

    def write(self, path):
        """pcap with nanoseconds, Ethernet, in the order of time; of one time in the order in which they were added."""
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1))
            for at, _, frame in sorted(self.packets):
                f.write(struct.pack("<IIII", at // 1_000_000_000, at % 1_000_000_000, len(frame), len(frame)) + frame)
        return len(self.packets)


class Talk:
    """One client's connection to port 80 of the server."""

    def __init__(self, capture, number, at):
        self.capture = capture
        self.client = struct.pack(">I", 0x0A000000 + 1 + number // 20_000)
        self.port = 40_000 + number % 20_000
        self.next = {True: 1_000, False: 5_000}  # sequence numbers, by whether the client sends
        self._send(at, True, SYN)
        self._send(at, False, SYN | ACK)
        self._send(at, True, ACK)

    def ask(self, at, method, target, headers=(), body=b""):
        head = f"{method} {target} HTTP/1.1\r\nHost: shop.example\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
        if body or method == "POST":
            head += f"Content-Length: {len(body)}\r\n"
        self._send(at, True, ACK, (head + "\r\n").encode() + body)

    def answer(self, at, status, body=b""):
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n"
        self._send(at, False, ACK, head.encode() + body)

    def acknowledge(self, at):
        """A client's packet without bytes."""
        self._send(at, True, ACK)

    def close(self, at):
        """The client's FIN, acknowledged; the server goes on as if nothing had happened."""
        self._send(at, True, FIN | ACK)
        self._send(at, False, ACK)

    def reset(self, at):
        self._send(at, True, RST)

    def _send(self, at, by_client, flags, payload=b""):
        server = struct.pack(">I", 0x0A010001)
        source, target = (self.client, server) if by_client else (server, self.client)
        ports = (self.port, 80) if by_client else (80, self.port)
        acknowledged = self.next[not by_client] if flags & ACK else 0
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + source + target
        tcp = struct.pack(">HHIIBBHHH", *ports, self.next[by_client], acknowledged, 0x50, flags, 65_000, 0, 0)
        self.capture.add(at, bytes(12) + b"\x08\x00" + ip + tcp + payload)
        self.next[by_client] += len(payload) + (1 if flags & (SYN | FIN) else 0)
