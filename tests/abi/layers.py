#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The house rules of docs/architecture.md, read off the include graph.   layers.py SOURCE_DIR | layers.py --self-test

Lower never includes higher:
  base <- simd <- linalg, transform <- matrix <- sketch <- precond <- solve <- gram, kernel
where a comma means that neither includes the other; config stands on base and anyone above may read it."""
import os
import re
import sys
import tempfile

_BELOW = {"base": [], "config": ["base"], "simd": ["base"], "linalg": ["simd"], "transform": ["simd"],
          "matrix": ["linalg", "transform", "config"], "sketch": ["matrix"], "precond": ["sketch"], "solve": ["precond"],
          "gram": ["solve"], "kernel": ["solve"]}
# Numerical packages and the one folder that may see their headers.
_OWNER = {"cblas": "linalg", "lapacke": "linalg", "lapack": "linalg", "openblas_config": "linalg",
          "fftw3": "transform", "Random123": "base"}
_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
_SOURCE = (".hpp", ".cpp", ".h", ".inl")


def allowed(layer):
    """What a layer may include: itself, all below it, and config unless it is base."""
    seen, todo = {layer}, [layer]
    while todo:
        for lower in _BELOW[todo.pop()]:
            if lower not in seen:
                seen.add(lower)
                todo.append(lower)
    return seen if layer == "base" else seen | {"config"}


def files(root, folder):
    for path, _, names in os.walk(os.path.join(root, folder)):
        for name in sorted(names):
            if name.endswith(_SOURCE):
                yield os.path.relpath(os.path.join(path, name), root)


def includes(root, file):
    with open(os.path.join(root, file), encoding="utf-8") as text:
        return _INCLUDE.findall(text.read())


def check_core(root):
    for file in files(root, "src"):
        layer = file.split(os.sep)[1]
        if layer not in _BELOW:
            yield f"{file}: src/{layer} is not a layer"
            continue
        for quote, target in includes(root, file):
            stem = re.split(r"[./]", target)[0]
            if stem in _OWNER and _OWNER[stem] != layer:
                yield f"{file}: includes <{target}>, which belongs to src/{_OWNER[stem]}"
            if os.path.basename(target) in ("akr.h", "akr.hpp"):
                yield f"{file}: the core does not know its C API"
            if quote == '"':
                home = target.split("/")[0]
                if "/" not in target and os.path.exists(os.path.join(root, "src", layer, target)):
                    continue  # a neighbour
                if not os.path.exists(os.path.join(root, "src", target)):
                    yield f"{file}: \"{target}\" is not named from src/"
                elif home not in allowed(layer):
                    yield f"{file}: {layer} may not include {target}"


def check_shell(root):
    for file in files(root, "capi"):
        client = file.startswith(os.path.join("capi", "cli"))
        for quote, target in includes(root, file):
            stem = re.split(r"[./]", target)[0]
            if stem in _OWNER:
                yield f"{file}: includes <{target}>, which belongs to src/{_OWNER[stem]}"
            if client and quote == '"' and os.path.exists(os.path.join(root, "src", target)):
                yield f"{file}: the client stands on akr.h alone, not on {target}"
            if client and quote == "<" and re.search(r"[/.]", target) and target != "akr.h" and \
                    not re.fullmatch(r"((sys/|unistd|fcntl|signal|poll|getopt)[\w/]*|zlib)(\.h)?", target):
                yield f"{file}: the client stands on akr.h and the standard library, not on <{target}>"


def check(root):
    found = list(check_core(root)) + list(check_shell(root))
    return found, len(list(files(root, "src")))


def self_test():
    """Each broken tree must be found out."""
    broken = {
        "src/base/a.hpp": '#include "simd/b.hpp"',
        "src/linalg/a.hpp": '#include "transform/b.hpp"',
        "src/sketch/a.cpp": "#include <cblas.h>",
        "src/solve/a.cpp": "#include <fftw3.h>",
        "src/solve/b.cpp": '#include "akr.h"',
        "src/config/a.hpp": '#include "matrix/b.hpp"',
        "src/gram/a.hpp": '#include "kernel/b.hpp"',
        "src/wrong/a.hpp": "",
        "capi/a.cpp": "#include <lapacke.h>",
        "capi/cli/a.cpp": '#include "base/b.hpp"',
    }
    missed = []
    for file, text in broken.items():
        with tempfile.TemporaryDirectory() as root:
            for name in [f"src/{layer}/b.hpp" for layer in _BELOW] + ["capi/b.hpp"]:
                os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
                open(os.path.join(root, name), "w", encoding="utf-8").close()
            if check(root)[0]:
                missed.append("the clean tree was refused")
            os.makedirs(os.path.dirname(os.path.join(root, file)), exist_ok=True)
            with open(os.path.join(root, file), "w", encoding="utf-8") as out:
                out.write(text + "\n")
            if not check(root)[0]:
                missed.append(f"{file}: {text} was let through")
    return missed


def main():
    if sys.argv[1] == "--self-test":
        found, count = self_test(), 1
    else:
        found, count = check(sys.argv[1])
        print(f"{count} files of src looked at")
    for text in found:
        print(f"layers: {text}")
    sys.exit(1 if found or count == 0 else 0)


main()
