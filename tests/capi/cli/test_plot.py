# SPDX-License-Identifier: BSD-3-Clause
"""The pictures of --plot: their points are the report's history, and their words say what that holds."""
import json
import math
import os
import re
import unittest
import xml.etree.ElementTree

from client import Case, csv, integers, npy

A = integers(60, 5)
B = integers(60, 1, seed=2)
B2 = integers(60, 2, seed=3)
GRADIENT = "preconditioned gradient ||P'A'(b - A x)|| / ||b||"
RIDGE = "preconditioned gradient ||P'(A'(b - A x) - ridge x)|| / ||b||"
STAGE = "||P'(s - A'A x)|| / ||s|| of each stage"
KERNEL = "residual ||b - (K + ridge I) x|| / ||b||, as it is updated"


class Picture:
    def __init__(self, text):
        root = xml.etree.ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        named = [e for e in root.iter() if e.tag.endswith("text")]
        self.words = [e.text for e in named]
        powers = [(int(m[1]), float(e.get("y")) - 4) for e in named for m in [re.fullmatch(r"1e(-?\d+)", e.text)] if m]
        counts = [(int(e.text), float(e.get("x"))) for e in named if re.fullmatch(r"\d+", e.text)]
        self.words = [w for w in self.words if not re.fullmatch(r"1e-?\d+|\d+", w)]
        (high, top), (low, bottom) = powers[0], powers[-1]
        (first, left), (last, right) = counts[0], counts[-1]
        self.per_pixel = (high - low) / (bottom - top)  # powers of ten

        def value(y):
            return 10 ** (high - (y - top) * self.per_pixel)

        self.points = [((float(e.get("cx")) - left) / (right - left) * (last - first) + first, value(float(e.get("cy"))))
                       for e in root.iter() if e.tag.endswith("circle")]
        self.levels = [value(float(e.get("y1"))) for e in root.iter() if e.get("class") == "level"]


