#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""capi/ translates and no more: every function of akr.h is defined there once, passes the gate under its own name, and is
short; files stay readable.   thin.py SOURCE_DIR"""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402

LONGEST_FUNCTION = 25  # lines of an akr_* function; what takes more belongs into src
LONGEST_FILE = 300
# These only hand out something that cannot fail; there is nothing to guard.
UNGUARDED = {"akr_version", "akr_status_name", "akr_last_error"}

_DEFINITION = re.compile(r'^(?:extern "C" )?[a-z][\w *]*\b(akr_\w+)\(([^;{}]*)\)\s*\{', re.M)


def body_at(text, opening):
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[opening + 1:place]
    raise ValueError("unbalanced braces")


def main():
    root = sys.argv[1]
    wanted = {f.name for f in akr_header.functions(akr_header.read(os.path.join(root, "include/akr.h")))}
    failures, defined = [], []
    for path in sorted(glob.glob(os.path.join(root, "capi", "*.cpp"))):
        text = akr_header.read(path)
        file = os.path.relpath(path, root)
        if text.count("\n") > LONGEST_FILE:
            failures.append(f"{file}: {text.count(chr(10))} lines")
        for match in _DEFINITION.finditer(text):
            name = match.group(1)
            body = body_at(text, match.end() - 1)
            defined.append(name)
            if body.count("\n") > LONGEST_FUNCTION:
                failures.append(f"{file}: {name} has {body.count(chr(10))} lines, {LONGEST_FUNCTION} are the rule")
            # The name goes to the gate as the first argument; inside a lambda, __func__ would be another's.
            told = re.search(r"\b\w+(?:<[\w:, ]+>)?\(\s*(?:__func__|\"(\w+)\")", body)
            if name in UNGUARDED:
                continue
            if not told:
                failures.append(f"{file}: {name} does not hand its name to the gate")
            elif told.group(1) not in (None, name):
                failures.append(f"{file}: {name} calls itself {told.group(1)}")
            elif told.group(1) is None and "[&]" in body[:told.start()]:
                failures.append(f"{file}: {name} uses __func__ inside a lambda")
    for name in sorted(wanted - set(defined)):
        failures.append(f"{name} is not defined in capi/")
    for name in sorted(set(defined)):
        if defined.count(name) > 1:
            failures.append(f"{name} is defined {defined.count(name)} times")
    for text in failures:
        print(f"thin: {text}")
    print(f"{len(defined)} functions looked at")
    sys.exit(1 if failures or not defined else 0)


main()
