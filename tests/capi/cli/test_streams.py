# SPDX-License-Identifier: BSD-3-Clause
"""Output that cannot be written is told, whatever it is; what is not a terminal gets plain lines."""
import os
import subprocess
import unittest

from client import AKR, Case, csv, default_signals, integers, npy

A = integers(20, 3)
LSQ = ["lsq", "A.npy", "b.npy"]
FIT = ["kernel", "fit", "A.npy", "b.npy", "--scale=0.001", "--ridge=1"]


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.write("A.npy", npy(A))
        self.write("b.npy", npy(integers(20, 1, seed=2)))

    def shell(self, line):
        return subprocess.run(["bash", "-c", line, "akr", AKR], cwd=self.folder.name, capture_output=True, timeout=60,
                              preexec_fn=default_signals)

    def test_full_stdout(self):
        self.assertEqual(self.akr(*FIT, "-o", "m").returncode, 0)
        for words in (["help"], ["version"], ["options"], ["completion", "bash"], ["info", "A.npy"], LSQ,
                      [*LSQ, "--json"], [*LSQ, "-o", "x.csv"], [*FIT, "-o", "m"], ["gram", "A.npy", "--power=1"],
                      ["kernel", "predict", "m", "A.npy"]):
            for target, reason in (("/dev/full", "No space left on device"), ("&-", "Bad file descriptor")):
                with self.subTest(words, target=target):
                    done = self.shell('"$1" %s >%s' % (" ".join(words), target))
                    self.assertEqual(done.stderr.decode().splitlines()[-1], "akr: stdout: " + reason)
                    self.assertEqual(done.returncode, 74)

    def test_full_files(self):
        os.symlink("/dev/full", self.path("full.npy"))
        os.symlink("/dev/full", self.path("full.svg"))
        for name, words in (("full.npy", [*LSQ, "-o", "full.npy"]), ("full.svg", [*LSQ, "--plot=full.svg", "-o", "x.csv"]),
                            ("full.npy", [*LSQ, "--json=full.npy"]), ("full.npy", [*FIT, "-o", "full.npy"]),
                            ("full.svg", [*FIT, "--plot=full.svg", "-o", "m"])):
            done = self.akr(*words, "-q")
            self.assertEqual((done.returncode, done.stderr.decode()), (74, "akr: %s: No space left on device\n" % name))

    def test_a_reader_that_leaves(self):
        done = self.shell('"$1" options | head -n 1; echo "${PIPESTATUS[0]}"')
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn(done.stdout.splitlines()[-1], (b"0", b"141"))  # all is written at once, or SIGPIPE

    def test_no_colours_and_no_progress(self):
        for line in ('"$1" %s', 'NO_COLOR=1 "$1" %s', 'TERM=xterm-256color CLICOLOR_FORCE=1 "$1" %s'):
            done = self.shell(line % " ".join([*LSQ, "-o", "x.csv", "-v"]))
            self.assertEqual(done.returncode, 0)
            self.assertNotIn(b"\x1b", done.stdout + done.stderr)
            self.assertNotIn(b"\r", done.stdout + done.stderr)

    def test_inputs_that_are_no_files(self):
        self.write("A.csv", csv(A))
        plain = self.akr("lsq", "A.csv", "b.npy", "-q").stdout
        for line in ("mkfifo pipe; cat A.csv >pipe & \"$1\" lsq pipe b.npy -q", "\"$1\" lsq <(cat A.csv) b.npy -q",
                     "cat A.csv | \"$1\" lsq - b.npy -q", "\"$1\" lsq /dev/stdin b.npy -q <A.csv"):
            done = self.shell(line)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, plain, b""))
        done = self.shell('"$1" lsq - b.npy <&-')
        self.assertEqual((done.returncode, done.stderr), (74, b"akr: stdin: Bad file descriptor\n"))

    def test_a_file_that_may_not_be_read(self):
        os.chmod(self.path("A.npy"), 0)
        os.chmod(self.folder.name, 0o755)
        who = {"user": 65534} if os.geteuid() == 0 else {}  # root may read everything
        try:
            done = subprocess.run([AKR, *LSQ], cwd=self.folder.name, capture_output=True, timeout=60, **who)
        except PermissionError:
            self.skipTest("the client is where only root may run it")
        self.assertEqual((done.returncode, done.stderr), (66, b"akr: A.npy: Permission denied\n"))


if __name__ == "__main__":
    unittest.main()