class Plot(Case):
    def setUp(self):
        super().setUp()
        self.write("A.npy", npy(A))
        self.write("b.npy", npy(B))
        self.write("b2.npy", npy(B2))

    def draw(self, *words):
        done = self.akr(*words, "--plot", "p.svg", "--json=r.json", "-q")
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        picture = Picture(self.read("p.svg"))
        history = json.loads(self.read("r.json"))["history"]
        self.assert_same(picture, [(k + 1, v) for k, v in enumerate(history) if v])
        return picture, history

    def assert_same(self, picture, expected):
        self.assertEqual(len(picture.points), len(expected))
        # Drawn to 0.01 pixels.
        tolerance = 0.011 * picture.per_pixel * math.log(10)
        for (k, value), (count, wanted) in zip(picture.points, expected):
            self.assertAlmostEqual(k, count, delta=0.01)
            self.assertAlmostEqual(value, wanted, delta=tolerance * wanted)

    def test_least_squares(self):
        for method, right, more, words in (
                ("sketch", "b.npy", [], ["akr lsq: sketch", GRADIENT, "correction"]),
                ("gradient", "b2.npy", [], ["akr lsq: gradient", GRADIENT + ", worst column", "correction"]),
                ("sketch", "b.npy", ["--ridge", "2"], ["akr lsq: sketch", RIDGE, "correction"])):
            with self.subTest(method=method, more=more):
                picture, history = self.draw("lsq", "A.npy", right, "--method", method, *more, "-o", "x.npy")
                self.assertEqual(picture.words, words)
                self.assertEqual(picture.levels, [])
                self.assertGreater(len(history), 3)

    def test_the_first_value_of_one_column(self):
        """With one column P is 1/||a||, so that the first correction from a given start is known."""
        a, b, start = [row[0] for row in A], [row[0] for row in B], 3
        self.write("a.npy", npy([[v] for v in a]))
        self.write("x0.csv", "%d\n" % start)
        picture, _ = self.draw("lsq", "a.npy", "b.npy", "--method=cholesky", "--start", "x0.csv", "-o", "x.csv")
        gradient = sum(v * (w - v * start) for v, w in zip(a, b))
        expected = abs(gradient) / math.sqrt(sum(v * v for v in a)) / math.sqrt(sum(w * w for w in b))
        self.assertAlmostEqual(picture.points[0][1], expected, delta=0.02 * expected)

    def test_no_corrections(self):
        picture, history = self.draw("lsq", "A.npy", "b.npy", "--method", "qr", "-o", "x.npy")
        self.assertEqual(history, [])
        self.assertEqual(picture.words, ["akr lsq: qr", GRADIENT, "correction", "method qr made no corrections"])

    def test_gram(self):
        self.write("c.npy", npy(integers(5, 1, seed=4)))
        self.write("wide.npy", npy([list(row) for row in zip(*A)]))
        least_squares = "||P'A'(b - A y)|| / ||b||, then "
        for right, more, title, quantity in (
                ("c.npy", ["--power=2"], "(A'A)^2 x = b", STAGE),
                ("b2.npy", ["--power=1", "--odd"], "min ||A (A'A)^1 x - b||", least_squares + STAGE + ", worst column")):
            with self.subTest(more=more):
                picture, history = self.draw("gram", "A.npy", right, *more, "--method=sketch", "-o", "x.npy",
                                             "--gram.method=recursion")
                self.assertEqual(picture.words, ["akr gram: %s, recursion, sketch" % title, quantity,
                                                 "correction, stage after stage"])
                # Each of the two stages begins where the one before began, about; where a stage ends the values
                # are roundings, which may differ a thousandfold from one correction to the next.
                begins = sum(v > 1000 * max(u, 1e-14) for u, v in zip(history, history[1:]))
                self.assertEqual(begins, 1)
        for right, more, quantity in (
                ("b.npy", ["--power=1"], "||P'C'(b - C y)|| / ||b||, then ||P'(s - C'C x)|| / ||s|| of each stage, C = A'"),
                ("c.npy", ["--power=1", "--odd"], "||P'(s - C'C x)|| / ||s|| of each stage, C = A'")):
            picture, _ = self.draw("gram", "wide.npy", right, *more, "-o", "x.npy")
            self.assertEqual(picture.words[1], quantity)
        picture, history = self.draw("gram", "A.npy", "c.npy", "--power=0", "-o", "x.npy")
        self.assertEqual((picture.words[-1], history), ("none made no corrections", []))

    def test_kernel(self):
        points = [[v / 9 for v in row[:2]] for row in A]
        self.write("points.csv", csv(points))
        self.write("b.csv", csv(B))
        flags = ["kernel", "fit", "points.csv", "b.csv", "--ridge", "0.1", "-o", "m", "--kernel.precond=rpcholesky",
                 "--kernel.rank=2"]
        picture, history = self.draw(*flags, "--rtol", "1e-5")
        self.assertEqual(picture.words, ["akr kernel fit: rpcholesky, rank 2", KERNEL, "iteration", "rtol"])
        self.assertAlmostEqual(picture.levels[0], 1e-5, delta=1e-7)
        residual = json.loads(self.read("r.json"))["residual_norm"] / math.sqrt(sum(row[0] ** 2 for row in B))
        self.assertAlmostEqual(history[-1], residual, delta=1e-3 * residual)
        picture, _ = self.draw(*flags)
        self.assertEqual((picture.words[-1], picture.levels), ("iteration", []))
        self.write("b.csv", "0\n" * len(B))
        picture, history = self.draw(*flags)
        self.assertEqual((picture.words[-1], history), ("made no iterations", []))

    def test_what_cannot_be_drawn_is_told_before_anything_is_read(self):
        self.write("there.jpg", "")
        for name in ("p.png", "-", "p.svg.gz", "p", "there.jpg"):
            for words in (["lsq", "no", "no"], ["gram", "no", "--power=1"], ["kernel", "fit", "no", "no", "-o", "m"]):
                self.refused(64, name + ": the name of the picture must end in .svg: it is written as SVG only", *words,
                             "--plot", name)
        self.refused(64, "--plot belongs to --power: an exponential makes no corrections to be shown", "gram", "no",
                     "--exp=1", "--plot=p.svg")
        self.refused(73, "no/p.svg: No such file or directory", "lsq", "no", "no", "--plot=no/p.svg")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["A.npy", "b.npy", "b2.npy", "there.jpg"])


if __name__ == "__main__":
    unittest.main()
