# SPDX-License-Identifier: BSD-3-Clause
"""akr kernel: fit and predict against elimination in plain floats; the model's file, flags and wrong input."""
import json
import math
import os
import unittest

from client import Case, csv

A = [[0.5, -1.0], [1.5, 0.25], [-0.75, 0.5], [0.0, 1.0], [1.0, 1.0]]
B = [[1.0, -2.0], [0.5, 3.0], [2.0, 0.0], [-1.0, 1.0], [4.0, 0.5]]
Q = [[0.25, 0.25], [2.0, -1.0], [0.0, 0.0]]


def kernel(p, q, scale):
    return [[math.exp(scale * sum(x * y for x, y in zip(u, v))) for v in q] for u in p]


def solve(m, b):
    work = [list(r) + list(s) for r, s in zip(m, b)]
    for k in range(len(m)):
        work[k] = [v / work[k][k] for v in work[k]]
        for i in range(len(m)):
            if i != k:
                work[i] = [v - work[i][k] * p for v, p in zip(work[i], work[k])]
    return [row[len(m):] for row in work]


def expected(scale, ridge, centre):
    means = [sum(c) / len(B) if centre else 0 for c in zip(*B)]
    k = kernel(A, A, scale)
    for i, row in enumerate(k):
        row[i] += ridge
    x = solve(k, [[v - m for v, m in zip(row, means)] for row in B])
    return [[sum(w * x[i][c] for i, w in enumerate(row)) + means[c] for c in (0, 1)] for row in kernel(Q, A, scale)]


