#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs built against a released version must go on working.

abi_gate.py LIBRARY SOURCE_DIR              compares LIBRARY with every stored baseline
abi_gate.py --complete SOURCE_DIR           is every exported function in the newest baseline?
abi_gate.py --baseline LIBRARY SOURCE_DIR   stores LIBRARY as its version's baseline, if it breaks none that is stored
abi_gate.py --self-test SOURCE_DIR          the gate itself: it must fail on broken libraries, pass on harmless changes
abi_gate.py --self-test-stored SOURCE_DIR   the same with the stored baseline in the place of one made for the purpose

A baseline is what abidw says of a library together with the header of that version. How the two tools are called
matters: with --no-show-locs in the baseline, real breaks pass in silence, so locations stay; suppressions are not
used, since those that bless a grown struct also bless reordered fields; --headers-dir hides the insides of the opaque
handles, which may change. Additions pass here, and are held against the baseline by --complete. Enumerators that no
signature names leave no trace in debug information: constants.c pins them, and belongs to the gate.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402
import baselines  # noqa: E402

SKIP = 77
HERE = os.path.dirname(os.path.abspath(__file__))


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def write_baseline(library, headers, out):
    result = run("abidw", "--exported-interfaces-only", "--drop-private-types", "--no-corpus-path",
                 "--no-comp-dir-path", "--headers-dir", headers, "--out-file", out, library)
    if result.returncode != 0:
        sys.exit(f"abidw: {result.stderr}")


def compare(baseline, old_headers, library, new_headers):
    return run("abidiff", "--headers-dir1", old_headers, "--headers-dir2", new_headers, "--no-added-syms",
               "--redundant", baseline, library)


def differences(baseline, old_headers, library, new_headers):
    """Why programs built with the old headers may break with this library; empty when they do not."""
    found = []
    result = compare(baseline, old_headers, library, new_headers)
    if result.returncode != 0:  # bit 2: changed, bit 3: incompatibly; anything else is abidiff itself failing
        found.append(f"abidiff ends with {result.returncode}:\n{result.stdout}{result.stderr}")
    result = run("cc", "-std=c11", "-fsyntax-only", f"-I{new_headers}", os.path.join(HERE, "constants.c"))
    if result.returncode != 0:
        found.append(f"constants.c:\n{result.stderr}")
    return found


def need_readable(library):
    if "debug_info" not in run("readelf", "-SW", library).stdout:
        skip("the library has no debug information")
    if "X86-64" not in run("readelf", "-hW", library).stdout:
        skip("the baselines are ones for x86-64")
    if "GNU C" not in run("readelf", "--debug-dump=info", "--dwarf-depth=1", library).stdout:
        skip("the baselines were made by g++, whose debug information differs from that of other compilers")


def stored(version):
    return os.path.join(baselines.folder(version), baselines.FILE)


def gate(library, source):
    need_readable(library)
    found = []
    for version in baselines.versions():
        reasons = differences(stored(version), baselines.folder(version), library, os.path.join(source, "include"))
        found += [f"programs of {version}: {reason}" for reason in reasons]
    return found or ([] if baselines.versions() else ["there is no baseline"])


def missing(exported, baseline):
    """exported, baseline: {name: node}"""
    return [f"{name}@{node} is exported, but the newest baseline does not guard it"
            for name, node in exported.items() if baseline.get(name) != node]


def complete(source):
    listed = akr_header.read(os.path.join(source, "tests/abi/symbols.txt")).split()
    exported = dict(line.split("@") for line in listed)
    baseline = baselines.symbols(stored(baselines.versions()[-1]))
    found = missing(exported, baseline)
    for name in exported:  # this very check must be able to fail
        if not missing(exported, {n: node for n, node in baseline.items() if n != name}):
            found.append(f"a baseline without {name} passes for complete")
    if found:
        found.append("see docs/abi.md, Checks, for how a baseline is made")
    return found


def store(library, source):
    """An old program must go on working with what becomes the measure of later ones, so this can only add."""
    need_readable(library)
    found = gate(library, source) if baselines.versions() else []
    if found:
        return found + ["nothing was stored"]
    folder = baselines.folder(baselines.version_of(akr_header.read(os.path.join(source, "include/akr.h"))))
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(source, "include/akr.h"), folder)
    write_baseline(library, os.path.join(source, "include"), os.path.join(folder, baselines.FILE))
    return []


def stub_library(folder, header, nodes):
    """A library with the signatures of `header` and bodies that do nothing; handles hold what ours do in kind. A
    function gets its node of `nodes`, a newer one none of those."""
    grown = "/*grown*/" in header
    code = ['#include "akr.h"', "#include <string>\n#include <vector>" if grown else ""]
    inside = "std::vector<double> values; int grown[100]; std::string more;" if grown else "double *values;"
    for handle in sorted(set(re.findall(r"typedef struct (akr_\w+_s) ", header))):
        code.append(f"struct {handle} {{ int kind; {inside} }};")
    versions = {}
    for f in akr_header.functions(header):
        arguments = ", ".join(f"{a.type} {a.name}" for a in f.arguments)
        handles = [a.name for a in f.arguments if re.fullmatch(r"(const )?akr_\w+ \*", a.type)]
        body = "" if f.result == "void" else "return {};"
        if handles and body:
            body = f"if ({handles[0]} != nullptr && {handles[0]}->kind == 7) return {{}}; {body}"
        code.append(f'extern "C" {f.result} {f.name}({arguments}) {{ {body} }}')
        versions.setdefault(nodes.get(f.name, "AKR_NEWER"), []).append(f.name)
    write(os.path.join(folder, "akr.h"), header)
    write(os.path.join(folder, "stub.cpp"), "\n".join(code) + "\n")
    script = [f"{node} {{ global: {'; '.join(names)}; }};\n" for node, names in versions.items()]
    write(os.path.join(folder, "stub.map"), "".join(script) + "REST { local: *; };\n")
    library = os.path.join(folder, "libakr.so.1")
    result = run("g++", "-std=c++17", "-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-soname,libakr.so.1",
                 f"-Wl,--version-script={folder}/stub.map", f"-I{folder}", f"{folder}/stub.cpp", "-o", library)
    if result.returncode != 0:
        sys.exit(f"the stub does not compile:\n{result.stderr[:2000]}")
    return library


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def replaced(text, old, new):
    if old not in text:
        sys.exit(f"akr.h holds no {old!r} to change")
    return text.replace(old, new, 1)


