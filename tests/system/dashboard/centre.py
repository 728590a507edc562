"""A real centre on 127.0.0.1 with a planted history, for the tests of its API and its pages."""
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# Beside the shop: a title that is markup, and a journey that nobody walks.
CENTRE = """apiVersion: bellrock/v1
kind: Central
metadata: {{name: tested}}
spec: {{listen: 127.0.0.1:{port}, database: {directory}/central.db, title: "{title}"}}
"""
QUIET = """apiVersion: bellrock/v1
kind: Journey
metadata: {name: signup}
spec:
  identity: web
  attempt: {count: attempt, restart: supersede, idle: 30m}
  steps:
    - {name: form, kind: start, match: {http: {at: request, method: GET, path: /signup}}}
    - {name: done, kind: success, match: {beacon: {event: signup.done}}}
  objectives:
    - {name: success, sli: success, target: 0.99}
"""
# Names as long as names may be: none of them may leave a page.
LONG = '''apiVersion: bellrock/v1
kind: Journey
metadata: {name: JOURNEY}
spec:
  identity: web
  attempt: {count: attempt, restart: supersede, idle: 30m}
  steps:
    - {name: first, kind: start, match: {http: {at: request, method: GET, path: /long}}}
    - {name: COMMIT, kind: commit, match: {http: {at: request, method: POST, path: /long}}}
    - {name: done, kind: success, match: {beacon: {event: long.done}}}
  objectives:
    - {name: OBJECTIVE, sli: success, count_from: COMMIT, target: 0.99}
---
apiVersion: bellrock/v1
kind: Composite
metadata: {name: COMPOSITE}
spec: {by: attempt, objectives: [JOURNEY/OBJECTIVE], target: 0.9}
'''
for word in ("JOURNEY", "COMMIT", "OBJECTIVE", "COMPOSITE"):
    LONG = LONG.replace(word, word[0].lower() * 63)
# Behind the checkout: what slow payments do to who stays, what visitors answer, how many there are, and who failed how.
SIGNALS = """  correlate_with: [{cause: {step: pay_ok, latency: true}, effect: [abandoned], strata: [device]}]
  feedback: {questions: [nps, csat, ces], latency: pay_ok}
  distinct_sessions: true
  recovery: {within: 10m}
  storyboards: {keep: 3, replay: 'https://replay.example.com/s/'}
"""
# Names of composites are of the configuration, so no markup; what is in them is planted.
COMPOSITES = """apiVersion: bellrock/v1
kind: Composite
metadata: {name: whole-shop}
spec: {by: weighted, objectives: [search/fast, {objective: checkout/success, weight: 5}], target: 0.9}
---
apiVersion: bellrock/v1
kind: Composite
metadata: {name: weakest}
spec: {by: least_healthy, objectives: [search/fast, checkout/success, signup/success]}
"""
TITLE = "Shop <i>&amp;</i>"
WHAT = "payment form <b onclick=window.xss=5>new</b>"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Centre:
    """Ends with its block, and takes its files along."""

    def __init__(self, binaries, shop):
        self.binaries, self.port = binaries, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bellrock-dashboard-"))
        self.config = self.directory / "config"
        shutil.copytree(shop, self.config)
        (self.config / "signup.yaml").write_text(QUIET)
        (self.config / "long.yaml").write_text(LONG)
        with open(self.config / "checkout.yaml", "a") as checkout:
            checkout.write(SIGNALS)
        (self.config / "composites.yaml").write_text(COMPOSITES)
        (self.config / "central.yaml").write_text(CENTRE.format(port=self.port, directory=self.directory, title=TITLE))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen([str(self.binaries / "bellrock-central"), "--config", str(self.config)],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.wait(lambda: self.ask("/healthz")[0] == 200, "the centre answers")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait(self, holds, what, seconds=60):
        end = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"not true in time: {what}\n{(self.directory / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def ask(self, path, body=None, headers=()):
        """(status, headers, bytes)"""
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode(),
                                         headers={**({} if body is None else {"Content-Type": "application/json"}), **dict(headers)})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except OSError:
            return 0, {}, b""

    def json(self, path):
        status, _, body = self.ask(path)
        if status != 200:
            raise SystemExit(f"{path}: {status} {body.decode(errors='replace')}")
        return json.loads(body)

    def post(self, path, body):
        status, _, answer = self.ask(path, body)
        if status != 201:
            raise SystemExit(f"POST {path}: {status} {answer.decode(errors='replace')}")
        return json.loads(answer)["id"]

    def plant(self):
        """The truth. Afterwards the centre is another process, which has replayed the last day."""
        planted = subprocess.run([str(self.binaries / "dashboard_plant"), "--centre", self.url, "--now", str(int(time.time())),
                                  "--config", str(self.config)], stdout=subprocess.PIPE, check=True)
        truth = json.loads(planted.stdout)
        truth["change"] = self.post("/api/v1/changes", {"what": WHAT, "journey": "checkout", "version": "2.4.1 <u>", "who": "<ci>",
                                                        "at_unix_s": truth["outage_from"] - 180})
        truth["what"], truth["title"] = WHAT, TITLE
        day_before = truth["outage_from"] - 86_400
        self.post("/api/v1/corrections", {"who": "ops", "why": "planned <em>maintenance</em>", "journey": "search",
                                          "from_unix_s": day_before, "to_unix_s": day_before + 3_600})
        self.stop()
        self.start()
        self.wait(lambda: self.json("/api/v1/incidents")["incidents"], "the outage is an incident")
        return truth
