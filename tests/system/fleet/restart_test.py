"""A real bellrock-central that was down for a while and comes back wakes nobody because of that: it waits for its nodes
before it says that they are silent. One that was told of silent nodes before goes on with what was told.

  restart_test.py --bin DIR
"""

import argparse
import http.server
import json
import os
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.request

from program_test import expect, fleet, free_port

DOWN_S = 135  # longer than a node must be silent


class Alertmanager(http.server.HTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.told = []  # (alert, severity, whether it is over) of each alert of each message
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1))
        for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            self.server.told.append((alert["labels"]["alertname"], alert["labels"]["severity"], alert["endsAt"] <= now))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Centre:
    """One that runs between its stops, on one database."""

    def __init__(self, binaries, folder, alertmanager):
        self.program = os.path.join(binaries, "bellrock-central")
        self.database = os.path.join(folder, "db")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.files = [os.path.join(folder, name) for name in ("central.yaml", "shop.yaml")]
        with open(self.files[0], "w") as f:
            f.write("apiVersion: bellrock/v1\nkind: Central\nspec:\n"
                    f"  listen: {self.url.removeprefix('http://')}\n  database: {self.database}\n"
                    f"  alerts: {{alertmanager: 'http://127.0.0.1:{alertmanager.server_port}'}}\n")

    def __enter__(self):
        self.process = subprocess.Popen([self.program, "--config", *self.files], stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + "/readyz", timeout=30).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the centre does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def age(self, seconds):
        with sqlite3.connect(self.database) as database:
            database.execute("UPDATE sources SET last_seen_ms = last_seen_ms - ?", (seconds * 1000,))
        database.close()

    def tell_suspect(self, severity):
        """As if the one before had told of it just before it stopped."""
        body = {"told_unix_s": int(time.time()), "alert": {"severity": severity, "since_unix_s": 1, "says": "it"}}
        with sqlite3.connect(self.database) as database:
            database.execute("INSERT INTO journal VALUES (NULL,?,'suspect','','','suspect',?)",
                             (int(time.time()), json.dumps(body)))
        database.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    binaries = parser.parse_args().bin
    alertmanager = Alertmanager()
    with tempfile.TemporaryDirectory(prefix="bellrock-restart-") as folder:
        shop = os.path.join(folder, "shop.yaml")
        fleet(binaries, "--write-shop", shop, "--journeys", 1, "--objectives", 1)
        centre = Centre(binaries, folder, alertmanager)
        with centre:
            fleet(binaries, "--config", shop, "--nodes", 4, "--days", 0.02, "--end", int(time.time()) // 60 * 60 - 60,
                  "--seed", 3, "--central", centre.url)
        alertmanager.told.clear()
        centre.age(DOWN_S)
        with centre:
            time.sleep(3)
        expect("told after a pause", [one for one in alertmanager.told if "Suspect" in one[0]], [])
        alertmanager.told.clear()
        centre.tell_suspect("ticket")
        with centre:
            time.sleep(3)
        expect("told of a suspect that was open", [one for one in alertmanager.told if "Suspect" in one[0]],
               [("BellrockCollectorSuspect", "ticket", False)])
    print("a centre that comes back waits for its nodes")


if __name__ == "__main__":
    main()
