# SPDX-License-Identifier: BSD-3-Clause
"""What akr tells of itself: help, manual, completion and version agree with what it takes; every example works."""
import gzip
import os
import re
import shutil
import subprocess
import unittest

from client import AKR, Case, csv, has_zlib, mtx_array, npy

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
DATA = os.path.join(ROOT, "docs", "examples", "data")
PATH = {**os.environ, "PATH": os.path.dirname(AKR) + os.pathsep + os.environ["PATH"]}


def say(*words):
    done = subprocess.run([AKR, *words], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b""), (words, done.stderr)
    return done.stdout.decode()


def typed(*words):
    return say("completion", "words", *words).split()


COMMANDS = [word for word in typed("") if word[0] != "-"]
PARTS = [["kernel", part] for part in typed("kernel", "") if part[0] != "-"]
TOPICS = [[command] for command in COMMANDS] + PARTS
KEYS = ["--" + key for key in say("options", "--keys").split()]


def own_flags(topic):
    return [flag for flag in typed(*topic, "-") if flag not in KEYS]


def manual():
    with open(os.path.join(ROOT, "docs", "man", "akr.1")) as file:
        return re.sub(r"\\f.", "", file.read().replace("\\-", "-"))


def names(text, flag):
    return re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(flag), text)


class Help(Case):
    def test_every_command_is_there(self):
        self.assertEqual(COMMANDS, ["lsq", "gram", "kernel", "info", "options", "completion", "version", "help"])
        self.assertEqual(PARTS, [["kernel", "fit"], ["kernel", "predict"]])
        for topic in TOPICS:
            command = "akr %s" % " ".join(topic)
            self.assertTrue(re.search("(?m)^" + command, manual()), command + " is not in akr.1")
            self.assertRegex(say("help"), "(?m)^  " + command)

    def test_a_screen_with_an_example(self):
        for topic in [[]] + TOPICS:
            with self.subTest(topic):
                text = say("help", *topic)
                self.assertEqual(text, say(*topic, "--help") if topic != ["help"] else say("help", "-h"))
                self.assertLessEqual(len(text.splitlines()), 24)
                self.assertLessEqual(max(map(len, text.splitlines())), 80)
                shown = "akr completion" if topic == ["completion"] else " ".join(["akr", *topic])
                self.assertTrue([line for line in examples(text) if shown in line])
        for topic in [["lsq"], ["gram"], ["info"], ["options"], ["version"], ["completion"], *PARTS]:
            self.assertEqual(say(*topic, "-h"), say(*topic, "--help"))
        done = self.akr()
        self.assertEqual((done.returncode, done.stdout, done.stderr.decode()), (64, b"", say("help")))

    def test_wrong_topics(self):
        self.refused(64, "unknown command kernel fti (did you mean kernel fit?)", "help", "kernel", "fti")
        self.refused(64, "unknown command lsq gram", "help", "lsq", "gram")

    def test_every_flag_is_in_the_help_and_in_the_manual(self):
        aliases = {"-h", "--help", "--output", "--column"}
        for topic in TOPICS:
            text, flags = say("help", *topic), own_flags(topic)
            for flag in flags:
                with self.subTest(topic=topic, flag=flag):
                    self.assertTrue(names(manual(), flag), "not in akr.1")
                    if flag not in aliases:
                        self.assertTrue(names(text, flag), text)
            # And no flag that is not.
            for flag in re.findall(r"(?<![\w-])--?[a-z](?:[a-z._-]*[a-z])?", text.split("xample")[0]):
                elsewhere = {"options": [["lsq"]], "kernel": PARTS}.get(" ".join(topic), [])
                known = flags + KEYS + [other for one in elsewhere for other in own_flags(one)]
                self.assertIn(flag, known)
        for flag in ("--version", "-V", "--help"):
            self.assertTrue(names(manual(), flag), flag)

    def test_version(self):
        self.assertEqual(say("version"), say("--version"))
        self.assertEqual(say("version"), say("-V"))
        self.assertRegex(say("version"), r"\Aakr \d+\.\d+\.\d+\n.+\n\Z")

    def test_options(self):
        keys = say("options", "--keys").split()
        self.assertIn("rtol", keys)
        text = say("options")
        self.assertEqual(re.findall(r"(?m)^--(\S+)  \(", text), keys)
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        self.assertRegex(say("options", "method"), r"\A--method  \(word, default auto, one of auto, sketch, .*\)\n    ")
        self.assertRegex(text, r"(?m)^--max_iter  \(integer, default 0, 0 or more\)$")


