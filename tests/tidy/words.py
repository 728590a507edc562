"""No file holds a path of somebody's machine, an unfinished thought, or what a merge left behind."""
import re

import source_tree

_SUFFIXES = (".h", ".cpp", ".c", ".py", ".sh", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".md", ".yaml", ".yml", ".json", ".proto", ".cmake",
             ".txt", ".conf", "LICENSE", "setup", "build", "demo", "test", "fuzz", "tidy", "run")
# Written in pieces, so that this file does not hold what it looks for.
FORBIDDEN = [
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"), "an unfinished thought: finish it, or write an issue"),
    (re.compile(r"(^|[\s\"'(=:])/(wo" r"rk|ho" r"me|ro" r"ot|Us" r"ers)/"), "a path of one machine"),
    (re.compile(r"^(<{7} |={7}$|>{7} )"), "a merge left this behind"),
]


def check(root):
    for path in source_tree.paths(root, _SUFFIXES):
        if path.endswith("package-lock.json"):
            continue
        for number, line in enumerate(source_tree.lines(root, path), 1):
            for pattern, message in FORBIDDEN:
                if pattern.search(line):
                    yield source_tree.Breach(path, number, message)
            if line.endswith("\r") and not path.startswith("tests/"):
                yield source_tree.Breach(path, number, "a carriage return at the line's end")


if __name__ == "__main__":
    source_tree.main(check)