class Kernel(Case):
    def setUp(self):
        super().setUp()
        self.write("A.csv", csv(A))
        self.write("B.csv", csv(B))
        self.write("Q.csv", csv(Q))
        self.write("all.csv", "u,v,p,q\n" + csv([a + b for a, b in zip(A, B)]))

    def run_fit(self, *words, status=0):
        done = self.akr("kernel", "fit", *words)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        return done.stdout.decode()

    def values(self, *words):
        done = self.akr("kernel", "predict", *words)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return [[float(field) for field in line.split(",")] for line in done.stdout.decode().splitlines()]

    def assert_close(self, got, want):
        self.assertEqual((len(got), len(got[0])), (len(want), len(want[0])))
        for g, w in zip(got, want):
            for x, y in zip(g, w):
                self.assertAlmostEqual(x, y, delta=1e-11 * (1 + abs(y)))

    def test_coefficients_beyond_a_double_are_not_written(self):
        ring = [[40 * math.cos(t), 40 * math.sin(t), t + 1] for t in range(12)]
        self.write("ring.csv", csv(ring))
        done = self.akr("kernel", "fit", "ring.csv", "--target", "-1", "--ridge", "1", "-o", "m")
        self.assertEqual(done.returncode, 64, done.stderr.decode())
        self.assertIn("the coefficients leave the range of a double, so that no model is written", done.stderr.decode())
        self.assertFalse(os.path.exists(self.path("m")))

    def test_fit_and_predict(self):
        for scale, ridge, centre in ((1, 0.5, False), (0.25, 2, True)):
            flags = ["--scale", str(scale), "--ridge", str(ridge), "-o", "m"] + (["--centre"] if centre else [])
            text = self.run_fit("A.csv", "B.csv", *flags)
            self.assertIn(f"(exp({scale} A A') + {ridge} I) x = b; 5 points of dimension 2, 2 columns of values", text)
            self.assertIn("status     AKR_OK: the residual was recomputed", text)
            self.assert_close(self.values("m", "Q.csv"), expected(scale, ridge, centre))
            self.run_fit("all.csv", "--target", "p", "--target", "q", *flags)
            self.assert_close(self.values("m", "Q.csv"), expected(scale, ridge, centre))

    def test_one_column_and_files(self):
        self.run_fit("A.csv", "B.csv", "--column", "2", "--ridge", "0.5", "-o", "m", "--kernel.precond", "rpcholesky")
        self.assert_close(self.values("m", "Q.csv"), [[row[1]] for row in expected(1, 0.5, False)])
        self.assertEqual(self.akr("kernel", "predict", "m", "Q.csv", "-o", "y.csv", "-q").returncode, 0)
        self.assertEqual(len(self.read("y.csv").splitlines()), 3)
        self.assertEqual(self.read("m").splitlines()[:3], ["akr-kernel 1", "scale 1", "size 5 2 1"])
        for name, stdin in (("m", ""), ("-", self.read("m"))):
            done = self.akr("info", name, stdin=stdin.encode())
            self.assertEqual(done.stdout.decode(), "file:     %s\nformat:   model of akr kernel fit\nsize:     5 points "
                             "of dimension 2, 1 column of values\nscale:    1\n" % name.replace("-", "stdin"))
        done = self.akr("kernel", "fit", "A.csv", "B.csv", "--ridge", "0.5", "-o", "m", "--json", "-q")
        self.assertEqual(json.loads(done.stdout)["status"], 0)

    def test_a_model_read_back_says_the_same(self):
        self.run_fit("A.csv", "B.csv", "--ridge", "0.1", "-o", "m")
        first = self.values("m", "Q.csv")
        self.write("again", self.read("m"))
        self.assertEqual(self.values("again", "Q.csv"), first)

    def test_not_converged_still_leaves_a_model(self):
        text = self.run_fit("A.csv", "B.csv", "-o", "m", "--max_iter", "1", "--kernel.precond", "rpcholesky",
                            "--kernel.rank", "1", status=1)
        self.assertIn("status     AKR_NOT_CONVERGED (max_iter)", text)
        self.values("m", "Q.csv")

    def test_values_beyond_the_range_are_told(self):
        self.write("A.csv", csv([[1.0], [2.0]]))
        self.write("B.csv", csv([[1.0], [1.0]]))
        self.run_fit("A.csv", "B.csv", "--scale", "10", "--ridge", "1", "-o", "m")
        self.write("Q.csv", csv([[500.0]]))
        done = self.akr("kernel", "predict", "m", "Q.csv")
        self.assertEqual(done.returncode, 4)
        self.assertIn(b"the values leave the range of a double", done.stderr)

    def test_a_scale_that_is_too_large(self):
        # Half the squared norms are 0.5, 8 and 512.
        self.write("A.csv", csv([[1.0, 0.0], [0.0, 4.0], [-32.0, 0.0]]))
        self.write("b.csv", csv([[1.0], [2.0], [3.0]]))
        fit = ["kernel", "fit", "A.csv", "b.csv", "--ridge", "10", "-o", "m"]
        why = "too large for A.csv: half the squared norms of its points lie between 0.5 and 512, and times the scale " \
              "must not spread by more than 300: at most --scale 0.58, better about --scale 0.002, which makes " \
              "exponents of order 1"
        for words, scale in (([], "1"), (["--scale", "0.59"], "0.59")):
            self.refused(64, f"--scale {scale}: {why}", *fit, *words)
        for scale in ("0.58", "0.002"):
            self.assertEqual(self.akr(*fit, "--scale", scale).returncode, 0)

    def test_not_finite(self):
        self.write("nan.csv", "u,v,p\n# a comment\n1,2,3\n4,nan,6\n")
        for words in (["--target", "p"], ["--target", "v"]):
            self.refused(65, "nan.csv:4: column 2 (v): nan is not finite", "kernel", "fit", "nan.csv", *words, "-o", "m")
        self.run_fit("A.csv", "B.csv", "--ridge", "1", "-o", "m")
        self.write("Q.csv", "1,2\n3,inf\n")
        self.refused(65, "Q.csv:2: column 2: inf is not finite", "kernel", "predict", "m", "Q.csv")

    def test_wrong_input(self):
        for message, words in (
                ("kernel needs fit or predict (akr kernel --help)", []),
                ("kernel fti: must be fit or predict (did you mean fit?)", ["fti"]),
                ("kernel fit needs two files, points and values, or one file and --target COLUMN (akr kernel fit --help)",
                 ["fit", "A.csv", "-o", "m"]),
                ("kernel fit needs -o MODEL (akr kernel fit --help)", ["fit", "A.csv", "B.csv"]),
                ("--ridge -1: must be a finite number, 0 or more", ["fit", "A.csv", "B.csv", "-o", "m", "--ridge=-1"]),
                ("--scale x: must be a finite number, 0 or more", ["fit", "A.csv", "B.csv", "-o", "m", "--scale", "x"]),
                ("kernel predict needs two files, a model and points (akr kernel predict --help)", ["predict", "m"])):
            self.refused(64, message, "kernel", *words)
        self.refused(65, "Q.csv: has 3 rows, but A.csv has 5: there must be a row of values for each point",
                     "kernel", "fit", "A.csv", "Q.csv", "-o", "m")
        self.run_fit("A.csv", "B.csv", "--ridge", "1", "-o", "m")
        self.refused(65, "all.csv: has 4 columns, but the points of m have 2 coordinates",
                     "kernel", "predict", "m", "all.csv")
        good = self.read("m").splitlines()
        self.refused(65, "all.csv: is no model of akr kernel fit: it does not begin with 'akr-kernel'", "kernel", "predict",
                     "all.csv", "m")
        self.refused(65, "m: is a model of akr kernel fit, not a matrix", "kernel", "predict", "m", "m")
        for line, text, message in ((0, "akr-kernel 1 2", "must be 'akr-kernel' and 1 number"),
                                    (0, "akr-kernel 2", "only version 1 of a model is known"),
                                    (1, "scale -1", "the scale must be 0 or more"),
                                    (2, "size 5 2", "must be 'size' and 3 numbers"),
                                    (2, "size 5 -2 2", "'-2' is no size"),
                                    (3, "mean 0 nan", "'nan' is no finite number"),
                                    (4, "1 2 3", "has 3 numbers, not 4"),
                                    (6, "1 2 3 x", "'x' is no finite number")):
            self.write("bad", "\n".join(good[:line] + [text] + good[line + 1:]) + "\n")
            self.refused(65, f"bad:{line + 1}: {message}", "kernel", "predict", "bad", "Q.csv")
        self.write("bad", "\n".join(good[:-1]) + "\n")
        self.refused(65, "bad:8: the file ends too early", "kernel", "predict", "bad", "Q.csv")
        self.write("bad", "\n".join(good + ["1 2 3 4"]) + "\n")
        self.refused(65, "bad:9: more lines follow than the 5 points", "kernel", "predict", "bad", "Q.csv")


if __name__ == "__main__":
    unittest.main()