def examples(text):
    """The command lines of a help text, behind its word "example"."""
    _, found, rest = text.partition("xample")
    return re.findall(r"(?m)^(?:  |:  )((?:akr|source) .*)$", rest) if found else []


class Examples(Case):
    """With the shipped data under the names that the examples have for their files."""

    def setUp(self):
        super().setUp()
        with open(os.path.join(DATA, "well1033.mtx")) as file:
            lines = [line.split() for line in file if line[0] != "%"]
        rows, cols, _ = map(int, lines[0])
        a = [[0.0] * cols for _ in range(rows)]
        for i, j, value in lines[1:]:
            a[int(i) - 1][int(j) - 1] = float(value)
        with open(os.path.join(DATA, "well1033_rhs1.mtx")) as file:
            b = [[float(line)] for line in file.read().splitlines() if line[0] != "%" and " " not in line.strip()]
        for name, rows in (("A", a), ("big", a), ("b", b)):
            self.write(name + ".npy", npy(rows))
        self.write("b.mtx", mtx_array(b))
        with open(os.path.join(DATA, "well1033.mtx"), "rb") as file:
            self.write("A.mtx.gz", gzip.compress(file.read()))
        rooms = self.columns("radiomap_train.csv")
        self.write("rooms.csv", "x,y,dBm\n" + csv(rooms))
        self.write("data.csv", "rooms,area,price\n" + csv(rooms))
        self.write("data.txt", csv(rooms, " "))
        self.write("grid.csv", csv([row[:2] for row in self.columns("radiomap_test.csv")]))

    def columns(self, name):
        with open(os.path.join(DATA, name)) as file:
            return [[float(field) for field in line.split(",")] for line in file]

    def run_all(self, lines):
        for line in lines:
            if ".gz" in line and not has_zlib():
                print("not run, as this akr was built without zlib: " + line)
                continue
            with self.subTest(line):
                done = subprocess.run(["bash", "-c", "set -eo pipefail; " + line], cwd=self.folder.name, env=PATH,
                                      capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr.decode())

    def test_of_the_help(self):
        for topic in [[]] + TOPICS:
            if topic == ["kernel", "predict"]:
                self.run_all(examples(say("help", "kernel", "fit")))
            self.run_all(examples(say("help", *topic)))

    def test_of_the_manual(self):
        section = manual().split(".SH EXAMPLES\n.nf\n")[1].split(".fi")[0].splitlines()
        self.assertGreater(len(section), 6)
        for command in ("lsq", "gram", "kernel fit", "kernel predict", "info", "options"):
            self.assertIn("akr " + command, " ".join(section))
        self.run_all(section)


