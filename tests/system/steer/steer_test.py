"""An interface shared with the kernel: what is configured arrives at an AF_XDP port, everything else at the kernel, also
after kill -9, and the next start cleans up by itself. Needs root.

  steer_test.py --bin DIR        with steer_probe
"""
import argparse
import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools"))
import namespaces  # noqa: E402
from namespaces import Namespaces, wait_until  # noqa: E402

EDGE, EDGE6, CLIENT, CLIENT6 = "203.0.113.1", "2001:db8::1", "203.0.113.2", "2001:db8::2"
OWNED, OWNED6 = "203.0.113.10", "2001:db8::10"
RULES = [f"{EDGE}=8080,8443", f"{EDGE6}=8080", f"{OWNED}=80!", f"{OWNED6}!"]
PINS = ("bellrock_rules", "bellrock_counts", "bellrock_about")


class Stage(Namespaces):
    def build(self):
        self.edge, self.client = self.add("e"), self.add("c")
        self.interface = f"se{self.tag}"
        self.join((self.edge, self.interface, f"{EDGE}/24", f"{EDGE6}/64"),
                  (self.client, f"sc{self.tag}", f"{CLIENT}/24", f"{CLIENT6}/64"))


class Probe:
    def __init__(self, stage, program, rules=RULES):
        self.process = stage.start(stage.edge, program, stage.interface, 1, *rules, stdout=subprocess.PIPE, text=True)
        self.log = stage.directory / "steer_probe.log"
        self.said = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def ready(self):
        wait_until(lambda: self.said or self.process.poll() is not None, "steer_probe")
        if not self.said:
            raise RuntimeError(f"steer_probe ended with {self.process.returncode}: {self.log.read_text()}")
        return self

    def state(self):
        """What is said after this moment."""
        seen = len(self.said)
        wait_until(lambda: len(self.said) > seen + 1, "the probe's next word")
        return self.said[-1]


def tcp(stage, address, port, seconds=10):
    """How a connection from the client ends: "open", "refused" or, after so many seconds, "silence"."""
    code = f"""import socket
try:
    socket.create_connection(({address!r}, {port}), {seconds}).close(); print("open")
except ConnectionRefusedError: print("refused")
except TimeoutError: print("silence")"""
    return stage.run_in(stage.client, sys.executable, "-c", code).stdout.strip()


def ping(stage, address, seconds=10):
    command = stage.command_in(stage.client, "ping", "-c", "1", "-W", seconds, address)
    return subprocess.run(command, capture_output=True).returncode == 0


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}, expected {expected}")
    print(f"ok: {what}")


def program_of(stage):
    return "xdp" in stage.run_in(stage.edge, "ip", "link", "show", "dev", stage.interface).stdout


def kernel_still_serves(stage, when):
    check(f"{when}, ping", [ping(stage, EDGE), ping(stage, EDGE6)], [True, True])
    check(f"{when}, another TCP port", [tcp(stage, EDGE, 9000), tcp(stage, EDGE6, 9000)], ["open", "open"])


def arrived(state):
    return sum(state["seen"].values())


def redirected(state):
    return sum(state["counts"][name] for name in ("tcp", "owned_tcp", "arp", "neighbour", "echo", "icmp_error"))


def settled(probe):
    """A state between two packets: retries of what was asked may be between the program and the port."""
    states = []

    def same():
        states.append(probe.state())
        return arrived(states[-1]) == redirected(states[-1])
    wait_until(same, "as many at the port as were redirected")
    return states[-1]


def steered(stage, probe):
    """Everything that is configured arrives at the port, and nothing else does."""
    stage.run_in(stage.client, "ip", "neighbour", "flush", "dev", f"sc{stage.tag}")
    check("configured ports answer nothing, for the probe is silent",
          [tcp(stage, *place, seconds=1) for place in ((EDGE, 8080), (EDGE, 8443), (EDGE6, 8080))],
          ["silence", "silence", "silence"])
    check("an owned address is not the kernel's", [ping(stage, OWNED, 1), ping(stage, OWNED6, 1)], [False, False])
    kernel_still_serves(stage, "steered")
    state = settled(probe)
    seen, counts = state["seen"], state["counts"]
    check("kinds that arrived", sorted(seen), ["8080", "8443", "arp", "icmp6"])
    check("what was redirected is what arrived", arrived(state), redirected(state))
    check("connections to configured ports", counts["tcp"], seen["8080"] + seen["8443"])
    check("questions for owned addresses", [counts["arp"], counts["neighbour"]], [seen["arp"], seen["icmp6"]])
    check("packets without a socket", counts["pass_no_socket"], 0)
    check("other traffic was counted", [counts[name] > 0 for name in ("pass_icmp", "pass_port", "pass_arp")], [True] * 3)


