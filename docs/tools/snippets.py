#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every program in README.md and docs/ compiles, runs and prints what the page says.

snippets.py [--write] BUILD [FILE.md ...]     BUILD: a build folder with libakr.so.1 and akr [all pages]
  --write   put what the programs print into the pages

A ```c, ```cpp, ```fortran or ```python block is a program. A ```c block without main() stands in the frame that
docs/guide/getting-started.md shows, in place of its solve; blocks that begin with `static` belong at file scope, before those that follow on
the page. In a ```console block, lines that begin with "$ " are run in the source tree, and the others are what they print;
times, numbers of threads, instruction sets and how small a rounding error is may differ, work done by a little. A ```text
block right after a program is its output to the letter; in "```text about" figures may differ by a little."""
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


NUMBER = re.compile(r"[-+]?\d[\d.]*(?:[eE][-+]?\d+)?")
ROUNDING = 1e-8  # errors below it are of rounding: how far below depends on the machine


def pieces(output):
    """What stands between the numbers, blanks counted once; and the numbers."""
    output = re.sub(r"\b(avx512|avx2|generic)\b", "ISA", output)
    return [re.sub(r"\s+", " ", part).strip() for part in NUMBER.split(output)], NUMBER.findall(output)


def near(a, b):
    """Counts within a third and one, other figures within a factor of two."""
    if a.lstrip("+-").isdigit() and b.lstrip("+-").isdigit():
        return abs(int(a) - int(b)) <= 1 + max(abs(int(a)), abs(int(b))) / 3
    x, y = float(a), float(b)
    return x == y or (x * y > 0 and 0.5 <= x / y <= 2)


def agrees(a, b, about):
    return a == b or (about and near(a, b)) or 0 < max(abs(float(a)), abs(float(b))) < ROUNDING


def about_alike(shown, said):
    (words, numbers), (said_words, said_numbers) = pieces(shown), pieces(said)
    return words == said_words and all(agrees(a, b, True) for a, b in zip(numbers, said_numbers))


def session_alike(shown, said):
    rows, said_rows = ([row for row in text.splitlines() if row.strip()] for text in (shown, said))
    if len(rows) != len(said_rows):
        return False
    for row, said_row in zip(rows, said_rows):
        (words, numbers), (said_words, said_numbers) = pieces(row), pieces(said_row)
        if words != said_words:
            return False
        if words[0] == "time":
            continue
        for a, b, unit in zip(numbers, said_numbers, words[1:]):
            if not unit.startswith("threads") and not agrees(a, b, words[0] == "work"):
                return False
    return True


def self_test():
    shown = "$ x\nwork 9 steps, 2 threads, avx512\nrank 320 of 320\nerror 1.3e-17\ntime 0.5 s\n"
    for before, after, good in (("", "", True), ("9 steps", "10 steps", True), ("9 steps", "19 steps", False),
                                ("2 threads", "8 threads", True), ("avx512", "generic", True), ("0.5", "7.25", True),
                                ("rank 320", "rank 1", False), ("1.3e-17", "4e-16", True), ("1.3e-17", "4e-3", False),
                                ("error", "nonsense", False), ("rank 320 of 320\n", "", False)):
        assert session_alike(shown, shown.replace(before, after)) == good, (before, after)
    assert about_alike("a 20 steps, 1.4e-05", "a  19 steps, 1.5e-05") and not about_alike("a 20", "a 40")
    assert not about_alike("a 1.4", "a 14.0") and not about_alike("a 20", "b 20")


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
                    expected, said, alike = body, output, about_alike if attribute == "about" else str.__eq__
                    output = None
            elif language == "console":
                expected, said, alike, output = body, runner.console(body), session_alike, None
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
        if expected is not None and not alike(expected, said):
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
    self_test()
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
