"""Files have at most 400 lines and functions 70, unless their first lines say why they are longer."""
import re

import source_tree

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
_REASON = re.compile(r"longer than (400|70) lines", re.IGNORECASE)

_NOISE = re.compile(
    r"//[^\n]*|/\*.*?\*/|R\"(\w*)\(.*?\)\1\"|\"(?:\\.|[^\"\\\n])*\"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'"
    r"|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.DOTALL | re.MULTILINE)
_NOT_A_FUNCTION = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$|=\s*$|^\s*$")


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(text):
    """(first line, last line) of every outermost function body, its head included."""
    code = _NOISE.sub(_blank, text)
    stack, head_start, start = [], 0, None
    for position, character in enumerate(code):
        if character in ";{}":
            head = code[head_start:position]
        if character == "{":
            inside = any(stack)
            is_function = not inside and "(" in head and not _NOT_A_FUNCTION.search(head)
            if is_function:
                start = head_start + len(head) - len(head.lstrip())
            stack.append(is_function)
        elif character == "}" and stack:
            if stack.pop():
                yield code.count("\n", 0, start) + 1, code.count("\n", 0, position) + 1
        if character in ";{}":
            head_start = position + 1


def check(root):
    for path in source_tree.paths(root, source_tree.CODE + (".py", ".ts", ".tsx", ".proto", ".cmake")):
        lines = source_tree.lines(root, path)
        if len(lines) - 1 > FILE_LINES_MAX and not _REASON.search("\n".join(lines[:12])):
            yield source_tree.Breach(path, 1, f"{len(lines) - 1} lines: split it, or say in its first lines why it is "
                                              f"longer than {FILE_LINES_MAX} lines")
        if not path.endswith(source_tree.CODE):
            continue
        for first, last in functions("\n".join(lines)):
            around = "\n".join(lines[max(0, first - 4):first + 3])
            if last - first + 1 > FUNCTION_LINES_MAX and not _REASON.search(around):
                yield source_tree.Breach(path, first, f"a function of {last - first + 1} lines: split it, or say above "
                                                      f"it why it is longer than {FUNCTION_LINES_MAX} lines")


if __name__ == "__main__":
    source_tree.main(check)
