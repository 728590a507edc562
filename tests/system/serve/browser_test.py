"""Headless Chromium loads the snippet from an edge that serves, over veth, and sends it a thousand beacons of every type,
from another origin, by sendBeacon and by fetch with credentials and preflight: all are accepted, answered and counted.
Needs root.

  browser_test.py --bin DIR [--views N]
"""
import argparse
import json
import subprocess

import stage
from stage import ROOT, SERVER, Stage

TYPES = ("step", "vitals", "error", "feedback", "click", "action")


def prepare():
    subprocess.run([ROOT / "tools/snippet/build"], check=True, stdout=subprocess.DEVNULL)
    if not (ROOT / "tools/shop/node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=ROOT / "tools/shop", check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stage.binaries(parser)
    parser.add_argument("--views", type=int, default=1_000)
    options = parser.parse_args()
    stage.alone()
    prepare()
    with Stage(options.bin, "af_packet", snippet={"file": str(ROOT / "tools/snippet/dist/bellrock.js")}) as on:
        walk = on.command_in(on.client_side, "node", ROOT / "tests/system/serve/visits.mjs", options.views, SERVER)
        said = subprocess.run(walk, capture_output=True, text=True, timeout=1_500)
        if said.returncode != 0:
            raise SystemExit(said.stderr[-3000:] + on.logs())
        told = json.loads(said.stdout)
        if told["statuses"] != {"204": options.views}:
            raise SystemExit(f"answers to posts with credentials: {told['statuses']}")
        few = {kind: told["said"].get(kind, 0) for kind in TYPES if told["said"].get(kind, 0) < options.views}
        if few:
            raise SystemExit(f"the browser sent less than {options.views} of {few}")
        for kind in TYPES:
            on.expect_count(f"beacons_by_type.{kind}", told["said"][kind])
        total = sum(told["said"].values())
        on.expect_count("beacons_accepted", total)
        on.expect_count("beacons_seen", total)
        metrics = on.metrics()
        preflights = metrics.get("bellrock_requests_by_method.OPTIONS", 0)
        if preflights == 0:
            raise SystemExit("no preflight was asked for")
        refused = {key: value for key, value in metrics.items() if key.startswith("bellrock_requests_refused.") and value}
        if refused:
            raise SystemExit(f"requests were refused: {refused}")
        print(f"{options.views} page views: {told['said']}; {metrics['bellrock_requests_by_method.POST']} requests, "
              f"{preflights} preflights; all accepted, answered and counted")


if __name__ == "__main__":
    main()
