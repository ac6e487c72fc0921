#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""akr.f90 says the same as akr.h: functions, argument names in order, their kinds, constants.
fortran.py SOURCE_DIR | fortran.py --self-test SOURCE_DIR"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402

_KIND = {"int32_t": "integer(c_int32_t)", "akr_status": "integer(c_int32_t)", "int64_t": "integer(c_int64_t)",
         "double": "real(c_double)", "float": "real(c_float)"}


def expected(argument):
    """The declarations (type, passed by value?) that fit a C argument; () stands for the result."""
    base = argument.replace("const", "").replace("*", "").strip()
    stars = argument.count("*")
    if stars == 0:
        return {(_KIND[base], True)} if base in _KIND else {("type(c_funptr)", True)}
    if stars == 2:
        return {("type(c_ptr)", False)}
    fits = {("type(c_ptr)", True)}
    if base in _KIND:
        fits.add((_KIND[base], False))
    if base == "char" and "const" in argument:
        fits = {("character(kind=c_char)", False)}
    return fits


def procedures(text):
    """{name: ([arguments], {variable: (type, by value)}, result variable or None)} of the bind(c) interfaces."""
    text = re.sub(r"&\s*\n\s*&?", " ", text)
    text = "\n".join(line.split("!")[0].rstrip() for line in text.splitlines())
    found = {}
    pattern = re.compile(r"^\s*(function|subroutine) (akr_\w+)\(([^)]*)\)\s+bind\(c, name='(\w+)'\)(?: result\((\w+)\))?"
                         r"(.*?)^\s*end \1", re.S | re.M)
    for _, name, arguments, bound, result, body in pattern.findall(text):
        variables = {}
        for attributes, names in re.findall(r"^\s*([^:\n]+?)\s*::\s*(.*)$", body, re.M):
            if attributes.startswith("import"):
                continue
            kind = attributes.split(",")[0].strip()
            for variable in re.sub(r"\([^)]*\)", "", names).split(","):
                variables[variable.strip()] = (kind, "value" in attributes)
        listed = [a.strip() for a in arguments.split(",") if a.strip()]
        found[name] = (listed, variables, result or None, bound)
    return found


def compare(header, fortran):
    have = procedures(fortran)
    functions = akr_header.functions(header)
    for name in sorted(set(have) - {f.name for f in functions}):
        yield f"{name} is in akr.f90 alone"
    for f in functions:
        if f.name not in have:
            yield f"{f.name} is missing in akr.f90"
            continue
        listed, variables, result, bound = have[f.name]
        if bound != f.name:
            yield f"{f.name} is bound to {bound}"
        if listed != [a.name for a in f.arguments]:
            yield f"{f.name}: arguments {listed}, akr.h has {[a.name for a in f.arguments]}"
            continue
        for a in f.arguments:
            if variables.get(a.name) not in expected(a.type):
                yield f"{f.name}: {a.name} is {variables.get(a.name)}, akr.h has {a.type}"
        want = None if f.result == "void" else _KIND.get(f.result, "type(c_ptr)")
        got = variables[result][0] if result in variables else None
        if want != got:
            yield f"{f.name}: returns {got}, akr.h has {f.result}"
    pinned = {name: int(value) for name, value in
              re.findall(r"^\s*integer\(c_int32_t\), parameter :: (AKR_\w+) = (-?\d+)$", fortran, re.M)}
    if pinned != akr_header.constants(header):
        yield f"constants differ: {sorted(set(pinned.items()) ^ set(akr_header.constants(header).items()))}"


def self_test(header, fortran):
    changes = [("integer(c_int64_t), value :: nrhs", "integer(c_int32_t), value :: nrhs"),
               ("AKR_E_OPTION = -2", "AKR_E_OPTION = -3"), ("akr_sketch_destroy", "akr_sketch_destroyed"),
               ("(options, key, value) bind", "(options, value, key) bind"),
               ("bind(c, name='akr_lsq_solve_f64')", "bind(c, name='akr_lsq_solve_f32')")]
    if list(compare(header, fortran)):
        yield "the unchanged file differs already"
    for old, new in changes:
        if old not in fortran:
            yield f"nothing to change: {old}"
        elif not list(compare(header, fortran.replace(old, new))):
            yield f"not noticed: {old} -> {new}"


def main():
    root = sys.argv[-1]
    header = akr_header.read(os.path.join(root, "include/akr.h"))
    fortran = akr_header.read(os.path.join(root, "include/akr.f90"))
    found = list((self_test if "--self-test" in sys.argv else compare)(header, fortran))
    for text in found:
        print(f"fortran: {text}")
    sys.exit(1 if found else 0)


main()
