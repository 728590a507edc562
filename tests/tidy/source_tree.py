"""The files of the source tree, and how a check reports. A check is a function of the tree's root that yields breaches."""
import os
import sys
from dataclasses import dataclass

CODE = (".h", ".cpp", ".c")
_SKIPPED = {"build", "node_modules", ".git", "__pycache__"}


@dataclass
class Breach:
    path: str
    line: int
    message: str


def paths(root, suffixes=(), under=""):
    """Paths relative to the root, sorted; those with one of the suffixes, or all."""
    found = []
    for directory, folders, names in os.walk(os.path.join(root, under)):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        for name in names:
            path = os.path.join(directory, name)
            if (not suffixes or name.endswith(tuple(suffixes))) and not os.path.islink(path):
                found.append(os.path.relpath(path, root))
    return sorted(found)


def lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace", newline="") as file:
        return file.read().split("\n")


def main(check):
    breaches = list(check(sys.argv[1]))
    for breach in breaches:
        print(f"{breach.path}:{breach.line}: {breach.message}")
    sys.exit(1 if breaches else 0)
