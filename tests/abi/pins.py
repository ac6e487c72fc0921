#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""constants.c leaves nothing out: every number of akr.h that a program compiles in has a PIN there, every type of a
name and of a callback a SAME_TYPE, and no number differs from that in any stored header.
pins.py SOURCE_DIR | pins.py --self-test SOURCE_DIR"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402
import baselines  # noqa: E402

# These tell the version of the header, so each release has others; AKR_H and AKR_API are no numbers.
FREE = {"AKR_VERSION_MAJOR", "AKR_VERSION_MINOR", "AKR_VERSION_PATCH", "AKR_H", "AKR_API"}


def numbers(header):
    """{name: value} of the enumerators, and of the macros but those that are free."""
    found = akr_header.constants(header)
    for name, value in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]*(.*)$", header, re.M):
        if name not in FREE:
            number = re.fullmatch(r"\(?(-?(?:0[xX][0-9a-fA-F]+|\d+))\)?", value.strip())
            found[name] = int(number.group(1), 0) if number else f"{value.strip()}, which is no plain number"
    return found


def types(header):
    """What typedefs name, but for the handles: those are structs that nobody sees."""
    names = re.findall(r"\btypedef\s+\w+\s+(akr_\w+)\s*;", header)
    return set(names + re.findall(r"\btypedef[^;]*?\(\*(akr_\w+)\)", header))


def compare(header, pinned, older):
    """older: {version: header}"""
    now, named = numbers(header), types(header)
    have = {name: int(value) for name, value in re.findall(r"^PIN\((\w+), (-?\d+)\);$", pinned, re.M)}
    for name, value in now.items():
        if name not in have:
            yield f"{name} = {value} has no PIN"
        elif have[name] != value:
            yield f"{name} is {value}, its PIN is {have[name]}"
    for name in sorted(set(have) - set(now)):
        yield f"{name} has a PIN and is not in akr.h"
    same = set(re.findall(r"^SAME_TYPE\((\w+), ", pinned, re.M))
    for name in sorted(named ^ same):
        yield f"{name} {'has no' if name in named else 'is no type of akr.h, but has a'} SAME_TYPE"
    for version, old in older.items():
        for name, value in numbers(old).items():
            if now.get(name) != value:
                yield f"{name} was {value} in {version}"
        for name in sorted(types(old) - named):
            yield f"{name} was a type in {version}"


def self_test(header, pinned, older):
    def must_differ(what, changed_header, changed_pins):
        if (changed_header, changed_pins) == (header, pinned):
            yield f"nothing to change: {what}"
        elif not list(compare(changed_header, changed_pins, older)):
            yield f"not noticed: {what}"

    if list(compare(header, pinned, older)):
        yield "the unchanged files differ already"
    for name, value in numbers(header).items():
        yield from must_differ(f"no PIN of {name}", header, pinned.replace(f"PIN({name}, {value});\n", ""))
    for name in types(header):
        yield from must_differ(f"no SAME_TYPE of {name}", header, re.sub(rf"SAME_TYPE\({name}, .*\n", "", pinned))
    more = header.replace("AKR_ROW_MAJOR = 1", "AKR_ROW_MAJOR = 1, AKR_BANDED = 2")
    yield from must_differ("a new enumerator", more, pinned)
    for line in ("#define AKR_SOME 7", "#define AKR_SOME (0x10)", "#define AKR_SOME (1 << 3)",
                 "typedef int32_t akr_some;", "typedef void (*akr_some_fn)(void *user);"):
        yield from must_differ(line, header + line + "\n", pinned)
    renumbered = header.replace("AKR_E_OPTION = -2", "AKR_E_OPTION = -12")
    yield from must_differ("a number and its PIN changed together", renumbered,
                           pinned.replace("PIN(AKR_E_OPTION, -2)", "PIN(AKR_E_OPTION, -12)"))


def main():
    root = sys.argv[-1]
    header = akr_header.blank_comments(akr_header.read(os.path.join(root, "include/akr.h")))
    pinned = akr_header.read(os.path.join(root, "tests/abi/constants.c"))
    older = {v: akr_header.blank_comments(akr_header.read(os.path.join(baselines.folder(v), "akr.h")))
             for v in baselines.versions()}
    found = list((self_test if "--self-test" in sys.argv else compare)(header, pinned, older))
    for text in found:
        print(f"pins: {text}")
    print(f"{len(numbers(header))} numbers and {len(types(header))} types looked at")
    sys.exit(1 if found or not older or not numbers(header) else 0)


main()
