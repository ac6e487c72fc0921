# SPDX-License-Identifier: BSD-3-Clause
"""akr gram: powers, odd powers, exponentials, against exact rational arithmetic; files, flags and wrong input."""
import json
import math
import unittest
from fractions import Fraction

from client import Case, coordinate, csv, integers, npy

A = integers(20, 3)
B = integers(3, 2, seed=2)
C = integers(20, 2, seed=3)


def gram(a):
    return [[sum(Fraction(row[i]) * row[j] for row in a) for j in range(len(a[0]))] for i in range(len(a[0]))]


def solve(m, b):
    """Gauss and Jordan, exactly."""
    n = len(m)
    work = [[Fraction(v) for v in m[i]] + [Fraction(v) for v in b[i]] for i in range(n)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if work[i][k] != 0)
        work[k], work[pivot] = work[pivot], work[k]
        work[k] = [v / work[k][k] for v in work[k]]
        for i in range(n):
            if i != k:
                work[i] = [v - work[i][k] * p for v, p in zip(work[i], work[k])]
    return [row[n:] for row in work]


def power(a, j, b):
    for _ in range(j):
        b = solve(gram(a), b)
    return b


def adjoint(a, c):
    return [[sum(Fraction(a[i][j]) * c[i][k] for i in range(len(a))) for k in range(len(c[0]))] for j in range(len(a[0]))]


def exponential(a, t, b):
    """exp(-t A'A) b by its series, in rationals."""
    m, x, term = gram(a), [[Fraction(v) for v in row] for row in b], [[Fraction(v) for v in row] for row in b]
    for k in range(1, 60):
        term = [[sum(m[i][l] * term[l][c] for l in range(len(m))) * -t / k for c in range(len(b[0]))]
                for i in range(len(m))]
        x = [[u + v for u, v in zip(r, s)] for r, s in zip(x, term)]
    return x


class Gram(Case):
    def setUp(self):
        super().setUp()
        self.write("A.csv", csv(A))
        self.write("A.npy", npy(A))
        self.write("A.mtx", coordinate(A))
        self.write("b.csv", csv(B))
        self.write("c.csv", csv(C))

    def answer(self, *words, status=0):
        done = self.akr("gram", *words)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return [[float(field) for field in line.split(",")] for line in done.stdout.decode().splitlines()]

    def assert_close(self, x, exact, bound=1e-13):
        self.assertEqual((len(x), len(x[0])), (len(exact), len(exact[0])))
        for c in range(len(exact[0])):
            gap = math.sqrt(sum(float(row[c] - want[c]) ** 2 for row, want in zip(x, exact)))
            self.assertLess(gap, bound * math.sqrt(sum(float(want[c]) ** 2 for want in exact)))

    def test_powers(self):
        for name in ("A.csv", "A.npy", "A.mtx"):
            for j in (0, 1, 2, 3):
                self.assert_close(self.answer(name, "b.csv", "--power", str(j)), power(A, j, B))
                self.assert_close(self.answer(name, "c.csv", "--power", str(j), "--odd"), power(A, j + 1, adjoint(A, C)))

    def test_without_b_the_inverse_comes_out(self):
        identity = [[int(i == j) for j in range(3)] for i in range(3)]
        self.assert_close(self.answer("A.npy", "--power", "2"), power(A, 2, identity))
        self.assert_close(self.answer("A.npy", "--exp=-0.01"), exponential(A, Fraction(-1, 100), identity), 1e-12)

    def test_exponentials(self):
        for t in ("0.01", "-0.01"):
            self.assert_close(self.answer("A.csv", "b.csv", f"--exp={t}"), exponential(A, Fraction(t), B), 1e-12)
            self.assert_close(self.answer("A.csv", "b.csv", f"--exp={t}", "--gram.method", "krylov"),
                              exponential(A, Fraction(t), B), 1e-12)

    def test_targets_and_options(self):
        both = [a + c for a, c in zip(A, C)]
        self.write("both.csv", "x,y,z,p,q\n" + csv(both))
        self.assert_close(self.answer("both.csv", "--target", "p", "--target", "q", "--power", "1", "--odd"),
                          power(A, 2, adjoint(A, C)))
        self.assert_close(self.answer("A.csv", "b.csv", "--column", "2", "--power", "1"),
                          power(A, 1, [[row[1]] for row in B]))
        done = self.akr("gram", "A.csv", "b.csv", "--power", "2", "--residual.precision", "doubled", "--json", "-q")
        report = json.loads(done.stdout)
        self.assertEqual(report["status"], 0)
        self.assertLess(report["error_estimate"], 1e-26)
        done = self.akr("gram", "A.npy", "--rows-from-disk", "--power", "1", "-o", "x.npy")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"(A'A)^1 x = b", done.stdout)
        self.assertIn(b"are right: relative error below", done.stdout)
        single = self.answer("A.csv", "b.csv", "--power", "1", "--precision", "single")
        self.assert_close(single, power(A, 1, B), 1e-6)

    def test_a_lost_answer_is_told(self):
        # b is the image of x under a power whose condition number is beyond 10^24.
        a = [[row[0], row[1], row[0] + row[2] * Fraction(1, 2**13)] for row in A]
        self.write("A.csv", csv([[float(v) for v in row] for row in a]))
        b = [[1], [2], [3]]
        for _ in range(3):
            b = [[sum(v * w[0] for v, w in zip(row, b))] for row in gram(a)]
        self.write("b.csv", csv([[float(v[0])] for v in b]))
        self.answer("A.csv", "b.csv", "--power", "3", status=4)
        exact = power(a, 3, [[Fraction(float(v[0]))] for v in b])
        self.assert_close(self.answer("A.csv", "b.csv", "--power", "3", "--residual.precision", "doubled"), exact, 1e-14)

    def test_wrong_input(self):
        for message, words in (
                ("gram needs one of --power J and --exp T (akr gram --help)", ["A.csv", "b.csv"]),
                ("gram needs one of --power J and --exp T (akr gram --help)", ["A.csv", "--power", "1", "--exp", "1"]),
                ("--odd belongs to --power", ["A.csv", "--exp", "1", "--odd"]),
                ("--power 1.5: must be a whole number, 0 or more", ["A.csv", "--power", "1.5"]),
                ("--power -1: must be a whole number, 0 or more", ["A.csv", "--power=-1"]),
                ("--exp nan: must be a finite number", ["A.csv", "--exp", "nan"]),
                ("gram needs a file A, and b or the identity (akr gram --help)", ["--power", "1"]),
                ("gram --odd needs two files, A and b, or one file and --target COLUMN (akr gram --help)",
                 ["A.csv", "--power", "1", "--odd"]),
                ("--target without a second file: b has a row for each column of A, so it is no column of it",
                 ["A.csv", "--target", "1", "--power", "1"])):
            self.refused(64, message, "gram", *words)
        self.refused(65, "c.csv: has 20 rows, but A.csv has 3 columns: b needs one row for each column of A",
                     "gram", "A.csv", "c.csv", "--power", "1")


if __name__ == "__main__":
    unittest.main()
