# SPDX-License-Identifier: BSD-3-Clause
"""Progress on a terminal and none in a pipe; Ctrl-C and time limits."""
import json
import os
import pty
import random
import select
import signal
import subprocess
import time
import unittest

from client import AKR, Case, default_signals, npy, read_npy

ROWS, COLS = 40000, 200


class LongSolve(Case):
    """A solve that takes far longer than a test waits: a sketch of hardly more rows than columns makes a preconditioner
    so poor that the iteration needs hundreds of passes, each of them through the file."""

    flags = ["--rows-from-disk", "--method", "sketch", "--sketch.kind", "sparse-sign", "--sketch.factor", "1.02",
             "--max_iter", "1000000"]

    @classmethod
    def setUpClass(cls):
        cls.matrix = npy([], kind="|i1", shape=(ROWS, COLS)) + random.Random(1).randbytes(ROWS * COLS)
        cls.right = npy([[(i * i) % 17] for i in range(ROWS)])

    def setUp(self):
        super().setUp()
        self.write("A.npy", self.matrix)
        self.write("b.npy", self.right)

    def words(self, *more):
        return [AKR, "lsq", "A.npy", "b.npy", *self.flags, "--json=r.json", "-o", "x.npy", *more]

    def check_best_iterate(self, status, stopped_by):
        report = json.loads(self.read("r.json"))
        self.assertEqual((report["status"], report["stopped_by"]), (status, stopped_by))
        descr, _, shape, x = read_npy(self.read("x.npy", "rb"))
        self.assertEqual((descr, shape), ("<f8", (COLS,)))
        self.assertTrue(any(x))


class Terminal(LongSolve):
    def start(self, *more, term="xterm"):
        """The client with a terminal of its own, which is its stdin and stderr; stdout is a pipe."""
        pid, self.terminal = pty.fork()
        if pid == 0:
            default_signals()
            os.chdir(self.folder.name)
            os.dup2(os.open(self.path("out"), os.O_WRONLY | os.O_CREAT), 1)
            os.environ["TERM"] = term
            os.execv(AKR, self.words(*more))
        self.addCleanup(os.close, self.terminal)
        self.process = pid
        self.seen = b""
        return self

    def read_until(self, wanted, seconds=60):
        end = time.monotonic() + seconds
        while wanted not in self.seen:
            self.assertLess(time.monotonic(), end, self.seen)
            if select.select([self.terminal], [], [], 1)[0]:
                self.seen += os.read(self.terminal, 4096)

    def finish(self):
        while True:
            try:
                piece = os.read(self.terminal, 4096)
            except OSError:  # Linux says so that the other end is closed
                piece = b""
            if not piece:
                return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
            self.seen += piece

    def test_progress_and_control_c(self):
        self.start()
        self.read_until(b"iteration ")
        os.write(self.terminal, b"\x03")
        self.assertEqual(self.finish(), 2, self.seen)
        self.assertRegex(self.seen, rb"iterate  iteration \d+")
        self.assertIn(b"  residual ", self.seen)
        self.assertIn(b"akr: ending with the best answer so far", self.seen)
        self.assertTrue(self.seen.endswith(b"\r"), "the line is not cleared: %r" % self.seen[-80:])
        self.check_best_iterate(2, "cancel")
        self.assertIn("status     AKR_CANCELLED (cancel): cancelled; the best answer so far\n", self.read("out"))

    def test_time_left(self):
        self.start("--time_limit", "1")
        self.assertEqual(self.finish(), 1, self.seen)
        self.assertRegex(self.seen.decode(), r", at most [0-9.]+ s left")
        self.check_best_iterate(1, "time_limit")

    def test_no_progress_where_it_cannot_be_seen_or_is_not_wanted(self):
        for more, term in ((["--no-progress"], "xterm"), (["--quiet"], "xterm"), ([], "dumb")):
            with self.subTest(more=more, term=term):
                self.start("--time_limit", "1", *more, term=term)
                self.assertEqual(self.finish(), 1)
                self.assertEqual(self.seen, b"")


class Pipe(LongSolve):
    def start(self, *more):
        return subprocess.Popen(self.words(*more), cwd=self.folder.name, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                preexec_fn=default_signals)

    def test_no_progress(self):
        out, err = self.start("--time_limit", "1").communicate(timeout=60)
        self.assertEqual(err, b"")
        self.assertIn(b"AKR_NOT_CONVERGED (time_limit)", out)
        self.check_best_iterate(1, "time_limit")

    def test_a_limit_is_the_solves_not_the_matrixs(self):
        """Looking at 8 million numbers takes longer than this limit, which is for the solve alone: it ends with x = 0."""
        done = subprocess.run([AKR, "lsq", "A.npy", "b.npy", "--time_limit", "1e-9", "--json=r.json", "-o", "x.npy"],
                              cwd=self.folder.name, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        report = json.loads(self.read("r.json"))
        self.assertEqual((report["stopped_by"], report["method"]), ("time_limit", "none"))
        self.assertNotIn("backward_error", report)
        self.assertFalse(any(read_npy(self.read("x.npy", "rb"))[3]))

    def test_progress_can_be_forced(self):
        _, err = self.start("--time_limit", "1", "--progress").communicate(timeout=60)
        self.assertRegex(err, rb"\[[#.]{24}\] \d+%  [a-z]+")  # how far it comes in a second is the machine's affair

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                client = self.start("--progress")
                self.wait_for(client, b"iteration ")
                client.send_signal(number)
                client.communicate(timeout=60)
                self.assertEqual(client.returncode, 2)
                self.check_best_iterate(2, "cancel")

    def wait_for(self, client, wanted):
        seen = b""
        while wanted not in seen:
            piece = os.read(client.stderr.fileno(), 4096)
            self.assertTrue(piece, seen)
            seen += piece


if __name__ == "__main__":
    unittest.main()
