"""A router whose next link takes only 1,400 bytes: what was too big is said to the edge, which sends smaller pieces. Over
IPv4 and IPv6, on both kinds of port. Needs root.

  path_mtu_test.py --bin DIR
"""
import argparse

import stage
from namespaces import ip
from stage import SERVER, SERVER6, Stage

FILE = "config/README.md"  # a snippet of many segments
MTU = 1_400  # of the way to the client, which neither end knows
GATEWAY, GATEWAY6 = "192.0.2.254", "2001:db8::fe"
FAR, FAR6, FAR_GATEWAY, FAR_GATEWAY6 = "198.51.100.2", "2001:db8:1::2", "198.51.100.1", "2001:db8:1::1"


class Routed(Stage):
    def __init__(self, binaries, port):
        super().__init__(binaries, port, snippet={"file": str(stage.ROOT / FILE)})

    def join(self, edge, client):
        """Instead of a pair between both: a router between them."""
        router = self.add("router")
        near, far = f"sn{self.tag}", f"sf{self.tag}"
        super().join(edge, (router, near, f"{GATEWAY}/24", f"{GATEWAY6}/64"))
        super().join((client[0], client[1], f"{FAR}/24", f"{FAR6}/64"), (router, far, f"{FAR_GATEWAY}/24", f"{FAR_GATEWAY6}/64"))
        for key in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
            self.run_in(router, "sysctl", "-q", "-w", f"net.{key}=1")
        ip("-n", router, "link", "set", "dev", far, "mtu", MTU)
        ip("-n", client[0], "route", "add", "default", "via", FAR_GATEWAY)
        ip("-n", client[0], "-6", "route", "add", "default", "via", FAR_GATEWAY6)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    options = parser.parse_args()
    stage.alone()
    text = (stage.ROOT / FILE).read_text()
    for port in stage.PORTS:
        with Routed(options.bin, port) as on:
            for address in (SERVER, SERVER6):
                lowered = on.count("responder.mss_lowered")
                got = on.directory / "got.js"
                status = on.curl("/bellrock.js", "-m", 20, "-o", got, address=address)
                if status != "200" or got.read_text() != text:
                    raise SystemExit(f"{port}: {status} from {address}\n{on.logs()}")
                if on.wait_for_count("responder.mss_lowered", lowered + 1) != lowered + 1:
                    raise SystemExit(f"{port}: {on.count('responder.mss_lowered')} times smaller, not {lowered + 1}")
            if port == "af_xdp":
                on.expect_count("steered_packets.icmp_error", on.count("frames_by_verdict.icmp_error_taken"))
            print(f"{port}: {len(text)} bytes each over IPv4 and IPv6 through {MTU}")


if __name__ == "__main__":
    main()
