# SPDX-License-Identifier: BSD-3-Clause
"""akr kernel on measured data with given splits: three sets of UCI's repository, the test error beside that of a plain
ridge regression on the same columns."""
import gzip
import json
import math
import os
import unittest

from client import Case, csv

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "uci")


def prepared(name):
    """Points on the unit sphere for the kernel, the standardised columns, and the target in units of its spread:
    of the rows to fit and of those to test."""
    with gzip.open(os.path.join(DATA, name + ".csv.gz"), "rt") as file:
        rows = [[float(v) for v in line.split(",")] for line in file]
    train = [row[1:] for row in rows if row[0] == 0]
    moments = []
    for column in zip(*train):
        mean = sum(column) / len(column)
        moments.append((mean, math.sqrt(sum((v - mean) ** 2 for v in column) / len(column))))
    parts = []
    for flag in (0, 1):
        plain = [[(v - m) / s for v, (m, s) in zip(row[1:], moments)] for row in rows if row[0] == flag]
        target = [row.pop() for row in plain]
        sphere = []
        for row in plain:
            # Beside a constant, twice as long as a row is on average: what is far out stays apart.
            point = row + [2 * math.sqrt(len(row))]
            norm = math.sqrt(sum(v * v for v in point))
            sphere.append([v / norm for v in point])
        parts.append((sphere, plain, target))
    return parts


class KernelData(Case):
    def check(self, name, ridge, least_gain):
        (points, columns, target), (queries, others, wanted) = prepared(name)

        def error(predicted):
            return math.sqrt(sum((p - w) ** 2 for p, w in zip(predicted, wanted)) / len(wanted))

        self.write("A.csv", csv(points))
        self.write("b.csv", csv([[v] for v in target]))
        self.write("q.csv", csv(queries))
        done = self.akr("kernel", "fit", "A.csv", "b.csv", "--scale", "8", "--ridge", repr(ridge * math.exp(8)), "--rtol",
                        "1e-8", "-o", "model", "--json", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        norm = math.sqrt(sum(v * v for v in target))
        self.assertLessEqual(report["residual_norm"], 1e-8 * norm * (1 + 1e-9))
        done = self.akr("kernel", "predict", "model", "q.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        by_kernel = error([float(line) for line in done.stdout.split()])

        self.write("C.csv", csv(columns))
        done = self.akr("lsq", "C.csv", "b.csv", "--ridge", "1", "-q")
        self.assertEqual(done.returncode, 0, done.stderr)
        weights = [float(line) for line in done.stdout.split()]
        by_ridge = error([sum(w * v for w, v in zip(weights, row)) for row in others])
        print(f"{name}: test error over the spread {by_kernel:.3f} by kernel ({report['kernel.precond']}, "
              f"{report['iterations']} iterations), {by_ridge:.3f} by ridge regression")
        self.assertLess(by_kernel, by_ridge * (1 - least_gain))

    def test_kin40k(self):
        self.check("kin40k", 1e-3, 0.7)

    def test_pumadyn32nm(self):
        # Four of its 32 columns matter: a kernel that treats them alike gains little.
        self.check("pumadyn32nm", 1e-3, 0.03)

    def test_elevators(self):
        self.check("elevators", 0.1, 0.08)


if __name__ == "__main__":
    unittest.main()
