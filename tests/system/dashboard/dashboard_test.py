"""The centre's API and pages against a planted history: a real centre gets four weeks of frames through its intake; every
answer is as the API's description says, and headless Chromium finds on the pages what was planted.

  dashboard_test.py --bin DIR --config DIR [--keep FOLDER]    pictures of the pages go to FOLDER

Exit code 0: all of it holds.
"""
import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))
import api_description  # noqa: E402
from centre import Centre  # noqa: E402


def browse(centre, mode, truth, keep):
    shop = ROOT / "tools" / "shop"
    if not (shop / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent"], cwd=shop, check=True)
    file = centre.directory / "truth.json"
    file.write_text(json.dumps(truth))
    command = ["node", str(HERE / "dashboard_test.mjs"), "--mode", mode, "--url", centre.url, "--truth", str(file)]
    if subprocess.run(command + (["--keep", keep] if keep else []), check=False).returncode != 0:
        raise SystemExit(f"the pages of a centre that is {mode} are not as they should be")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--config", required=True, type=pathlib.Path)
    parser.add_argument("--keep", default="")
    options = parser.parse_args()
    api_description.check_document()
    with Centre(options.bin, options.config) as centre:
        known = {"journey": ["checkout"], "objective": ["success"], "id": [1], "name": ["whole-shop", "weakest"], "dimension": ["device"], "since": [1]}
        empty = api_description.check_answers(centre, known)
        browse(centre, "empty", {}, options.keep)
        truth = centre.plant()
        incident = centre.json("/api/v1/incidents")["incidents"][0]["id"]
        known.update(objective=["success", "e2e"], id=[incident, truth["change"]], dimension=["device", "release"],
                     since=[truth["outage_from"]])
        full = api_description.check_answers(centre, known)
        api_description.check_refusals(centre)
        api_description.check_caching(centre)
        api_description.check_strangers(centre)
        print(f"{empty} answers of an empty and {full} of a full centre are as the API's description says")
        browse(centre, "full", truth, options.keep)
        api_description.check_live(centre)


if __name__ == "__main__":
    main()
