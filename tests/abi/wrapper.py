#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""akr.hpp calls every function of akr.h, and nothing that is not there. That each call compiles and works is for
tests/consumer/wrapper.cpp to show.
wrapper.py SOURCE_DIR | wrapper.py --self-test SOURCE_DIR"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402


def code(wrapper):
    """Without comments and texts: a function that is only talked about is not called."""
    return re.sub(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"', "", akr_header.blank_comments(wrapper))


def used(wrapper):
    """Functions that are called, or handed over to be called: f(..., or f as the last argument."""
    return set(re.findall(r"\b(akr_\w+)(?=\s*[()>])", code(wrapper)))


def declared(header):
    """Names of the functions, names of the types."""
    types = re.findall(r"\b(akr_\w+)\s*;|\(\*(akr_\w+)\)", akr_header.blank_comments(header))
    return {f.name for f in akr_header.functions(header)}, {name for pair in types for name in pair if name}


def compare(names, wrapper):
    functions, types = names
    found = used(wrapper)
    for name in sorted(functions - found):
        yield f"{name} is not called by akr.hpp"
    for name in sorted(found - functions - types):
        yield f"{name} is not in akr.h"


def self_test(names, wrapper):
    if list(compare(names, wrapper)):
        yield "the unchanged file differs already"
    for name in sorted(names[0]):
        without = re.sub(rf"\b{name}\b", "nothing", wrapper)
        changed = f'{without}\n// {name}()\n/* {name}() */\nconst char *t = "{name}()";\n'
        if list(compare(names, changed)) != [f"{name} is not called by akr.hpp"]:
            yield f"not noticed: {name} is only talked about"
    if not list(compare(names, wrapper + "\nakr_lsq_solved(a);\n")):
        yield "not noticed: a function that akr.h does not have"


def main():
    root = sys.argv[-1]
    names = declared(akr_header.read(os.path.join(root, "include/akr.h")))
    wrapper = akr_header.read(os.path.join(root, "include/akr.hpp"))
    found = list((self_test if "--self-test" in sys.argv else compare)(names, wrapper))
    for text in found:
        print(f"wrapper: {text}")
    sys.exit(1 if found else 0)


main()
