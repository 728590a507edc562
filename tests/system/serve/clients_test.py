"""Clients of every day talk to an edge that serves, over veth on both kinds of port, and on two queues with a worker each:
curl, wrk, h2load and Node. Every request is answered as it should be, and every beacon is counted once. Needs root.

  clients_test.py --bin DIR [--seconds N]

--seconds: of wrk, Node and curl at once, on each port (10; ten minutes in tools/nightly).
"""
import argparse
import concurrent.futures
import gzip
import json
import re
import subprocess
import time

import stage
from stage import ROOT, SERVER, SERVER6, Stage, beacon

LANES = 64
NODE = r"""
const [url, body, seconds, lanes] = [process.argv[1], process.argv[2], +process.argv[3], +process.argv[4]];
const end = Date.now() + seconds * 1000;
let answered = 0;
const lane = async () => {
  while (Date.now() < end) {
    const answer = await fetch(url, {method: 'POST', body, headers: {'content-type': 'application/json'}});
    if (answer.status !== 204) throw new Error(`status ${answer.status}`);
    await answer.arrayBuffer();
    ++answered;
  }
};
Promise.all(Array.from({length: lanes}, lane)).then(() => console.log(answered), (error) => { console.error(error); process.exit(1); });
"""
WRK = """wrk.method = "POST"
wrk.headers["Content-Type"] = "text/plain"
wrk.body = [[BODY]]
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() sent = 0 end
function request() sent = sent + 1; return wrk.format() end
function done(summary)
  local n = 0
  for _, thread in ipairs(threads) do n = n + thread:get("sent") end
  local e = summary.errors
  print(string.format('result {"answered": %d, "sent": %d, "errors": %d}', summary.requests, n, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def check(holds, what):
    if not holds:
        raise SystemExit(what)


class Clients:
    def __init__(self, on):
        self.on = on
        self.accepted = 0

    def head_of(self, path, *options, address=SERVER):
        """Status line and headers of the last answer, lower case names, and the body."""
        host = f"[{address}]" if ":" in address else address
        said = subprocess.run(self.on.command_in(self.on.client_side, "curl", "-s", "-m", "60", "-D", "-", *options,
                                                 f"http://{host}{path}"), capture_output=True, timeout=90).stdout
        head, _, body = said.rpartition(b"\r\n\r\n") if b"HTTP/1.1 100" in said else said.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n\r\n")[-1].split("\r\n")
        return int(lines[0].split()[1]), {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}, body

    def curl(self):
        for address in (SERVER, SERVER6):
            check(self.head_of("/healthz", address=address)[0] == 200, f"/healthz on {address}")
            check(self.head_of("/rum", "-d", beacon(), address=address)[0] == 204, f"POST on {address}")
            self.accepted += 1
        status, headers, body = self.head_of("/bellrock.js")
        script = (ROOT / "tools/snippet/stub.js").read_bytes()
        check(status == 200 and body == script and int(headers["content-length"]) == len(script), "the snippet")
        status, zipped, body = self.head_of("/bellrock.js", "-H", "Accept-Encoding: gzip")
        check(zipped["content-encoding"] == "gzip" and gzip.decompress(body) == script, "the snippet, compressed")
        status, _, body = self.head_of("/bellrock.js", "-H", "Accept-Encoding: gzip", "-H", f"If-None-Match: {zipped['etag']}")
        check(status == 304 and body == b"", "the snippet again")
        check(self.head_of("/bellrock.js", "-I")[0] == 200, "HEAD")
        self.cors()
        status, _, _ = self.head_of("/rum", "-d", beacon(), "-H", "Expect: 100-continue")
        check(status == 204, "a body that waits for 100 Continue")
        status, _, _ = self.head_of("/rum", "-d", beacon(), "-H", "Transfer-Encoding: chunked")
        check(status == 204, "a chunked body")
        status, _, _ = self.head_of("/rum", "--http1.0", "-d", beacon())
        check(status == 204, "HTTP/1.0")
        self.accepted += 3
        for expected, *options in ((404, "/nothing"), (405, "/healthz", "-X", "PUT", "-d", "x"),
                                   (413, "/rum", "-H", "Expect:", "-d", "x" * 70_000), (414, "/" + "a" * 17_000),
                                   (431, "/healthz", "-H", "X-Long: " + "a" * 40_000),
                                   (501, "/rum", "-X", "BREW")):
            found = self.head_of(*options)[0]
            check(found == expected, f"{options[0][:20]} {options[1:2]}: {found}, expected {expected}")

    def cors(self):
        origin = ("-H", "Origin: https://shop.example")
        status, headers, _ = self.head_of("/rum", "-X", "OPTIONS", *origin, "-H", "Access-Control-Request-Method: POST",
                                          "-H", "Access-Control-Request-Headers: content-type, x-faro-session-id")
        check(status in (200, 204) and headers["access-control-allow-origin"] == "https://shop.example", "preflight: origin")
        check("POST" in headers["access-control-allow-methods"], "preflight: methods")
        check(headers["access-control-allow-headers"] == "content-type, x-faro-session-id", "preflight: headers")
        check(headers["access-control-allow-credentials"] == "true" and int(headers["access-control-max-age"]) > 0, "preflight")
        status, headers, _ = self.head_of("/rum", "-d", beacon(), *origin)
        check(status == 204 and headers["access-control-allow-origin"] == "https://shop.example"
              and headers["access-control-allow-credentials"] == "true" and headers["vary"] == "Origin", "a credentialed POST")
        self.accepted += 1

    def wrk(self, seconds):
        script = self.on.directory / "post.lua"
        script.write_text(WRK.replace("BODY", beacon()))
        said = self.on.client("wrk", "-t1", f"-c{LANES}", f"-d{seconds}", "--timeout", "20", "-s", script, f"http://{SERVER}/rum")
        result = json.loads(re.search(r"result (\{.*\})", said.stdout)[1])
        check(result["errors"] == 0 and result["answered"] > 0, f"wrk: {said.stdout}")
        return result["answered"]

    def node(self, seconds):
        said = self.on.client("node", "-e", NODE, f"http://{SERVER}/rum", beacon(), seconds, 16)
        check(said.returncode == 0, f"Node: {said.stderr}")
        return int(said.stdout)

    def curls(self, seconds):
        """A new connection for each beacon, over IPv6."""
        answered, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            check(self.on.curl("/rum", "-d", beacon(), address=SERVER6) == "204", f"curl: {self.on.metrics()}")
            answered += 1
        return answered

    def mixed(self, seconds):
        """All of them at once."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = {name: pool.submit(getattr(self, name), seconds) for name in ("wrk", "node", "curls")}
            answered = {name: answer.result() for name, answer in answers.items()}
        # wrk cuts off its last requests, at most one a connection: they are counted or not.
        counted, least = self.on.settled("beacons_accepted") - self.accepted, sum(answered.values())
        check(least <= counted <= least + LANES, f"{answered}, but counted {counted}")
        self.accepted += counted
        return answered

    def h2load(self, requests):
        body = self.on.directory / "beacon.json"
        body.write_text(beacon())
        said = self.on.client("h2load", "--h1", "-n", requests, "-c", 32, "-d", body, f"http://{SERVER}/rum").stdout
        check(f"{requests} succeeded, 0 failed, 0 errored, 0 timeout" in said, f"h2load: {said}")
        self.accepted += requests


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    stage.alone()
    for port, workers in (*((port, 1) for port in stage.PORTS), ("af_packet", 2)):
        with Stage(options.bin, port, workers=workers, snippet={"file": str(ROOT / "tools/snippet/stub.js")}) as on:
            clients = Clients(on)
            clients.curl()
            clients.h2load(5_000)
            on.expect_count("beacons_accepted", clients.accepted)
            answered = clients.mixed(options.seconds)
            if port == "af_xdp":
                # Read from the kernel once in thousands of polls; a beacon of a busy connection is a packet at least.
                stage.wait_until(lambda: on.count("steered_packets.tcp") >= clients.accepted, "the count of steered packets", 60)
            on.expect_count("beacons_accepted", clients.accepted)
            on.expect_count("beacons_rejected.too_large", 1)
            on.expect_count("beacons_seen", clients.accepted + 1)
            print(f"{port}, {workers} workers: curl, 5000 by h2load, then for {options.seconds} s at once {answered}; "
                  f"{clients.accepted} beacons counted, each once", flush=True)


if __name__ == "__main__":
    main()
