#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs of every version that has a baseline, run on the library of today; released/README.md tells what they are.

old_client.py --source LIBRARY   compiled against the header of their version
old_client.py --object LIBRARY   the object file of that time, linked as it would have been then; x86-64 alone
"""
import glob
import os
import subprocess
import sys
import tempfile

import baselines

SKIP = 77


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    told = f"{' '.join(command)} ends with {result.returncode}\n{result.stdout}{result.stderr}"
    return told if result.returncode != 0 else ""


def stand_in(version, work):
    """The library of that version as a linker saw it: its name, its symbols, their nodes, no code."""
    nodes = {}
    for name, node in baselines.symbols(os.path.join(baselines.folder(version), baselines.FILE)).items():
        nodes.setdefault(node, []).append(name)
    source, script, library = (os.path.join(work, name) for name in ("then.c", "then.map", "libakr.so"))
    with open(source, "w", encoding="utf-8") as file:
        file.writelines(f"void {name}(void) {{}}\n" for names in nodes.values() for name in names)
    with open(script, "w", encoding="utf-8") as file:
        file.writelines(f"{node} {{ global: {'; '.join(names)}; }};\n" for node, names in nodes.items())
    return library, run("cc", "-shared", "-fPIC", "-Wl,-soname,libakr.so.1", f"-Wl,--version-script={script}", source,
                        "-o", library)


def build(mode, version, source, library, program):
    folder = baselines.folder(version)
    if mode == "--source":
        return run("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{folder}", source, library, "-o", program)
    then, problem = stand_in(version, os.path.dirname(program))
    return problem or run("cc", source.replace(".c", ".o"), then, "-o", program)


def main():
    mode, library = sys.argv[1:]
    os.environ["LD_LIBRARY_PATH"] = os.path.dirname(library)
    if mode == "--object" and os.uname().machine != "x86_64":
        print("skipped: the object files are ones for x86-64")
        sys.exit(SKIP)
    failures, ran = [], 0
    for version in baselines.versions():
        kind = "*.c" if mode == "--source" else "*.o"
        for file in sorted(glob.glob(os.path.join(baselines.folder(version), kind))):
            with tempfile.TemporaryDirectory() as work:
                program = os.path.join(work, "client")
                problem = build(mode, version, os.path.splitext(file)[0] + ".c", library, program) or run(program)
                failures += [f"{version}/{os.path.basename(file)}: {problem}"] if problem else []
                ran += 1
    for text in failures:
        print(f"old_client: {text}")
    print(f"{ran} old programs ran")
    sys.exit(1 if failures or ran == 0 else 0)


main()
