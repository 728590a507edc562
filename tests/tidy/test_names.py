"""A test's name is a sentence: with its suite it has three words or more, two of them its own."""
import re

import source_tree

_TEST = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P)\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_WORD = re.compile(r"[A-Z][a-z]*")


def problem(suite, name):
    if "_" in name or not name[0].isupper():
        return f"{suite}.{name} is not in CamelCase"
    own = len(_WORD.findall(name))
    if name.startswith("Test") or own < 2 or own + len(_WORD.findall(suite)) < 3:
        return f"{suite}.{name} is not a sentence that says what holds"
    return None


def check(root):
    for path in source_tree.paths(root, (".cpp", ".h"), "tests"):
        text = "\n".join(source_tree.lines(root, path))
        for match in _TEST.finditer(text):
            found = problem(match.group(1), match.group(2))
            if found:
                yield source_tree.Breach(path, text.count("\n", 0, match.start(1)) + 1, found)


if __name__ == "__main__":
    source_tree.main(check)
