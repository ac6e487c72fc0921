#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs built against the last release must go on working.

abi_gate.py LIBRARY SOURCE_DIR              compares LIBRARY with the stored baseline
abi_gate.py --baseline LIBRARY SOURCE_DIR   stores LIBRARY as the new baseline (with a release, never to silence the gate)
abi_gate.py --self-test SOURCE_DIR          the gate itself: it must fail on broken libraries and pass on harmless changes

The baseline is what abidw says of the released library together with the header of that release. How the two tools are
called matters: with --no-show-locs in the baseline, real breaks pass in silence, so locations stay; suppressions are not
used, since those that bless a grown struct also bless reordered fields; --headers-dir hides the insides of the opaque
handles, which may change. Additions are left to the list of symbols. Enumerators that no signature names leave no trace
in debug information: constants.c pins them, and belongs to the gate.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402

SKIP = 77
HERE = os.path.dirname(os.path.abspath(__file__))
RELEASED = os.path.join(HERE, "released")
BASELINE = os.path.join(RELEASED, "libakr.so.1.abi")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def write_baseline(library, headers, out):
    result = run("abidw", "--exported-interfaces-only", "--drop-private-types", "--no-corpus-path", "--no-comp-dir-path",
                 "--headers-dir", headers, "--out-file", out, library)
    if result.returncode != 0:
        sys.exit(f"abidw: {result.stderr}")


def differences(baseline, old_headers, library, new_headers):
    """Why programs built with the old headers may break with this library; empty when they do not."""
    found = []
    result = run("abidiff", "--headers-dir1", old_headers, "--headers-dir2", new_headers, "--no-added-syms", baseline,
                 library)
    if result.returncode != 0:  # bit 2: changed, bit 3: incompatibly; anything else is abidiff itself failing
        found.append(f"abidiff ends with {result.returncode}:\n{result.stdout}{result.stderr}")
    result = run("cc", "-std=c11", "-fsyntax-only", f"-I{new_headers}", os.path.join(HERE, "constants.c"))
    if result.returncode != 0:
        found.append(f"constants.c:\n{result.stderr}")
    return found


def gate(library, source):
    if "debug_info" not in run("readelf", "-SW", library).stdout:
        skip("the library has no debug information")
    if "X86-64" not in run("readelf", "-hW", library).stdout:
        skip("the baseline is one for x86-64")
    if "GNU C" not in run("readelf", "--debug-dump=info", "--dwarf-depth=1", library).stdout:
        skip("the baseline was made by g++, whose debug information differs from that of other compilers")
    return differences(BASELINE, RELEASED, library, os.path.join(source, "include"))


def stub_library(folder, header):
    """A library with the signatures of `header` and bodies that do nothing; handles hold what ours do in kind."""
    code = ['#include "akr.h"', "#include <string>", "#include <vector>"]
    for handle in sorted(set(re.findall(r"typedef struct (akr_\w+_s) ", header))):
        extra = "int grown[100]; std::string more;" if "/*grown*/" in header else ""
        code.append(f"struct {handle} {{ int kind; std::vector<double> values; {extra} }};")
    for f in akr_header.functions(header):
        arguments = ", ".join(f"{a.type} {a.name}" for a in f.arguments)
        handles = [a.name for a in f.arguments if re.fullmatch(r"(const )?akr_(options|report|matrix) \*", a.type)]
        body = f"if ({handles[0]} != nullptr && {handles[0]}->kind == 7) return {{}};" if handles and f.result != "void" else ""
        body += "" if f.result == "void" else " return {};"
        code.append(f'extern "C" {f.result} {f.name}({arguments}) {{ {body} }}')
    with open(os.path.join(folder, "akr.h"), "w", encoding="utf-8") as out:
        out.write(header)
    with open(os.path.join(folder, "stub.cpp"), "w", encoding="utf-8") as out:
        out.write("\n".join(code) + "\n")
    library = os.path.join(folder, "libakr.so.1")
    result = run("g++", "-std=c++17", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-soname,libakr.so.1",
                 f"-I{folder}", os.path.join(folder, "stub.cpp"), "-o", library)
    if result.returncode != 0:
        sys.exit(f"the stub does not compile:\n{result.stderr}")
    return library


def replaced(text, old, new):
    if old not in text:
        sys.exit(f"akr.h holds no {old!r} to change")
    return text.replace(old, new, 1)


def mutants(header):
    """(what, changed header, must the gate pass?)"""
    solve = re.search(r"AKR_API akr_status akr_lsq_solve_f64\([^;]*;", header).group()
    yield "nothing changed", header, True
    yield "a handle grew inside", header + "/*grown*/\n", True
    yield "a function was added", replaced(header, "AKR_API int32_t akr_version(void);",
                                           "AKR_API int32_t akr_version(void);\nAKR_API int32_t akr_newer(void);"), True
    yield "a symbol was removed", re.sub(r"AKR_API void akr_sketch_destroy\([^;]*;", "", header), False
    yield "a parameter was added", replaced(header, solve, solve.replace("double ridge,", "double ridge, double tau,")), False
    yield "a parameter was dropped", replaced(header, solve, solve.replace("double ridge,", "")), False
    yield "a parameter became narrower", replaced(header, solve, solve.replace("int64_t ldb", "int32_t ldb")), False
    yield "a pointer changed its type", replaced(header, solve, solve.replace("double *x", "float *x")), False
    yield "a result changed its type", replaced(header, "AKR_API int64_t akr_option_count", "AKR_API int32_t akr_option_count"), False
    yield "a callback takes another number", replaced(header, "(*akr_log_fn)(void *user, int32_t level",
                                                      "(*akr_log_fn)(void *user, int64_t level"), False
    yield "a constant was renumbered", replaced(header, "AKR_E_OPTION = -2", "AKR_E_OPTION = -12"), False


def self_test(source):
    wrong = []
    with tempfile.TemporaryDirectory() as root:
        header = akr_header.read(os.path.join(source, "include/akr.h"))
        old = os.path.join(root, "old")
        os.mkdir(old)
        baseline = os.path.join(root, "old.abi")
        write_baseline(stub_library(old, header), old, baseline)
        for number, (what, changed, harmless) in enumerate(mutants(header)):
            if not harmless and changed == header:
                sys.exit(f"{what}: the header is unchanged")
            folder = os.path.join(root, str(number))
            os.mkdir(folder)
            found = differences(baseline, old, stub_library(folder, changed), folder)
            print(f"{what}: {'refused' if found else 'passed'}")
            if bool(found) == harmless:
                wrong.append(f"{what}: the gate {'refuses' if found else 'passes'} it\n" + "\n".join(found))
    return wrong


def main():
    if not shutil.which("abidiff"):
        skip("abidiff (package abigail-tools) is not installed")
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--self-test" in sys.argv:
        found = self_test(*arguments)
    elif "--baseline" in sys.argv:
        library, source = arguments
        os.makedirs(RELEASED, exist_ok=True)
        shutil.copy(os.path.join(source, "include/akr.h"), RELEASED)
        write_baseline(library, os.path.join(source, "include"), BASELINE)
        found = []
    else:
        found = gate(*arguments)
    for text in found:
        print(f"abi_gate: {text}")
    sys.exit(1 if found else 0)


main()
