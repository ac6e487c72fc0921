#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the libraries show to the world: symbols = akr.map = akr.h = symbols.txt, and nothing else.

symbols.py SHARED STATIC|- SOURCE_DIR [--fftw-shared] [--instrumented]"""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import akr_header  # noqa: E402

# What libakr.so may need: its two numerical packages and the language run times, nothing that comes by accident.
NEEDED = {"libopenblas.so.0", "liblapacke.so.3", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "libc.so.6"}
NEEDED_LOADER = re.compile(r"ld-linux-[\w-]+\.so\.\d")
FFTW = {"libfftw3.so.3", "libfftw3f.so.3"}
SANITIZERS = re.compile(r"lib(asan|ubsan|tsan|lsan)\.so\.\d+|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1")

# What belongs to the whole process, or keeps its state there: libakr must not even import it.
FORBIDDEN = re.compile(
    r"(openblas|goto|omp|bli|MKL)_set_\w+|LAPACKE_set_nancheck|GOMP_\w+|setlocale|uselocale|signal|sigaction|"
    r"sigaltstack|chdir|umask|setenv|putenv|fesetround|fesetenv|feenableexcept|fork|system|exit|_exit|atexit|"
    r"gamma[fl]?|lgamma[fl]?|s?rand|random|strtok|strerror|localtime|gmtime|ctime")

failures = []


def check(holds, text):
    if not holds:
        failures.append(text)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compare(what, left, right):
    check(left == right, f"{what}: only in the first {sorted(left - right)}, only in the second {sorted(right - left)}")


def shared_symbols(path):
    """{name: (type letter, version node)}"""
    table = {}
    for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", path).splitlines():
        _, letter, name = line.split(None, 2)
        name, _, node = name.partition("@@")
        table[name] = (letter, node)
    return table


def check_shared(path, nodes, fftw_shared, instrumented):
    table = shared_symbols(path)
    names = {name for name in table if name not in nodes}  # a node defines its own name, absolute
    compare("libakr.so and akr.map", names, {n for listed in nodes.values() for n in listed})
    for node, listed in nodes.items():
        for name in listed:
            check(table.get(name, ("", ""))[1] == node, f"{name}: version {table.get(name)}, akr.map says {node}")
    for name, (letter, _) in table.items():
        check(not name.startswith("_Z"), f"{name}: a C++ symbol is exported")
        check(letter not in "uVW", f"{name}: exported as {letter} (unique or weak)")

    dynamic = run("readelf", "-dW", path)
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    allowed = NEEDED | (FFTW if fftw_shared else set())
    extra = {n for n in needed - allowed if not NEEDED_LOADER.fullmatch(n)}
    if instrumented:
        extra = {n for n in extra if not SANITIZERS.fullmatch(n)}
    check(not extra, f"libakr.so needs {sorted(extra)}, which is not on the list")
    check("[libakr.so.1]" in "".join(re.findall(r"\(SONAME\).*", dynamic)), "SONAME is not libakr.so.1")
    for flag in ("NOW", "NODELETE"):
        check(re.search(rf"\(FLAGS_1\).*\b{flag}\b", dynamic), f"libakr.so is not linked with -z {flag.lower()}")
    for line in run("nm", "-D", "--undefined-only", path).splitlines():
        name = line.split()[-1].partition("@")[0]
        check(instrumented or not FORBIDDEN.fullmatch(name), f"libakr.so imports {name}, which is the host's to call")
    check("(TEXTREL)" not in dynamic, "libakr.so has text relocations")
    check(not re.search(r"\((RPATH|RUNPATH)\)", dynamic) or "/capi/" in path, "libakr.so carries a run path")
    headers = run("readelf", "-lW", path)
    check("GNU_RELRO" in headers, "libakr.so is not linked with -z relro")
    check(re.search(r"GNU_STACK.*\bRW\b", headers), "libakr.so asks for an executable stack")


def main():
    shared, static, source = sys.argv[1:4]
    header = akr_header.read(os.path.join(source, "include/akr.h"))
    nodes = akr_header.map_symbols(akr_header.read(os.path.join(source, "capi/akr.map")))
    listed = [name for names in nodes.values() for name in names]
    check(len(listed) == len(set(listed)), "akr.map names a symbol twice")
    check(nodes and all(names for names in nodes.values()), "akr.map could not be read")
    pinned = akr_header.read(os.path.join(source, "tests/abi/symbols.txt")).split()
    check(pinned == sorted(pinned), "tests/abi/symbols.txt is not sorted")
    compare("akr.map and akr.h", set(listed), {f.name for f in akr_header.functions(header)})
    compare("akr.map and tests/abi/symbols.txt", {f"{n}@{node}" for node, names in nodes.items() for n in names},
            set(pinned))
    check_shared(shared, nodes, "--fftw-shared" in sys.argv, "--instrumented" in sys.argv)
    if static != "-":
        table = [line.split() for line in run("nm", "-g", "--defined-only", static).splitlines()]
        compare("libakr.a and akr.map", {words[2] for words in table if len(words) == 3}, set(listed))

    for text in failures:
        print(f"symbols: {text}")
    sys.exit(1 if failures else 0)


main()
