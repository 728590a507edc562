"""Every source file is as clang-format 14 writes it."""
import subprocess
import sys

import source_tree

root, clang_format = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "clang-format-14"
files = [path for path in source_tree.paths(root, source_tree.CODE) if not path.endswith(".bpf.c")]
sys.exit(subprocess.run([clang_format, "--dry-run", "-Werror", *files], cwd=root, check=False).returncode)
