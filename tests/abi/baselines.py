# SPDX-License-Identifier: BSD-3-Clause
"""The stored baselines as data. tests/abi/released/MAJOR.MINOR/ holds akr.h of that version, and in libakr.so.1.abi
what abidw says of its library: every exported function with its types."""
import os
import re

RELEASED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "released")
FILE = "libakr.so.1.abi"


def folder(version):
    return os.path.join(RELEASED, version)


def versions():
    """Those that have a baseline, oldest first."""
    found = [v for v in os.listdir(RELEASED) if re.fullmatch(r"\d+\.\d+", v) and FILE in os.listdir(folder(v))]
    return sorted(found, key=lambda v: [int(part) for part in v.split(".")])


def version_of(header):
    """MAJOR.MINOR, as akr.h tells it."""
    return ".".join(re.findall(r"^#define AKR_VERSION_(?:MAJOR|MINOR) (\d+)$", header, re.M))


def symbols(path):
    """{name: node} of the functions in a baseline that have a symbol and, beside it, a declaration with types: the one
    without the other guards nothing."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    nodes = dict(re.findall(r"<elf-symbol name='(\w+)' version='([\w.]+)'", text))
    declared = set(re.findall(r"<function-decl [^>]*elf-symbol-id='(\w+)@", text))
    return {name: node for name, node in nodes.items() if name in declared}
