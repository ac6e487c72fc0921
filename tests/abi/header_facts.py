#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""akr.h is the manual: every function has a comment with its "Since" and its thread tag, and signatures hold only types
that every language can say.   header_facts.py SOURCE_DIR"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402

VALUES = {"int32_t", "int64_t", "double", "float", "akr_status"}
HANDLES = {"akr_options", "akr_report", "akr_matrix", "akr_precond", "akr_sketch", "akr_kernel"}
POINTED = VALUES | HANDLES | {"void", "char"}
CALLBACK = re.compile(r"akr_\w+_(fn|f64|f32)")


def bad_type(text):
    words = text.replace("*", " * ").split()
    stars = words.count("*")
    names = [w for w in words if w not in ("*", "const")]
    if len(names) != 1 or stars > 2:
        return True
    name = names[0]
    if stars == 0:
        return name not in VALUES and not CALLBACK.fullmatch(name)
    return name not in POINTED or (stars == 2 and name not in HANDLES)


def main():
    text = akr_header.read(os.path.join(sys.argv[1], "include/akr.h"))
    failures = []
    listed = akr_header.functions(text)
    for f in listed:
        where = f"akr.h:{f.line}: {f.name}"
        if not f.comment:
            failures.append(f"{where}: no comment")
        if not re.search(r"\bSince:? \d+\.\d+", f.comment):
            failures.append(f"{where}: its comment does not say since which version it is there (Since 0.1)")
        if not re.search(r"\[(shared|serial|any thread|pure)\]", f.comment):
            failures.append(f"{where}: its comment has no thread tag ([shared], [serial], [any thread] or [pure])")
        for argument in f.arguments:
            if bad_type(argument.type):
                failures.append(f"{where}: {argument.name} is of type {argument.type}")
        if f.result != "void" and bad_type(f.result):
            failures.append(f"{where}: returns {f.result}")
    names = {f.name for f in listed}
    for name in names:  # one template, two visible functions
        for a, b in (("_f64", "_f32"), ("_f32", "_f64")):
            twin = name[: -len(a)] + b
            if name.endswith(a) and twin not in names and not re.search(r"_(get|set)_(array_)?f64$", name):
                failures.append(f"{name} has no twin {twin}")
    code = akr_header.blank_comments(text)
    for word in ("inline", "bool", "struct", "static", "extern", "long", "size_t", "unsigned"):
        uses = [m for m in re.finditer(rf"\b{word}\b", code)]
        if word == "struct":
            uses = [m for m in uses if not re.match(r"struct akr_\w+_s akr_\w+;", code[m.start():])]
        if word == "extern":
            uses = [m for m in uses if not code.startswith('extern "C" {', m.start())]
        if uses:
            failures.append(f"akr.h:{code.count(chr(10), 0, uses[0].start()) + 1}: `{word}` has no place in the C API")
    for text in failures:
        print(f"header_facts: {text}")
    print(f"{len(listed)} functions looked at")
    sys.exit(1 if failures or not listed else 0)


main()
