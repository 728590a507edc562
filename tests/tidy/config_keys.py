"""config/README.md explains every key that the configuration loader reads."""
import re

import source_tree

_KEY = re.compile(r"\b(?:find|need|into|need_into)\(\s*\"([a-z_.]+)\"")
# The frame of every document, and matches that later versions bring.
_NOT_IN_TABLES = {"apiVersion", "spec", "metadata", "report", "synthetic", "top"}


def check(root):
    guide = re.sub(r"```.*?```", "", "\n".join(source_tree.lines(root, "config/README.md")), flags=re.DOTALL)
    explained = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", guide))))
    for path in source_tree.paths(root, (".cpp",), "control/config"):
        for number, line in enumerate(source_tree.lines(root, path), 1):
            for key in _KEY.findall(line):
                if key not in _NOT_IN_TABLES and not set(key.split(".")) <= explained:
                    yield source_tree.Breach(path, number, f"config/README.md does not explain `{key}`")


if __name__ == "__main__":
    source_tree.main(check)
