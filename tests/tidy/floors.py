"""A folder includes only folders on floors below it, and only some folders see DPDK, simdjson and other libraries."""
import os
import re

import source_tree

_FLOOR_1 = ["dataplane/base", "dataplane/flow", "dataplane/wire"]
_FLOOR_2 = [f"dataplane/{name}" for name in ("io", "tcp", "responder", "http", "beacon", "journey", "sketch")]
_FLOOR_4 = ["control/flow", "control/proto"]
_FLOOR_5 = [f"control/{name}" for name in ("config", "harvest", "net", "store", "slo")]
# The plain structs that floors 4 and 5 hand out: kinds of cells, names of outcomes, the compiled definition.
_STRUCTS = ["dataplane/base", "dataplane/flow", "dataplane/journey"]
_CONFIG = ["dataplane/base", *_FLOOR_4, "dataplane/flow", "dataplane/journey", "dataplane/sketch", "dataplane/board"]

ALLOWED = {
    "bpf/abi": [],
    "dataplane/base": [],
    "dataplane/flow": ["dataplane/base"],
    "dataplane/wire": ["dataplane/base"],
    **{folder: _FLOOR_1 for folder in _FLOOR_2},
    "dataplane/steer": ["bpf/abi", "dataplane/base"],
    "dataplane/server": _FLOOR_1 + [f"dataplane/{name}" for name in ("responder", "http", "beacon")],
    "dataplane/board": _FLOOR_1 + _FLOOR_2,
    "dataplane/app": _FLOOR_1 + _FLOOR_2 + ["dataplane/server", "dataplane/board", "dataplane/steer"],
    "control/flow": ["dataplane/base", "dataplane/flow", "dataplane/sketch"],
    "control/proto": ["dataplane/base", "control/flow"],
    "control/config": _CONFIG,
    "control/harvest": _CONFIG,
    "control/net": ["dataplane/base", *_FLOOR_4],
    "control/store": ["dataplane/base", "dataplane/flow", *_FLOOR_4, "control/net"],
    "control/slo": ["dataplane/base", "dataplane/flow", *_FLOOR_4],
    "control/openslo": [*_STRUCTS, *_FLOOR_4, "control/config", "control/slo"],
    "control/interop": ["dataplane/base", "dataplane/flow", "control/flow"],
    "control/dashboard": [],
    "control/agent": [*_STRUCTS, "dataplane/board", *_FLOOR_4, *_FLOOR_5],
    "control/plane": [*_STRUCTS, "control/dashboard", "control/interop", "control/openslo", *_FLOOR_4, *_FLOOR_5],
    "control/cli": [*_STRUCTS, "control/openslo", *_FLOOR_4, *_FLOOR_5],
}
# `bellrock replay` is the dataplane in one process.
_WHOLE_DATAPLANE = re.compile(r"control/cli/(replay/|commands/replay)")

# Libraries that only some files may see.
LIBRARIES = [
    (re.compile(r"<rte_"), re.compile(r"dataplane/io/dpdk_")),
    (re.compile(r"<bpf/"), re.compile(r"dataplane/steer/")),
    (re.compile(r"<simdjson"), re.compile(r"dataplane/beacon/")),
    (re.compile(r"<yaml-cpp/"), re.compile(r"control/config/")),
    (re.compile(r"<sqlite3"), re.compile(r"control/store/")),
]

_INCLUDE = re.compile(r"\s*#\s*include\s*([<\"][^>\"]+[>\"])")


def _made_from_own_proto(root, folder, name):
    return os.path.exists(os.path.join(root, folder, name[:-len(".pb.h")] + ".proto"))


def _problem(root, path, target):
    folder = "/".join(path.split("/")[:2])
    name = target.strip('"')
    if target.startswith("<"):
        for library, owner in LIBRARIES:
            if library.match(target) and not owner.match(path):
                return f"{target} is seen only by {owner.pattern}"
        return None
    if name.endswith(".skel.h"):
        return None if folder == "dataplane/steer" else "skeletons of kernel programs are seen only by dataplane/steer"
    if name.endswith(".pb.h"):
        return None if _made_from_own_proto(root, folder, name) else "generated messages are seen only by their own folder"
    wanted = "/".join(name.split("/")[:2])
    if wanted == folder or (_WHOLE_DATAPLANE.match(path) and wanted.startswith("dataplane/")):
        return None
    if folder not in ALLOWED:
        return f"{folder} has no floor: give it one in tests/tidy/floors.py"
    if wanted in ALLOWED[folder]:
        return None
    return f"{folder} may not include {wanted}: it is not on a floor below"


def check(root):
    for path in source_tree.paths(root, source_tree.CODE):
        top = path.split("/")[0]
        for number, line in enumerate(source_tree.lines(root, path), 1):
            match = _INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1)
            if top in ("dataplane", "control"):
                problem = _problem(root, path, target)
            else:
                problem = "nothing includes a main.cpp" if target.endswith('main.cpp"') else None
            if problem is None and top in ("dataplane", "control") and target.startswith('"') \
                    and not target.endswith(('.pb.h"', '.skel.h"')) and not os.path.exists(os.path.join(root, target.strip('"'))):
                problem = f"{target} is not written from the root of the tree"
            if problem:
                yield source_tree.Breach(path, number, problem)


if __name__ == "__main__":
    source_tree.main(check)
