"""Every scripted conversation names its clause, topic and point; CLAUSES.md lists them all, and no checklist is empty.

`conversations.py ROOT --write` writes the table anew; what is below its end, the gaps, is written by hand.
"""
import os
import re
import sys

import source_tree

FOLDER = "tests/conversations"
TABLE = FOLDER + "/CLAUSES.md"
END = "<!-- end of the table -->"
HEAD = "| Clause | Script | What it shows |"
TOPICS = {
    "SYN cookie", "SYN cookie under load", "SYN-RECEIVED reset", "MSS", "window", "window shrink", "zero-window probes",
    "outside-the-window", "unacceptable sequence", "unacceptable ack", "RST", "PAWS", "SACK", "acknowledgements",
    "retransmission", "FIN retransmission", "shutdown", "close with unread data", "simultaneous close",
    "TIME_WAIT reset", "network",
}
_HEADER = ("clause", "topic", "shows")
_CLAUSE = re.compile(r"(RFC \d+|IEEE 802\.)")
_NUMBER = re.compile(r"\d+")


def headers(root):
    """(path, {clause, topic, shows}) of every script."""
    for path in source_tree.paths(root, (".pkt",), FOLDER):
        found = {}
        for key, line in zip(_HEADER, source_tree.lines(root, path)):
            if line.startswith(f"# {key}: "):
                found[key] = line[len(key) + 4:].strip()
        yield path, found


def table(rows):
    def order(row):
        clause, name, _ = row
        return [int(n) for n in _NUMBER.findall(clause.split(",")[0])], clause, name

    lines = [HEAD, "|---|---|---|"]
    lines += [f"| {clause} | {name} | {shows} |" for clause, name, shows in sorted(rows, key=order)]
    return "\n".join(lines)


def rows_of(root):
    rows = []
    for path, found in headers(root):
        name = os.path.basename(path)[:-len(".pkt")]
        if len(found) == len(_HEADER):
            rows += [(clause.strip(), name, found["shows"]) for clause in re.split(r", (?=RFC|IEEE)", found["clause"])]
    return rows


def check(root):
    topics = set()
    for path, found in headers(root):
        for number, key in enumerate(_HEADER, 1):
            if not found.get(key):
                yield source_tree.Breach(path, number, f"its line {number} is not '# {key}: …'")
        if not _CLAUSE.match(found.get("clause", "")):
            yield source_tree.Breach(path, 1, "names no clause of an RFC")
        if found.get("topic") not in TOPICS:
            yield source_tree.Breach(path, 2, f"{found.get('topic')} is no topic of a checklist")
        topics.add(found.get("topic"))
    if not topics:
        return
    for topic in sorted(TOPICS - topics):
        yield source_tree.Breach(TABLE, 1, f"no script is about {topic}")
    text = "\n".join(source_tree.lines(root, TABLE)) if os.path.exists(os.path.join(root, TABLE)) else ""
    if table(rows_of(root)) not in text or END not in text:
        yield source_tree.Breach(TABLE, 1, "is not the table of the scripts: run conversations.py with --write")


def write(root):
    path = os.path.join(root, TABLE)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    begin = text.index(HEAD) if HEAD in text else text.index(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text[:begin] + table(rows_of(root)) + "\n\n" + text[text.rindex(END):])


if __name__ == "__main__":
    if "--write" in sys.argv:
        write(sys.argv[1])
    source_tree.main(check)