def through_tags(stage, probe):
    """SYNs inside a provider's and a customer's tag, written by hand: this kernel may have no VLANs of its own."""
    before = probe.state()
    code = f"""import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("sc{stage.tag}", 0))
for port in (8080, 8080, 9000):
    tags = bytes.fromhex("020000000001" "020000000002" "88a80007" "81000009" "0800")
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0x4000, 64, 6, 0, socket.inet_aton("{CLIENT}"), socket.inet_aton("{EDGE}"))
    words = sum(struct.unpack("!10H", ip))
    words = (words & 0xffff) + (words >> 16)
    ip = ip[:10] + struct.pack("!H", ~((words & 0xffff) + (words >> 16)) & 0xffff) + ip[12:]
    s.send(tags + ip + struct.pack("!HHIIBBHHH", 40000, port, 1, 0, 0x50, 2, 1024, 0, 0))"""
    stage.run_in(stage.client, sys.executable, "-c", code)
    wait_until(lambda: probe.said[-1]["counts"]["pass_port"] > before["counts"]["pass_port"], "the frame to another port")
    after = probe.state()
    check("through two tags, configured port", after["seen"]["8080"] - before["seen"]["8080"], 2)
    check("through two tags, another port", after["counts"]["pass_port"] - before["counts"]["pass_port"], 1)


def killed_at_any_moment(stage, program, kills=12):
    """Whatever a start was doing when it was killed, the next one works."""
    moments = random.Random(3)
    for _ in range(kills):
        probe = Probe(stage, program)
        time.sleep(moments.uniform(0, 0.6))
        probe.process.kill()
        probe.process.wait()
    probe = Probe(stage, program).ready()
    check(f"after {kills} kills of a start, configured ports", tcp(stage, EDGE, 8080, seconds=1), "silence")
    check("and what arrived", list(settled(probe)["seen"]), ["8080"])
    kernel_still_serves(stage, "and then")
    namespaces.stop(probe.process)


def foreign_is_left_alone(stage, program):
    """Somebody's program on the interface: the start says so and changes nothing."""
    foreign = stage.directory / "foreign.bpf.o"
    source = '__attribute__((section("xdp"), used)) int somebody(void *c) { return 2; }\n'
    subprocess.run(["clang-14", "-O2", "-target", "bpf", "-x", "c", "-c", "-", "-o", foreign], input=source, text=True, check=True)
    stage.run_in(stage.edge, "ip", "link", "set", "dev", stage.interface, "xdp", "obj", foreign, "sec", "xdp")
    probe = Probe(stage, program)
    check("a foreign program refuses the start", probe.process.wait(10), 10)
    said = (stage.directory / "steer_probe.log").read_text()
    check("and the reason is said", "an XDP program of somebody else, which is left alone" in said, True)
    check("and it is still there", program_of(stage), True)
    kernel_still_serves(stage, "with a foreign program")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    program = parser.parse_args().bin / "steer_probe"
    namespaces.alone()
    with Stage("steer") as stage:
        server = f"""import socket
s = socket.create_server(("::", 9000), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
while True: s.accept()[0].close()"""
        stage.start(stage.edge, sys.executable, "-c", server)
        wait_until(lambda: tcp(stage, EDGE, 9000) == "open", "the kernel's server")

        first = Probe(stage, program).ready()
        steered(stage, first)
        check("the interface takes no other machine's frames",
              "PROMISC" in stage.run_in(stage.edge, "ip", "link", "show", "dev", stage.interface).stdout, False)

        second = Probe(stage, program)
        check("a second one on the same machine is refused", second.process.wait(10), 10)
        check("and the first still works", tcp(stage, EDGE, 8080, seconds=1), "silence")

        pinging = stage.start(stage.client, "ping", "-q", "-i", "0.02", EDGE, stdout=subprocess.PIPE, text=True)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        check("after kill -9 the program is still attached", program_of(stage), True)
        kernel_still_serves(stage, "killed")
        check("killed, configured ports fall to the kernel", tcp(stage, EDGE, 8080), "refused")

        started = time.monotonic()
        third = Probe(stage, program).ready()
        print(f"steered again {time.monotonic() - started:.2f} s after the start")
        check("the next start cleaned up by itself", third.said[0]["cleaned"], True)
        pinging.send_signal(signal.SIGINT)
        said = pinging.communicate()[0]
        check("from the kill to the next start no other packet was lost", " 0% packet loss" in said, True)
        steered(stage, third)
        through_tags(stage, third)
        namespaces.stop(third.process)
        check("a clean end leaves no program", [third.process.returncode, program_of(stage)], [0, False])
        check("and no pins", [pin for pin in PINS if pathlib.Path("/sys/fs/bpf", pin).exists()], [])

        killed_at_any_moment(stage, program)
        foreign_is_left_alone(stage, program)


if __name__ == "__main__":
    main()