class Completion(Case):
    LINES = ((["l"], ["lsq"]), (["kernel", ""], ["fit", "predict", "--help"]),
             (["completion", ""], ["bash", "zsh", "fish"]), (["help", "gr"], ["gram"]),
             (["help", "kernel", "p"], ["predict"]), (["lsq", "--rid"], ["--ridge"]), (["lsq", "--max"], ["--max_iter"]),
             (["gram", "--pl"], ["--plot"]), (["kernel", "fit", "--sc"], ["--scale"]),
             (["lsq", "--method", "q"], ["qr"]), (["gram", "--precision", ""], ["double", "single"]),
             (["info", "--header", ""], ["auto", "yes", "no"]), (["info", "--he"], ["--header", "--help"]),
             (["options", "see"], ["seed"]), (["options", "--k"], ["--keys"]), (["lsq", "--set", "max"], ["max_iter="]))
    BEHIND_EQUALS = ((["lsq", "--method=q"], ["--method=qr"]), (["info", "--header=n"], ["--header=no"]),
                     (["lsq", "--set", "method=q"], ["method=qr"]))
    FILES = ((["lsq", "A"], ["A.csv"]), (["info", ""], ["A.csv"]), (["lsq", "-o", ""], ["A.csv"]))

    def setUp(self):
        super().setUp()
        self.write("A.csv", "1\n")

    def shell(self, name, program, *words):
        done = subprocess.run([name, *words, program], cwd=self.folder.name, env=PATH, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().split()

    def need(self, name):
        if not shutil.which(name):
            print("%s is not installed: its completion was not run" % name)
            self.skipTest("no " + name)

    def test_the_script_is_the_installed_one(self):
        for shell in ("bash", "zsh", "fish"):
            with open(os.path.join(ROOT, "capi", "cli", "completion", "akr." + shell)) as file:
                self.assertEqual(say("completion", shell), file.read())
        for words in ([], ["csh"], ["bash", "zsh"]):
            self.refused(64, "completion needs one of bash, zsh and fish (akr completion --help)", "completion", *words)

    def test_words(self):
        for words, expected in (*self.LINES, *self.BEHIND_EQUALS):
            self.assertEqual(typed(*words), expected, words)
        for words in ([], ["lsq", "A.c"], ["lsq", "-o", ""], ["lsq", "--rtol", ""], ["nonsense", ""], ["help", "lsq", ""]):
            self.assertEqual(typed(*words), [], words)
        for topic in (["lsq"], ["gram"], *PARTS):
            self.assertTrue(set(KEYS) < set(typed(*topic, "--")))

    def test_bash(self):
        for words, expected in (*self.LINES, *self.BEHIND_EQUALS):
            # As bash cuts them: = is a word of its own.
            cut = [piece for word in words for piece in (re.split("(=)", word) if "=" in word else [word])]
            ask = "source <(akr completion bash); COMP_WORDS=(akr %s); COMP_CWORD=%d; _akr; echo ${COMPREPLY[*]}" % (
                " ".join(map(repr, cut)), len(cut))
            self.assertEqual(self.shell("bash", ask, "-c"),
                             [word.split("=")[1] if len(cut) > len(words) else word for word in expected])
        ask = "source <(akr completion bash); complete -p akr"
        self.assertEqual(self.shell("bash", ask, "-c"), "complete -o default -F _akr akr".split())

    def test_zsh(self):
        self.need("zsh")
        with open(os.path.join(ROOT, "capi", "cli", "completion", "akr.zsh")) as file:
            self.assertEqual(file.readline(), "#compdef akr\n")
        # The functions that are there only inside a completion, seen from outside.
        stubs = "compdef() { print -r -- $*; }; _files() { print FILES; }; " \
                "compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -r -- $*; }; "
        for words, expected in (*self.LINES, *self.BEHIND_EQUALS, *((words, ["FILES"]) for words, _ in self.FILES)):
            ask = stubs + "source <(akr completion zsh); words=(akr %s); CURRENT=%d; _akr" % (
                " ".join(map(repr, words)), len(words) + 1)
            self.assertEqual(self.shell("zsh", ask, "-f", "-c"), ["_akr", "akr", *expected])

    def test_fish(self):
        self.need("fish")
        for words, expected in (*self.LINES, *self.BEHIND_EQUALS, *self.FILES):
            ask = "akr completion fish | source; complete -C 'akr %s'" % " ".join(words)
            self.assertEqual(sorted(self.shell("fish", ask, "--no-config", "-c")), sorted(expected))


if __name__ == "__main__":
    unittest.main()
