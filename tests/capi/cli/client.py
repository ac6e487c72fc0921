# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the command-line client share: running it, writing its inputs, exact answers to compare with."""
import array
import gzip
import math
import os
import random
import signal
import struct
import subprocess
import tempfile
import unittest
from fractions import Fraction

AKR = os.environ["AKR"]


def default_signals():
    # A test driver in the background passes on an ignored Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Case(unittest.TestCase):
    """Runs in an empty folder of its own, so that messages hold bare file names."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def read(self, name, mode="r"):
        with open(self.path(name), mode) as file:
            return file.read()

    def akr(self, *words, stdin=b""):
        return subprocess.run([AKR, *words], cwd=self.folder.name, input=stdin, capture_output=True, timeout=60)

    def solved(self, *words, stdin=b"", status=0):
        """The numbers on stdout, row by row."""
        done = self.akr("lsq", *words, stdin=stdin)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return [[float(field) for field in line.split(",")] for line in done.stdout.decode().splitlines()]

    def refused(self, code, message, *words, stdin=b""):
        """Fails with exactly this line on stderr, and nothing on stdout."""
        done = self.akr(*words, stdin=stdin)
        self.assertEqual(done.stderr.decode(), "akr: " + message + "\n")
        self.assertEqual(done.returncode, code)
        self.assertEqual(done.stdout, b"")

    def assert_solves(self, x, problem, roundoff=2.0**-53):
        """x, one row an unknown, agrees with the exact answer within the problem's own sensitivity."""
        self.assertEqual(len(x), len(problem.x))
        self.assertEqual(len(x[0]), len(problem.x[0]))
        for column in range(len(x[0])):
            error = math.sqrt(sum((row[column] - float(exact[column])) ** 2 for row, exact in zip(x, problem.x)))
            self.assertLessEqual(error, problem.tolerance(column, roundoff))


def has_zlib():
    packed = subprocess.run([AKR, "info", "-"], input=gzip.compress(b"1\n"), capture_output=True, timeout=60)
    return packed.returncode != 69


def npy(rows, kind="<f8", fortran=False, version=1, shape=None, header=None):
    """The bytes of an .npy file of a list of rows."""
    flat = [v for column in zip(*rows) for v in column] if fortran else [v for row in rows for v in row]
    shape = shape if shape is not None else (len(rows), len(rows[0]))
    text = header or "{'descr': '%s', 'fortran_order': %s, 'shape': %r, }" % (kind, fortran, tuple(shape))
    length = struct.pack("<H" if version == 1 else "<I", len(text) + 1)
    letter = {"f8": "d", "f4": "f", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I",
              "u8": "Q", "b1": "?"}[kind[1:]]
    return (b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + b"\n" +
            struct.pack("<%d%s" % (len(flat), letter), *flat))


def read_npy(content):
    """(descr, fortran_order, shape, numbers in the order of the file)"""
    assert content[:8] == b"\x93NUMPY\x01\x00", content[:8]
    length = struct.unpack("<H", content[8:10])[0]
    assert (10 + length) % 64 == 0
    header = eval(content[10:10 + length], {"__builtins__": {}})  # a literal that the client wrote
    numbers = array.array({"<f8": "d", "<f4": "f"}[header["descr"]])
    numbers.frombytes(content[10 + length:])
    return header["descr"], header["fortran_order"], header["shape"], list(numbers)


def csv(rows, separator=","):
    return "".join(separator.join(repr(v) for v in row) + "\n" for row in rows)


def coordinate(rows, field="real", symmetry="general", pick=lambda i, j: True):
    entries = [(i + 1, j + 1, v) for i, row in enumerate(rows) for j, v in enumerate(row) if v != 0 and pick(i, j)]
    lines = ["%d %d" % e[:2] if field == "pattern" else "%d %d %r" % e for e in entries]
    head = "%%%%MatrixMarket matrix coordinate %s %s\n%% a comment\n%d %d %d\n" % (
        field, symmetry, len(rows), len(rows[0]), len(entries))
    return head + "\n".join(lines) + "\n"


def mtx_array(rows):
    return "%%%%MatrixMarket matrix array real general\n%d %d\n" % (len(rows), len(rows[0])) + "".join(
        "%r\n" % v for column in zip(*rows) for v in column)


class Problem:
    """min ||A x - b||^2 + ridge ||x||^2 with small integers, solved in rational arithmetic."""

    def __init__(self, a, b, ridge=0, intercept=False):
        self.a = [[Fraction(v) for v in row] + ([Fraction(1)] if intercept else []) for row in a]
        self.b = [[Fraction(v) for v in row] for row in b]
        n = len(self.a[0])
        gram = [[sum(r[i] * r[j] for r in self.a) for j in range(n)] for i in range(n)]
        for i in range(n - (1 if intercept else 0)):
            gram[i][i] += Fraction(ridge)
        right = [[sum(r[i] * s[j] for r, s in zip(self.a, self.b)) for j in range(len(self.b[0]))] for i in range(n)]
        # Gauss-Jordan on [gram | right | I].
        work = [g + r + [Fraction(int(i == j)) for j in range(n)] for i, (g, r) in enumerate(zip(gram, right))]
        for p in range(n):
            work[p] = [v / work[p][p] for v in work[p]]
            for i in range(n):
                if i != p:
                    work[i] = [v - work[i][p] * w for v, w in zip(work[i], work[p])]
        self.x = [row[n:n + len(self.b[0])] for row in work]
        # Frobenius norms of the matrix, ridge included, and of its pseudo-inverse: their product bounds the condition.
        self.norm = math.sqrt(sum(gram[i][i] for i in range(n)))
        self.inverse_norm = math.sqrt(sum(work[i][n + len(self.b[0]) + i] for i in range(n)))

    def tolerance(self, column, roundoff):
        """An answer with backward error of 2 u ||A|| (what status 0 promises) is off by at most about
        e kappa (||x|| + kappa ||r|| / ||A||) with e = 2 u (Wedin 1973); twice that, for rounding the answer itself, the
        data and the terms of second order."""
        x = [row[column] for row in self.x]
        r = [s[column] - sum(v * w for v, w in zip(row, x)) for row, s in zip(self.a, self.b)]
        x_norm, r_norm = (math.sqrt(sum(v * v for v in vector)) for vector in (x, r))
        kappa = self.norm * self.inverse_norm
        return 2 * 2 * roundoff * kappa * (x_norm + kappa * r_norm / self.norm)


def integers(rows, cols, seed=1, low=-9, high=9):
    source = random.Random(seed)
    return [[source.randint(low, high) for _ in range(cols)] for _ in range(rows)]
