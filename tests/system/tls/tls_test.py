"""Agent, centre, command line and curl over TLS, with certificates as an operator would make them: what an edge read out
of a capture arrives; a machine with another machine's certificate writes nothing; a renewed certificate is taken at
SIGHUP.

  tls_test.py --bin DIR --config DIR
"""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "support"))
from fleet import Fleet  # noqa: E402

CAPTURE = HERE.parents[1] / "data" / "shop.pcap"


def wait_until(what, holds, fleet, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"not in {seconds} s: {what}\n{fleet.log('agent')[-2000:]}{fleet.log('central')[-2000:]}")
        time.sleep(0.1)


class Certificates:
    """An authority of its own, and those it signed, in `directory`."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)

    def sign(self, name, names):
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-addext", f"subjectAltName={names}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-days", "1", "-CA", f"{self.name}.pem", "-CAkey", f"{self.name}.key",
                     "-CAcreateserial", "-copy_extensions", "copy", "-out", f"{name}.pem")


class TlsFleet(Fleet):
    """A fleet whose agent and centre speak TLS."""

    def secure(self, node, certificate):
        """Of the agent: its name, and whose certificate it shows."""
        file = pathlib.Path(self.config) / "processes.yaml"
        text = re.sub(r"node: \S+", f"node: {node}", file.read_text())
        text = text.replace("central: http://", "central: https://")
        text = re.sub(r"\n  tls: .*", "", text)
        text = re.sub(r"(central: https:.*)", rf"\1\n  tls: {{authorities: {self.path('ca.pem')}, certificate: {self.path(certificate + '.pem')}, key: {self.path(certificate + '.key')}}}", text)
        text = re.sub(r"(database: .*)", rf"\1\n  tls: {{certificate: {self.path('centre.pem')}, key: {self.path('centre.key')}, agents: {self.path('ca.pem')}}}", text)
        file.write_text(text)

    def url(self, path=""):
        return f"https://localhost:{self.central_port}{path}"

    def curl(self, path, authority="ca.pem", *more):
        return subprocess.run(["curl", "-sS", "--cacert", self.path(authority), *more, self.url(path)], capture_output=True, text=True, check=False)

    def status(self):
        ran = self.curl("/api/v1/status")
        return json.loads(ran.stdout) if ran.returncode == 0 else {}

    def nodes(self):
        return sorted({node["node"] for node in json.loads(self.curl("/api/v1/nodes").stdout)["nodes"]})


def check_what_arrives(fleet):
    fleet.secure("edge-1", "edge-1")
    fleet.start("central")
    wait_until("the centre answers over TLS", fleet.status, fleet)
    fleet.start("agent")
    fleet.start("edge")
    fleet.processes["edge"].wait(60)
    starts = lambda: {one["name"]: one["starts"] for one in fleet.status()["journeys"]}  # noqa: E731
    truth = json.loads((CAPTURE.parent / "shop.truth.json").read_text())
    expected = {name: journey["starts"] for name, journey in truth["journeys"].items()}
    wait_until(f"the centre has {expected}", lambda: starts() == expected, fleet)
    assert fleet.nodes() == ["edge-1"], fleet.nodes()


def check_who_is_refused(fleet):
    """The same machine under another's name: its frames wait in its spool, and nothing of them is in the store."""
    before = fleet.status()
    fleet.processes["agent"].send_signal(signal.SIGTERM)
    fleet.processes["agent"].wait(30)
    os.unlink(fleet.board)
    fleet.secure("edge-2", "edge-1")
    fleet.start("agent")
    fleet.start("edge")
    wait_until("the agent says why", lambda: "403: the certificate is not for the node of this frame" in fleet.log("agent"), fleet)
    assert fleet.nodes() == ["edge-1"], fleet.nodes()
    after = fleet.status()
    assert after["recorded"] == before["recorded"], (before, after)
    assert any("without the certificate of their node" in problem for problem in after["problems"]), after["problems"]
    # With its own certificate what has waited arrives, by SIGHUP alone.
    fleet.secure("edge-2", "edge-2")
    fleet.processes["agent"].send_signal(signal.SIGHUP)
    wait_until("what waited arrives", lambda: fleet.nodes() == ["edge-1", "edge-2"], fleet)


