"""Hostile peers of an edge that serves, over veth: a SYN flood, slow senders, forged resets and data, windows that stay
closed, also before answers that others need the room of, requests that smuggle. Good clients are served meanwhile, and
everything refused has its reason. Needs root, and scapy.

  hostile_test.py --bin DIR [--seed N]
"""
import argparse
import asyncio
import ctypes
import json
import os
import pathlib
import random
import re
import resource
import socket
import time

import stage
from namespaces import wait_until
from stage import ROOT, SERVER, Stage, beacon

GOOD, SPOOFED_EACH = 2_000, 9
SLOW, GOOD_BESIDE_SLOW = 10_000, 1_000
HOLDERS, ASKERS = 600, 40  # an edge has 256 places for answers to preflights


def check(holds, what):
    if not holds:
        raise SystemExit(what)


def post(body):
    return (f"POST /rum HTTP/1.1\r\nHost: shop\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n" + body).encode()


def resident_bytes(process):
    """Of the edge: nsenter has become it."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


async def one_beacon():
    """A connection for one beacon; whether it was answered."""
    reader, writer = await asyncio.open_connection(SERVER, 80)
    writer.write(post(beacon()))
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer.startswith(b"HTTP/1.1 204 ")


async def good_clients(count, lanes, meanwhile=None):
    """Beacons that were answered within 20 s each."""
    answered, left = 0, count

    async def lane():
        nonlocal answered, left
        while left > 0:
            left -= 1
            if meanwhile:
                meanwhile()
            try:
                was_answered = await asyncio.wait_for(one_beacon(), 20)
                answered += was_answered
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                pass

    await asyncio.gather(*(lane() for _ in range(lanes)))
    return answered


def syn_flood(on, edge_mac, choice):
    from scapy.all import IP, TCP, Ether
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((on.client_interface, 0))
    link = Ether(dst=edge_mac, src=on.client_mac)
    spoofed = []
    for _ in range(4_096):
        a, b = choice.randrange(1, 0xffff), choice.randrange(1, 0xffff)
        spoofed.append(bytes(link / IP(src=f"198.18.{a >> 8}.{a & 255}", dst=SERVER)
                             / TCP(sport=b, dport=80, flags="S", seq=choice.randrange(2**32), options=[("MSS", 1460)])))
    sent = 0

    def nine_of_ten():
        nonlocal sent
        for _ in range(SPOOFED_EACH):
            raw.send(spoofed[sent % len(spoofed)])
            sent += 1

    before, opened = resident_bytes(on.edge), on.count("responder.opened")
    answered = asyncio.run(good_clients(GOOD, 64, nine_of_ten))
    after = resident_bytes(on.edge)
    raw.close()
    on.expect_count("beacons_accepted", on.accepted + answered)
    on.accepted += answered
    metrics = on.metrics()
    half_open = metrics["bellrock_frames_by_verdict.syn_answered"]
    check(answered >= 0.8 * GOOD, f"SYN flood: {answered} of {GOOD} good beacons were answered")
    check(half_open >= sent * 0.8, f"SYN flood: {half_open} SYNs answered of {sent} spoofed ones")
    check(metrics["bellrock_responder.opened"] - opened <= 2 * GOOD, "SYN flood: spoofed SYNs opened connections")
    check(after - before < 2 << 20, f"SYN flood: memory grew by {after - before} bytes")
    print(f"SYN flood: {sent} spoofed SYNs for {GOOD} good connections, {answered} answered; memory grew by "
          f"{(after - before) / max(sent, 1):.2f} bytes a spoofed SYN", flush=True)


async def slow_senders(on):
    """Everybody has sent a part of a head, and nobody the rest, when the good ones come."""
    slow = []
    for at in range(0, SLOW, 500):
        slow += await asyncio.gather(*(asyncio.open_connection(SERVER, 80) for _ in range(min(500, SLOW - at))))
    for _, writer in slow:
        writer.write(b"POST /rum HTTP/1.1\r\nHost: ")
    answered = await good_clients(GOOD_BESIDE_SLOW, 100)
    refused = 0
    for reader, writer in slow:
        answer = await asyncio.wait_for(reader.read(64), 60)
        refused += answer.startswith(b"HTTP/1.1 408 ")
        writer.close()
    return answered, refused


def slowloris(on):
    answered, refused = asyncio.run(slow_senders(on))
    check(answered == GOOD_BESIDE_SLOW, f"slow senders: {answered} of {GOOD_BESIDE_SLOW} good beacons were answered")
    check(refused == SLOW, f"slow senders: {refused} of {SLOW} were told 408")
    on.accepted += answered
    on.expect_count("beacons_accepted", on.accepted)
    on.expect_count("requests_refused.head_timeout", SLOW)
    print(f"slow senders: {SLOW} with half a head, {answered} of {GOOD_BESIDE_SLOW} good beacons answered; all slow ones got 408", flush=True)


def forgery(on, edge_mac, choice):
    from raw_client import RawClient
    client = RawClient(on.client_interface, edge_mac, SERVER, 40_001).connect()
    request = post(beacon())
    half = len(request) // 2
    client.say(request[:half])
    challenged = on.count("responder.challenges_sent")
    # In the window, but not exact: an attacker who guesses (RFC 5961).
    for _ in range(50):
        client.send("R", sequence=(client.sequence + choice.randrange(1, 60_000)) % 2**32)
        client.send("S", sequence=choice.randrange(2**32))
        client.send("PA", b"GET /forged HTTP/1.1\r\n\r\n", acknowledgement=(client.heard + choice.randrange(2**20, 2**31)) % 2**32)
        client.send("PA", b"x" * 100, sequence=(client.sequence + choice.randrange(2**17, 2**31)) % 2**32)
    # Other bytes over those that were taken already, and a copy that reaches over them.
    client.send("PA", b"y" * half, sequence=client.sequence - half)
    client.hear()
    client.say(request[half:])
    client.hear(1)
    check(client.received.startswith(b"HTTP/1.1 204 "), f"forged segments: the answer is {client.received[:60]}")
    on.accepted += 1
    on.expect_count("beacons_accepted", on.accepted)
    check(on.wait_for_count("responder.challenges_sent", -1, 1) > challenged, "forged resets were not challenged")
    check(on.count("requests_refused.not_found") == 0, "a forged request was read")
    # The exact number resets.
    client.send("R")
    client.hear()
    client.say(post(beacon()))
    check(any("R" in str(s.flags) for s in client.hear()), "an exact reset did not close")
    print("forged resets, SYNs, acknowledgements and bytes: challenged or dropped, and the request counted once", flush=True)


def closed_window(on, edge_mac):
    from raw_client import RawClient
    client = RawClient(on.client_interface, edge_mac, SERVER, 40_002, window=0).connect()
    client.say(b"GET /bellrock.js HTTP/1.1\r\nHost: shop\r\n\r\n")
    probes = client.hear(4, takes=False)
    check(all(len(bytes(s.payload)) <= 1 for s in probes), "more than a probe came into a closed window")
    probed = on.wait_for_count("responder.window_probes_sent", -1, 1)
    check(probed > 0, "a closed window was not probed")
    client.window = 65535
    client.send("A")
    client.hear(3)
    script = (ROOT / "tools/snippet/stub.js").read_bytes()
    check(client.received.endswith(script), "the snippet did not come when the window opened")
    client.send("R")
    print(f"a window that stays closed: {probed} probes, then the whole answer", flush=True)


def preflight(origin):
    return (f"OPTIONS /rum HTTP/1.1\r\nHost: shop\r\nOrigin: https://{origin}.example\r\n"
            "Access-Control-Request-Method: POST\r\n\r\n").encode()


def hold_answers(on, edge_mac):
    """A handshake and a preflight from each of many ports of one address, whose windows stay closed."""
    from raw_client import ADDRESS, RawClient
    from scapy.all import IP, TCP
    client = RawClient(on.client_interface, edge_mac, SERVER, 0, window=0)
    for first in range(0, HOLDERS, 50):
        ports, until = set(range(50_000 + first, 50_000 + first + 50)), time.monotonic() + 20
        while ports:
            check(time.monotonic() < until, f"{len(ports)} ports got no SYN-ACK")
            for port in ports:
                client.port, client.sequence, client.heard = port, 1_000, 0
                client.send("S")
            while ports and client.socket.select([client.socket], 0.5):
                packet = client.socket.recv()
                if packet is None or TCP not in packet or packet[IP].dst != ADDRESS or packet[TCP].flags != "SA":
                    continue
                if packet[TCP].dport not in ports:
                    continue
                client.port, client.sequence, client.heard = packet[TCP].dport, 1_001, (packet[TCP].seq + 1) % 2**32
                client.send("PA", preflight(f"holder{client.port}"))
                ports.discard(client.port)


def held_answers(on, edge_mac):
    before = on.metrics()
    hold_answers(on, edge_mac)
    for i in range(ASKERS):
        status = on_new_connection(preflight(f"page{i}"))
        check(status == b"204", f"a preflight beside {HOLDERS} closed windows was answered with {status}")

    def ended():
        now = on.metrics()
        return sum(now.get(name, 0) - before.get(name, 0)
                   for name in ("bellrock_responder.closed_revoked", "bellrock_responder.closed_stalled"))
    wait_until(lambda: ended() >= HOLDERS, "the end of who holds answers", 60)
    check(on.count("server.cors_revoked") >= HOLDERS - 256, "no answer was revoked")
    check(on.count("requests_refused.preflights_full") == 0, "a preflight was refused")
    print(f"{HOLDERS} closed windows with answers behind them: {ASKERS} other preflights answered, and the holders reset", flush=True)


def on_new_connection(request):
    with socket.create_connection((SERVER, 80), 10) as peer:
        peer.settimeout(10)
        peer.sendall(request)
        return peer.recv(4_096)[9:12]


def corpus():
    """(name, statuses, bytes) of tests/data/hostile-requests.txt, whose first lines say how it is written."""
    cases, current = [], None
    for line in (ROOT / "tests/data/hostile-requests.txt").read_text().splitlines():
        if line.startswith("= "):
            answers, _, name = line[2:].partition(": ")
            current = [name, [int(answer.split()[0]) for answer in answers.split(", ")], ""]
            cases.append(current)
        elif current and line and not line.startswith("#"):
            current[2] += line
    escapes = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
    for case in cases:
        text = re.sub(r"\{(\d+):([^}]*)\}", lambda m: m[2] * int(m[1]), case[2])
        case[2] = re.sub(r"\\(x[0-9a-fA-F]{2}|.)", lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else escapes[m[1]], text).encode("latin1")
    return cases


def smuggling(on):
    """Each on a connection of its own, its end left open: what the edge waits for would otherwise be cut by our FIN."""
    cases, wrong = corpus(), []
    for name, statuses, data in cases:
        with socket.create_connection((SERVER, 80), 10) as peer:
            peer.settimeout(10)
            peer.sendall(data)
            heard = b""
            while len(re.findall(rb"HTTP/1\.1 (?!100)\d{3} ", heard)) < len(statuses):
                piece = peer.recv(65536)
                if not piece:
                    break
                heard += piece
            found = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard) if status != b"100"]
            if found != [status for status in statuses if status != 100]:
                wrong.append((name, found, statuses))
    check(not wrong, f"{len(wrong)} hostile requests were answered otherwise, the first: {wrong[:3]}")
    print(f"{len(cases)} malformed and smuggling requests: each got its status", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    stage.alone()
    resource.setrlimit(resource.RLIMIT_NOFILE, (SLOW + 2_000, max(SLOW + 2_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with Stage(options.bin, "af_packet", head_timeout="20s", snippet={"file": str(ROOT / "tools/snippet/stub.js")}) as on:
        on.accepted = 0
        on.client_interface = f"sc{on.tag}"
        edge_mac, on.client_mac = (json.loads(on.run_in(side, "ip", "-j", "link", "show", "dev", link).stdout)[0]["address"]
                                   for side, link in ((on.edge_side, on.interface), (on.client_side, on.client_interface)))
        choice = random.Random(options.seed)
        enter_client(on)
        syn_flood(on, edge_mac, choice)
        forgery(on, edge_mac, choice)
        closed_window(on, edge_mac)
        held_answers(on, edge_mac)
        slowloris(on)
        smuggling(on)


def enter_client(on):
    """Sockets of this process are the client's from here on; what is asked of the edge's side goes through nsenter."""
    descriptor = os.open(f"/run/netns/{on.client_side}", os.O_RDONLY)
    check(ctypes.CDLL(None).setns(descriptor, 0x40000000) == 0, "the client's namespace cannot be entered")  # CLONE_NEWNET
    os.close(descriptor)


if __name__ == "__main__":
    main()
