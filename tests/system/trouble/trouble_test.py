"""What the programs say when something outside them is wrong: rights that are missing, a board that somebody cuts, an
edge that is down, files that are broken when they are read again.

  trouble_test.py --bin DIR --config DIR
"""

import argparse
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "tools"))
from fleet import Fleet  # noqa: E402
from namespaces import Namespaces  # noqa: E402

EAL = ["--no-huge", "-m", "256", "--no-pci", "--no-shconf", "--no-telemetry", "--vdev=net_af_packet0,iface=look"]
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


class Stage(Namespaces):
    def build(self):
        self.edge, self.peer = self.add("edge"), self.add("peer")
        self.join((self.edge, "look"), (self.peer, "speak"))


def expect(what, found, pattern):
    if not re.search(pattern, found):
        raise SystemExit(f"{what}: expected {pattern!r} in:\n{found}")


def wait_until(what, holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SystemExit(f"not in {seconds} s: {what}")
        time.sleep(0.05)


def edge_ends(stage, fleet, prefix, code, pattern, what):
    """Runs an edge in the namespace that has to end by itself, with this code and these words."""
    program = shutil.copy(fleet.binary("bellrock-edge"), stage.directory)  # where every user may read it
    command = stage.command_in(stage.edge, *prefix, program, "--board", fleet.board)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    if ran.returncode != code:
        raise SystemExit(f"{what}: exit code {ran.returncode} instead of {code}\n{ran.stderr}")
    expect(what, ran.stderr, pattern)
    print(f"{what}: exit code {code}, {ran.stderr.strip().splitlines()[-1]}")


def start_edge(stage, fleet):
    log = open(fleet.path("edge.log"), "a")
    fleet.processes["edge"] = subprocess.Popen(
        stage.command_in(stage.edge, fleet.binary("bellrock-edge"), "--board", fleet.board, "--wait", "20s"),
        stdout=log, stderr=log)
    wait_until("the edge runs", lambda: "bellrock_edge_running 1" in fleet.metrics())


def without_rights(stage, fleet):
    edge_ends(stage, fleet, NOBODY, 7, r"cannot open the board: Permission denied; run as the user of bellrock-agent",
              "an edge that may not open the board")
    nobody = pwd.getpwnam("nobody")
    os.chown(fleet.board, nobody.pw_uid, nobody.pw_gid)
    edge_ends(stage, fleet, NOBODY, 7, r"may not open packet sockets \(CAP_NET_RAW\)",
              "an edge that may not open the interface")
    os.chown(fleet.board, 0, 0)


def status(fleet):
    ran = subprocess.run([fleet.binary("bellrock"), "status", "--centre", f"http://127.0.0.1:{fleet.central_port}"],
                         capture_output=True, text=True, timeout=60)
    return ran.stdout + ran.stderr


def edge_down(stage, fleet):
    start_edge(stage, fleet)
    wait_until("the centre knows that the edge runs", lambda: re.search(r"tested +running", status(fleet)))
    fleet.processes["edge"].send_signal(signal.SIGTERM)
    if fleet.processes["edge"].wait(20) != 0:
        raise SystemExit("the edge ended with an error:\n" + fleet.log("edge"))
    words = r"node tested: agent up, edge not running since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    wait_until("the centre says that the edge is down", lambda: re.search(words, status(fleet)))
    print("an edge that is down: " + re.search(words, status(fleet))[0])


def cut_board(stage, fleet):
    start_edge(stage, fleet)
    os.truncate(fleet.board, 100_000)
    code = fleet.processes["edge"].wait(20)
    if code != 10:
        raise SystemExit(f"an edge whose board is cut ended with {code}\n{fleet.log('edge')}")
    expect("the edge", fleet.log("edge"), "the board's file was cut by another process")
    wait_until("the agent has another board", lambda: "bellrock_boards_torn_total 1\n" in fleet.metrics())
    if fleet.processes["agent"].poll() is not None:
        raise SystemExit("the agent is dead:\n" + fleet.log("agent"))
    start_edge(stage, fleet)
    fleet.check_conservation()
    fleet.processes["edge"].send_signal(signal.SIGTERM)
    fleet.processes["edge"].wait(20)
    print("a board that is cut: the edge says so and ends, the agent goes on with another one")


def centre_title(fleet):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{fleet.central_port}/api/v1/status", timeout=5) as reply:
            return json.load(reply)["title"]
    except OSError:
        return ""


def reload_centre(fleet):
    """Another title, then files that are broken, then a store that cannot be: the last good one is served."""
    path = os.path.join(fleet.config, "processes.yaml")
    with open(path) as f:
        good = f.read()

    def write(database, more):
        text = good.replace(fleet.path("central.db"), database) + more
        with open(path, "w") as f:
            f.write(text)
        fleet.processes["central"].send_signal(signal.SIGHUP)

    write(fleet.path("central.db"), "  title: Second\n")
    wait_until("the centre has its second title", lambda: centre_title(fleet) == "Second")
    write(fleet.path("central.db"), "  titel: Third\n")
    wait_until("the centre refuses", lambda: "reload refused: the files are not valid" in fleet.log("central"))
    expect("the centre", fleet.log("central"), r"processes\.yaml:\d+:\d+: error BR1101 .*titel.*fix: ")
    write(fleet.path("centrall.db"), "  title: Third\n")
    wait_until("the centre refuses a new store", lambda: "only a start begins a store" in fleet.log("central"))
    assert not os.path.exists(fleet.path("centrall.db")) and centre_title(fleet) == "Second"
    open(fleet.path("empty.db"), "w").close()
    write(fleet.path("empty.db"), "  title: Third\n")
    wait_until("the centre refuses a new store in an empty file", lambda: fleet.log("central").count("only a start begins a store") == 2)
    assert os.path.getsize(fleet.path("empty.db")) == 0 and centre_title(fleet) == "Second"
    os.mkdir(fleet.path("no.db"))
    write(fleet.path("no.db"), "  title: Third\n")
    wait_until("the centre goes back", lambda: "the configuration before it is in force again" in fleet.log("central"))
    wait_until("the centre serves its second title", lambda: centre_title(fleet) == "Second")
    with open(path, "w") as f:
        f.write(good)
    print("files read again by the centre: valid ones at once, others are refused and the ones before stay")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--keep", action="store_true", help="leave the directories behind")
    args = parser.parse_args()
    args.workers = 1
    with Stage("trouble") as stage:
        fleet = Fleet(args)
        try:
            fleet.prepare(json.dumps({"eal": EAL}))
            for name in ("central", "agent"):
                fleet.start(name)
            wait_until("there is a board", lambda: os.path.exists(fleet.board))
            without_rights(stage, fleet)
            edge_down(stage, fleet)
            cut_board(stage, fleet)
            reload_centre(fleet)
        finally:
            fleet.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
