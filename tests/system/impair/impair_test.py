"""The kernel's own TCP through bellrock-impair, between namespaces: whatever is lost, doubled, cut, delayed or damaged on
the way, the bytes arrive unchanged, and no checksum is wrong unless it was asked for. Needs root.

  impair_test.py --bin DIR
"""
import argparse
import hashlib
import json
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import namespaces  # noqa: E402
from namespaces import Namespaces, wait_until  # noqa: E402

SERVER, SERVER6, CLIENT, CLIENT6 = "203.0.113.1", "2001:db8::1", "203.0.113.2", "2001:db8::2"
ECHO = """import http.server, socket
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
Server(("::", 80), Echo).serve_forever()"""


class Stage(Namespaces):
    def build(self):
        self.server, self.middle, self.client = self.add("s"), self.add("m"), self.add("c")
        self.near, self.far = f"in{self.tag}", f"if{self.tag}"  # as the client sees them
        self.join((self.client, f"ic{self.tag}", f"{CLIENT}/24", f"{CLIENT6}/64"), (self.middle, self.near))
        self.join((self.server, f"is{self.tag}", f"{SERVER}/24", f"{SERVER6}/64"), (self.middle, self.far))
        self.start(self.server, sys.executable, "-c", ECHO)
        answers = self.command_in(self.server, "curl", "-s", "-o", "/dev/null", "--data", "x", "http://127.0.0.1/")
        wait_until(lambda: subprocess.run(answers).returncode == 0, "the echo server")

    def wrong_checksums(self):
        """TCP and IPv4 packets that either end threw away for their checksum."""
        total = 0
        for namespace in (self.client, self.server):
            lines = [line.split() for line in self.run_in(namespace, "cat", "/proc/net/snmp").stdout.splitlines()]
            for names, values in zip(lines[::2], lines[1::2]):
                found = dict(zip(names, values))
                total += int(found.get("InCsumErrors", 0)) if names[0] == "Tcp:" else 0
                total += int(found.get("InHdrErrors", 0)) if names[0] == "Ip:" else 0
        return total

    def echo(self, address, sent):
        """Sends the file and returns what comes back, and the seconds that connecting took."""
        back = self.directory / "back"
        back.unlink(missing_ok=True)
        host = f"[{address}]" if ":" in address else address
        said = self.run_in(self.client, "curl", "-sS", "--max-time", 120, "--data-binary", f"@{sent}", "-H", "Expect:",
                           "-o", back, "-w", "%{time_connect}", f"http://{host}/", timeout=150).stdout
        return back.read_bytes(), float(said)


class Impaired:
    """The forwarder for the time of a block; `report` afterwards."""

    def __init__(self, stage, program, *options):
        self.stage, self.command = stage, [program, stage.near, stage.far, *options]

    def __enter__(self):
        log = self.stage.directory / "bellrock-impair.log"
        log.unlink(missing_ok=True)
        self.process = self.stage.start(self.stage.middle, *self.command, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: "forwarding" in log.read_text(), "bellrock-impair")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.report = json.loads(self.process.communicate(timeout=10)[0])


def conserved(report):
    there, back = report["there"], report["back"]
    for one, other in ((there, back), (back, there)):
        if one["received"] + one["pieces_added"] + one["duplicated"] != one["given"] + one["lost"] + one["too_big"]:
            return False
        if one["given"] + other["too_big_said"] != one["sent"] + one["refused"] + one["held"]:
            return False
    return True


def both(report, name):
    return report["there"][name] + report["back"][name]


def scenario(stage, program, name, size, *options, checksums=False, expected=()):
    """One transfer there and back over IPv4 and IPv6. `expected`: counts that must have happened in both directions."""
    sent = stage.directory / "sent"
    sent.write_bytes(random.Random(size).randbytes(size))
    wrong_before = stage.wrong_checksums()
    with Impaired(stage, program, "--seed", 7, *options) as impaired:
        connects = []
        for address in (SERVER, SERVER6):
            arrived, connect = stage.echo(address, sent)
            connects.append(connect)
            if hashlib.sha256(arrived).digest() != hashlib.sha256(sent.read_bytes()).digest():
                sys.exit(f"{name}: other bytes arrived over {address}")
    report = impaired.report
    wrong = stage.wrong_checksums() - wrong_before
    if (wrong > 0) != checksums:
        sys.exit(f"{name}: {wrong} packets with a wrong checksum")
    if not conserved(report):
        sys.exit(f"{name}: frames are not conserved: {report}")
    missing = [count for count in expected if report["there"][count] == 0 or report["back"][count] == 0]
    if missing or both(report, "missed"):
        sys.exit(f"{name}: did not happen: {missing}; {report}")
    print(f"ok: {name}: {both(report, 'received')} frames in, {both(report, 'sent')} out, {wrong} wrong checksums")
    return report, connects


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    program = parser.parse_args().bin / "bellrock-impair"
    namespaces.alone()
    with Stage("impair") as stage:
        run = lambda *arguments, **more: scenario(stage, program, *arguments, **more)  # noqa: E731
        report, _ = run("nothing asked for", 4_000_000)
        if any(both(report, name) for name in ("lost", "duplicated", "reordered", "corrupted", "cut", "too_big")):
            sys.exit(f"something happened that nobody asked for: {report}")
        chances = ("--loss", 0.05, "--duplicate", 0.05, "--reorder", 0.1)
        run("5 % lost, 5 % doubled, 10 % reordered", 500_000, *chances, expected=("lost", "duplicated", "reordered"))
        run("pieces of 1-64 bytes", 300_000, "--segment", "1-64", expected=("cut",))
        run("pieces of 1 byte", 20_000, "--segment", 1, expected=("cut",))
        run("pieces and chances", 100_000, *chances, "--segment", "1-64", expected=("cut", "lost", "duplicated", "reordered"))
        run("5 % damaged", 300_000, "--corrupt", 0.05, checksums=True, expected=("corrupted",))
        _, connects = run("20 ms there, 30 ms back, 5 ms of jitter", 100_000, "--delay", "20,30", "--jitter", 5)
        if min(connects) < 0.05:
            sys.exit(f"a connection took {min(connects)} s in spite of delays")
        report, _ = run("MTU 1280", 300_000, "--mtu", 1280, expected=("too_big", "too_big_said"))
        print("the kernel's TCP had every byte back, and its path MTU from us")


if __name__ == "__main__":
    main()
