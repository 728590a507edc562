"""Each check finds its breach in a small tree, and nothing in the same tree without it."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import config_keys
import conversations
import floors
import lengths
import test_names
import words


class Tree(unittest.TestCase):
    def breaches(self, check, files):
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            return [(breach.path, breach.line) for breach in check(root)]

    def include(self, path, target, also=()):
        files = {path: f"#include {target}\n", **{name: "" for name in also}}
        if target.startswith('"'):
            files.setdefault(target.strip('"'), "")
        return self.breaches(floors.check, files)

    def test_conversations_name_a_clause_and_are_in_the_table(self):
        path = "tests/conversations/a.pkt"
        good = "# clause: RFC 9293 3.1\n# topic: MSS\n# shows: something\n"
        files = {path: good, conversations.TABLE: conversations.table([("RFC 9293 3.1", "a", "something")]) +
                 "\n" + conversations.END + "\n"}
        others = len(conversations.TOPICS) - 1
        self.assertEqual(len(self.breaches(conversations.check, files)), others)
        files[path] = good.replace("RFC 9293 3.1", "RFC 9293 3.2")
        self.assertEqual(len(self.breaches(conversations.check, files)), others + 1)
        files[path] = good.replace("RFC 9293 3.1", "the standard")
        self.assertIn((path, 1), self.breaches(conversations.check, files))
        files[path] = good.replace("MSS", "weather")
        self.assertIn((path, 2), self.breaches(conversations.check, files))

    def test_floors_let_a_folder_look_down_only(self):
        self.assertEqual(self.include("dataplane/tcp/a.h", '"dataplane/base/b.h"'), [])
        self.assertEqual(self.include("dataplane/tcp/a.h", '"dataplane/http/b.h"'), [("dataplane/tcp/a.h", 1)])
        self.assertEqual(self.include("dataplane/base/a.h", '"dataplane/flow/b.h"'), [("dataplane/base/a.h", 1)])
        self.assertEqual(self.include("dataplane/app/a.cpp", '"control/flow/b.h"'), [("dataplane/app/a.cpp", 1)])
        self.assertEqual(self.include("control/slo/a.cpp", '"control/store/b.h"'), [("control/slo/a.cpp", 1)])
        self.assertEqual(self.include("control/cli/commands/replay.cpp", '"dataplane/app/b.h"'), [])
        self.assertEqual(self.include("control/cli/commands/other.cpp", '"dataplane/app/b.h"'),
                         [("control/cli/commands/other.cpp", 1)])

    def test_floors_keep_libraries_in_their_folders(self):
        self.assertEqual(self.include("dataplane/io/dpdk_port.cpp", "<rte_mbuf.h>"), [])
        self.assertEqual(self.include("dataplane/io/pcap_file.cpp", "<rte_mbuf.h>"), [("dataplane/io/pcap_file.cpp", 1)])
        self.assertEqual(self.include("control/plane/a.cpp", "<simdjson.h>"), [("control/plane/a.cpp", 1)])

    def test_floors_keep_generated_messages_in_their_folder(self):
        proto = ["control/agent/spool.proto"]
        self.assertEqual(self.include("control/agent/a.cpp", '"spool.pb.h"', proto), [])
        self.assertEqual(self.include("control/plane/a.cpp", '"spool.pb.h"', proto), [("control/plane/a.cpp", 1)])

    def test_floors_want_paths_from_the_root_and_no_main(self):
        self.assertEqual(self.breaches(floors.check, {"dataplane/tcp/a.h": '#include "b.h"\n', "dataplane/tcp/b.h": ""}),
                         [("dataplane/tcp/a.h", 1)])
        self.assertEqual(self.include("tests/unit/a.cpp", '"control/cli/main.cpp"'), [("tests/unit/a.cpp", 1)])

    def test_lengths_count_files_and_functions(self):
        long_file = "int a;\n" * 401
        self.assertEqual(self.breaches(lengths.check, {"dataplane/a.h": long_file}), [("dataplane/a.h", 1)])
        self.assertEqual(self.breaches(lengths.check, {"dataplane/a.h": "// Longer than 400 lines: a table.\n" + long_file}), [])
        body = "  if (a) {\n    b();\n  }\n" * 23
        short = f"namespace x {{\nstruct S {{ int a; }};\nint f(int a) {{\n{body}}}\n}}\n"
        self.assertEqual(self.breaches(lengths.check, {"control/a.cpp": short}), [("control/a.cpp", 3)])
        self.assertEqual(self.breaches(lengths.check, {"control/a.cpp": short.replace("    b();\n", "")}), [])

    def test_lengths_are_not_misled_by_braces_in_text(self):
        text = 'void f() {\n  s = "{{{{"; c = \'{\'; // {\n  n = 1\'000\'000; /* { */\n}\nvoid g() {}\n'
        self.assertEqual(list(lengths.functions(text)), [(1, 4), (5, 5)])

    def test_test_names_are_sentences(self):
        self.assertIsNone(test_names.problem("Assembler", "RefusesOneHoleTooMany"))
        self.assertIsNone(test_names.problem("SnapshotCheck", "BoundsDepth"))
        for suite, name in (("Assembler", "Works"), ("Assembler", "Test1"), ("A", "refuses_holes"), ("Basic", "TestTwo")):
            self.assertIsNotNone(test_names.problem(suite, name), name)

    def test_words_find_what_nobody_should_commit(self):
        bad = ["// TO" + "DO later\n", "path = \"/ho" + "me/me/x\"\n", "<" * 7 + " HEAD\n", "a\r\n"]
        for text in bad:
            self.assertEqual(self.breaches(words.check, {"tools/a.py": text}), [("tools/a.py", 1)], text)
        self.assertEqual(self.breaches(words.check, {"tools/a.py": "path = 'build/homework/x'\n"}), [])

    def test_config_keys_must_be_explained(self):
        source = 'fields.find("known");\nfields.need_into("secret_key", x);\n'
        files = {"control/config/a.cpp": source, "config/README.md": "| `known` | secret_key |\n"}
        self.assertEqual(self.breaches(config_keys.check, files), [("control/config/a.cpp", 2)])


if __name__ == "__main__":
    unittest.main()
