#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every program in README.md and docs/ compiles, runs and prints what the page says.

snippets.py [--write] BUILD [FILE.md ...]     BUILD: a build folder with libakr.so.1 and akr [all pages]
  --write   put what the programs print into the pages

A ```c, ```cpp, ```fortran or ```python block is a program. A ```c block without main() stands in the frame that
docs/guide/getting-started.md shows, in place of its solve; blocks that begin with `static` belong at file scope, before those that follow on
the page. In a ```console block, lines that begin with "$ " are run in the source tree; what they print must begin with the
same words, line by line. A ```text block right after a program is its output; "```text about" means that figures depend
on the machine, and only the rest is compared."""
import glob
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
HOLE = re.compile(r"  /\* solve \*/\n.*?\n\n", re.S)
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)
BUILDERS = {
    "c": ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
          "-Wno-unused-function", "-O1", "-xc"],
    "cpp": ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-O1", "-xc++"],
    "fortran": ["gfortran", "-ffree-line-length-none", os.path.join(ROOT, "include", "akr.f90"), "-xf95"],
}


def blocks(path):
    """(language, attribute, line, body) of each fenced block."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for match in FENCE.finditer(page):
        yield match[1], match[2].strip(), page.count("\n", 0, match.start()) + 1, match[3]


def frame():
    page = os.path.join(ROOT, "docs", "guide", "getting-started.md")
    return next(body for language, _, _, body in blocks(page) if language == "c" and HOLE.search(body))


def masked(output):
    """Runs of figures become one #, and blanks count for nothing."""
    return re.sub(r"\s+", " ", re.sub(r"[-+]?\d[\d.]*([eE][-+]?\d+)?", "#", output)).strip()


def first_words(session):
    return [line.split()[:1] for line in session.splitlines() if line.strip()]


class Runner:
    def __init__(self, build, work, writes):
        self.work, self.writes = work, writes
        self.library = os.path.abspath(next(p for p in (os.path.join(build, "capi"), build)
                                            if os.path.exists(os.path.join(p, "libakr.so.1"))))
        clients = glob.glob(os.path.join(build, "**", "cli", "akr"), recursive=True)
        path = ":".join([os.path.dirname(os.path.abspath(p)) for p in clients] + [os.environ["PATH"]])
        self.environment = dict(os.environ, LD_LIBRARY_PATH=self.library, PATH=path)

    def run(self, command, cwd, shell=False):
        done = subprocess.run(command, cwd=cwd, env=self.environment, shell=shell, text=True, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"status {done.returncode}\n{done.stdout}")
        return done.stdout

    def program(self, language, source):
        if language == "python":
            return self.run([sys.executable, "-c", source], ROOT)
        file, binary = os.path.join(self.work, "snippet"), os.path.join(self.work, "program")
        with open(file, "w", encoding="utf-8") as out:
            out.write(source)
        self.run(BUILDERS[language] + [file, "-xnone", "-I" + os.path.join(ROOT, "include"), "-L" + self.library,
                                       "-lakr", "-lm", "-o", binary], self.work)
        return self.run([binary], self.work)

    def console(self, body):
        """What the session prints, with its commands."""
        said = ""
        for line in body.splitlines():
            if line.startswith("$ "):
                said += line + "\n" + self.run(line[2:], ROOT, shell=True)
        return said


def check(runner, path, around):
    globals_, output, ran, wrong, moved = "", None, 0, 0, 0
    for language, attribute, line, body in blocks(path):
        place, expected = f"{os.path.relpath(path, ROOT)}:{line}", None
        try:
            if language == "text":
                if output is not None:
                    expected, said, alike, output = body, output, masked if attribute == "about" else str, None
            elif language == "console":
                expected, said, alike, output = body, runner.console(body), first_words, None
                ran += 1
            elif language in BUILDERS or language == "python":
                output = None
                if language == "c" and "main(" not in body and body.startswith("static"):
                    globals_ += body
                    continue
                elif language == "c" and "main(" not in body:
                    head, tail = around.split("int main", 1)
                    indented = "".join("  " + row + "\n" if row else "\n" for row in body.splitlines())
                    output = runner.program("c", head + globals_ + "\nint main" + HOLE.sub(lambda _: indented, tail))
                else:
                    output = runner.program(language, body)
                ran += 1
        except (RuntimeError, subprocess.TimeoutExpired) as problem:
            print(f"{place}: {problem}")
            wrong += 1
            continue
        if expected is not None and alike(said) != alike(expected):
            if runner.writes and language == "text":
                with open(path, encoding="utf-8") as file:
                    rows = file.read().split("\n")
                rows[line + moved:line + moved + expected.count("\n")] = said.split("\n")[:-1]
                moved += said.count("\n") - expected.count("\n")
                with open(path, "w", encoding="utf-8") as file:
                    file.write("\n".join(rows))
                continue
            print(f"{place}: says\n{expected}but the program prints\n{said}")
            wrong += 1
    return ran, wrong


def main():
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    if not arguments:
        sys.exit(__doc__)
    pages = [os.path.abspath(p) for p in arguments[1:]] or sorted(
        [os.path.join(ROOT, "README.md")] + glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
    ran = wrong = 0
    with tempfile.TemporaryDirectory() as work:
        runner, around = Runner(arguments[0], work, "--write" in sys.argv), frame()
        for page in pages:
            if os.path.exists(page):
                r, w = check(runner, page, around)
                ran, wrong = ran + r, wrong + w
    print(f"{ran} programs and sessions run, {wrong} wrong")
    sys.exit(1 if wrong or not ran else 0)


main()