def check_strangers(fleet):
    plain = subprocess.run(["curl", "-sS", f"http://localhost:{fleet.central_port}/api/v1/status"], capture_output=True, text=True, check=False)
    assert plain.returncode != 0 and not plain.stdout, plain
    assert fleet.curl("/api/v1/status", "others.pem").returncode == 60, "curl trusts another authority's server"
    frame = ["-X", "POST", "-H", "Content-Type: application/x-protobuf", "--data-binary", "x", "-o", "/dev/null", "-w", "%{http_code}"]
    assert fleet.curl("/v1/frames", "ca.pem", *frame).stdout == "403", "somebody without a certificate was listened to"
    known = fleet.curl("/v1/frames", "ca.pem", "--cert", fleet.path("edge-1.pem"), "--key", fleet.path("edge-1.key"), *frame)
    assert known.stdout == "422", "what is no frame is refused as that"
    stranger = fleet.curl("/v1/frames", "ca.pem", "--cert", fleet.path("stranger.pem"), "--key", fleet.path("stranger.key"), *frame)
    assert stranger.returncode != 0, "a certificate of another authority was taken"


def check_command_line(fleet):
    bellrock = [fleet.binary("bellrock"), "status", "--centre", fleet.url(), "-o", "json"]
    trusted = subprocess.run(bellrock, capture_output=True, text=True, env={**os.environ, "SSL_CERT_FILE": fleet.path("ca.pem")}, check=False)
    assert trusted.returncode in (0, 1) and json.loads(trusted.stdout)["nodes"]["total"] == 2, trusted
    refused = subprocess.run(bellrock, capture_output=True, text=True, check=False)
    assert refused.returncode == 6 and "SSL_CERT_FILE" in refused.stderr, refused


def check_files_that_are_none(fleet):
    """A key of somebody else's certificate: validate warns, SIGHUP changes nothing, and an agent does not start by it."""
    config = pathlib.Path(fleet.config) / "processes.yaml"
    before = config.read_text()
    config.write_text(before.replace("edge-2.key", "edge-1.key"))
    why = f"{fleet.path('edge-1.key')}: no key in PEM, or not that of the certificate"
    validated = subprocess.run([fleet.binary("bellrock"), "validate", fleet.config], capture_output=True, text=True, check=False)
    assert validated.returncode == 0 and re.search(rf"processes.yaml:\d+:\d+: warning BR1910 \[spec.tls.authorities\]: the agent will not start: {re.escape(why)}", validated.stdout), validated
    fleet.processes["agent"].send_signal(signal.SIGHUP)
    wait_until("the reload is refused", lambda: f"reload refused: tls: {why}" in fleet.log("agent"), fleet)
    fleet.processes["agent"].send_signal(signal.SIGTERM)
    fleet.processes["agent"].wait(30)
    fleet.start("agent")
    assert fleet.processes["agent"].wait(30) == 3 and f"tls: {why}" in fleet.log("agent").splitlines()[-1], fleet.log("agent")[-1000:]
    config.write_text(before)
    assert "BR1910" not in subprocess.run([fleet.binary("bellrock"), "validate", fleet.config], capture_output=True, text=True, check=False).stdout
    fleet.start("agent")
    wait_until("the agent starts by its own key", fleet.metrics, fleet)


def check_renewal(fleet, authority):
    def shown():
        ran = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{fleet.central_port}"], input="", capture_output=True, text=True, check=False)
        return re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", ran.stdout, re.DOTALL)
    before = shown().group()
    authority.sign("centre", "DNS:localhost,IP:127.0.0.1")
    fleet.processes["central"].send_signal(signal.SIGHUP)
    wait_until("the renewed certificate is shown", lambda: (now := shown()) and now.group() != before, fleet)
    wait_until("the centre answers", fleet.status, fleet)
    pathlib.Path(fleet.path("centre.key")).write_text("no key\n")
    fleet.processes["central"].send_signal(signal.SIGHUP)
    wait_until("a broken key is named", lambda: re.search(r"tls: \S*centre.key: no key in PEM", fleet.log("central")), fleet)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    options = parser.parse_args()
    options.workers, options.keep = 1, False
    fleet = TlsFleet(options)
    try:
        fleet.prepare("{pcap: " + str(CAPTURE) + "}")
        authority, others = Certificates(fleet.dir, "ca"), Certificates(fleet.dir, "others")
        authority.sign("centre", "DNS:localhost,IP:127.0.0.1")
        for node in ("edge-1", "edge-2"):
            authority.sign(node, f"DNS:{node}")
        others.sign("stranger", "DNS:edge-1")
        check_what_arrives(fleet)
        check_who_is_refused(fleet)
        check_strangers(fleet)
        check_command_line(fleet)
        check_files_that_are_none(fleet)
        check_renewal(fleet, authority)
    finally:
        fleet.stop()
    print("what may speak did, and nobody else")


if __name__ == "__main__":
    main()