def with_parameter(declaration):
    """A function of any kind, with one more parameter."""
    head, _, tail = declaration.rpartition("(")
    tail = "" if tail.startswith("void)") else tail[:-2] + ", "
    return f"{head}({tail}int32_t added);"



def mutants(header):
    """(what, changed header, must the gate pass?)"""
    def declaration(name):
        return re.search(rf"AKR_API [^;]*\b{name}\([^;]*;", header).group()

    def changed(name, old, new):
        return replaced(header, declaration(name), replaced(declaration(name), old, new))

    yield "nothing changed", header, True
    yield "a handle grew inside", header + "/*grown*/\n", True
    yield "a function was added", replaced(header, "AKR_API int32_t akr_version(void);",
                                           "AKR_API int32_t akr_version(void);\nAKR_API int32_t akr_newer(void);"), True
    yield "a symbol was removed", replaced(header, declaration("akr_sketch_destroy"), ""), False
    yield "a result changed its type", changed("akr_option_count", "int64_t", "int32_t"), False
    yield "a callback takes another number", replaced(header, "(*akr_log_fn)(void *user, int32_t level",
                                                      "(*akr_log_fn)(void *user, int64_t level"), False
    yield "a constant was renumbered", replaced(header, "AKR_E_OPTION = -2", "AKR_E_OPTION = -12"), False
    # One function of each family; all others are looked at together by all_are_guarded.
    for name, number, pointer in (("akr_lsq_solve_f64", "double ridge", "double *x"),
                                  ("akr_gram_power_solve_f64", "int64_t j", "double *x"),
                                  ("akr_kernel_solve_f64", "double ridge", "const double *b"),
                                  ("akr_attention_f64", "int32_t causal", "double *out")):
        yield f"{name}: a parameter was dropped", changed(name, f"{number},", ""), False
        yield f"{name}: a parameter changed its type", changed(name, number, f"float {number.split()[1]}"), False
        yield f"{name}: a pointer changed its type", changed(name, pointer, pointer.replace("double", "float")), False
        yield f"{name}: a symbol was removed", replaced(header, declaration(name), ""), False


def all_are_guarded(baseline, old, root, header, nodes):
    """Every function has one more parameter: abidiff must name each of them."""
    folder = os.path.join(root, "all")
    os.mkdir(folder)
    more = re.sub(r"AKR_API [^;#]*\);", lambda m: with_parameter(m.group()), akr_header.blank_comments(header))
    report = compare(baseline, old, stub_library(folder, more, nodes), folder).stdout
    named = set(re.findall(r"\[C\] 'function [^(']*?\b(akr_\w+)\(", report))
    print(f"one more parameter in each function: {len(named)} of {len(nodes)} refused")
    return [f"{name}: one more parameter is not noticed" for name in sorted(set(nodes) - named)]


def self_test(source, use_stored):
    wrong = []
    header = akr_header.read(os.path.join(source, "include/akr.h"))
    listed = akr_header.map_symbols(akr_header.read(os.path.join(source, "capi/akr.map")))
    nodes = {name: node for node, names in listed.items() for name in names}
    with tempfile.TemporaryDirectory() as root:
        old = os.path.join(root, "old")
        os.mkdir(old)
        library = stub_library(old, header, nodes)
        baseline = os.path.join(root, "old.abi")
        if use_stored:
            need_readable(library)
            old = baselines.folder(baselines.versions()[-1])
            baseline = stored(baselines.versions()[-1])
        else:
            write_baseline(library, old, baseline)
        for number, (what, changed, harmless) in enumerate(mutants(header)):
            folder = os.path.join(root, str(number))
            os.mkdir(folder)
            found = differences(baseline, old, stub_library(folder, changed, nodes), folder)
            print(f"{what}: {'refused' if found else 'passed'}")
            if bool(found) == harmless:
                wrong.append(f"{what}: the gate {'refuses' if found else 'passes'} it\n" + "\n".join(found))
        wrong += all_are_guarded(baseline, old, root, header, nodes)
    return wrong


def main():
    modes = {"--complete": complete, "--baseline": store, "--self-test": lambda source: self_test(source, False),
             "--self-test-stored": lambda source: self_test(source, True)}
    mode, arguments = (modes[sys.argv[1]], sys.argv[2:]) if sys.argv[1] in modes else (gate, sys.argv[1:])
    if mode is not complete and not shutil.which("abidiff"):
        skip("abidiff (package abigail-tools) is not installed")
    found = mode(*arguments)
    for text in found:
        print(f"abi_gate: {text}")
    sys.exit(1 if found else 0)


main()
