# SPDX-License-Identifier: BSD-3-Clause
"""Every format in and out."""
import gzip
import unittest

from client import Case, Problem, coordinate, csv, has_zlib, integers, mtx_array, npy, read_npy

A = integers(20, 3)
B = integers(20, 1, seed=2)
B2 = integers(20, 2, seed=3)


class Npy(Case):
    def test_layouts_and_versions(self):
        self.write("b.npy", npy(B))
        for version in (1, 2, 3):
            for fortran in (False, True):
                with self.subTest(version=version, fortran=fortran):
                    self.write("A.npy", npy(A, fortran=fortran, version=version))
                    self.assert_solves(self.solved("A.npy", "b.npy"), Problem(A, B))

    def test_element_types(self):
        a = integers(20, 3, low=0, high=9)
        self.write("b.csv", csv(B))
        for kind in ("<f4", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8"):
            with self.subTest(kind=kind):
                self.write("A.npy", npy(a, kind=kind))
                self.assert_solves(self.solved("A.npy", "b.csv"), Problem(a, B))
        bits = [[v % 2 for v in row] for row in A]
        self.write("A.npy", npy(bits, kind="|b1"))
        self.assert_solves(self.solved("A.npy", "b.csv"), Problem(bits, B))

    def test_data_at_an_odd_place_of_the_file(self):
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (20, 3)}"
        self.write("b.csv", csv(B))
        for padding in range(8):
            self.write("A.npy", npy(A, header=header + " " * padding))
            self.assert_solves(self.solved("A.npy", "b.csv"), Problem(A, B))

    def test_header_in_another_order(self):
        self.write("A.npy", npy(A, header="{ 'shape':(20,3L),\"fortran_order\":False , 'descr':'<f8' }"))
        self.write("b.npy", npy(B, shape=(20,)))
        self.assert_solves(self.solved("A.npy", "b.npy"), Problem(A, B))

    def test_single_precision(self):
        for kind in ("<f4", "<f8", "<i4"):
            self.write("A.npy", npy(A, kind=kind))
            self.write("b.npy", npy(B, kind="<f8"))
            x = self.solved("A.npy", "b.npy", "--precision", "single")
            self.assert_solves(x, Problem(A, B), roundoff=2.0**-24)

    def test_rows_from_disk(self):
        self.write("b.npy", npy(B2))
        for kind in ("<f8", "<f4", "<i2"):
            for precision, roundoff in (("double", 2.0**-53), ("single", 2.0**-24)):
                with self.subTest(kind=kind, precision=precision):
                    self.write("A.npy", npy(A, kind=kind))
                    x = self.solved("A.npy", "b.npy", "--rows-from-disk", "--precision", precision)
                    self.assert_solves(x, Problem(A, B2), roundoff)


class MatrixMarket(Case):
    def solve(self, text, b=B):
        self.write("A.mtx", text)
        self.write("b.mtx", mtx_array(b))
        return self.solved("A.mtx", "b.mtx")

    def test_general(self):
        self.assert_solves(self.solve(coordinate(A)), Problem(A, B))
        self.assert_solves(self.solve(coordinate(A, field="integer")), Problem(A, B))
        self.assert_solves(self.solve(mtx_array(A)), Problem(A, B))

    def test_pattern(self):
        bits = [[v % 2 for v in row] for row in A]
        self.assert_solves(self.solve(coordinate(bits, field="pattern")), Problem(bits, B))

    def test_symmetric(self):
        full = integers(4, 4, seed=5)
        full = [[full[max(i, j)][min(i, j)] + (40 if i == j else 0) for j in range(4)] for i in range(4)]
        b = integers(4, 1, seed=6)
        lower = coordinate(full, symmetry="symmetric", pick=lambda i, j: i >= j)
        self.assert_solves(self.solve(lower, b), Problem(full, b))
        packed = "%%MatrixMarket matrix array real symmetric\n4 4\n" + "".join(
            "%d\n" % full[i][j] for j in range(4) for i in range(j, 4))
        self.assert_solves(self.solve(packed, b), Problem(full, b))

    def test_skew_symmetric(self):
        full = [[0, -3, 1, 2], [3, 0, 5, -4], [-1, -5, 0, 7], [-2, 4, -7, 0]]
        b = integers(4, 1, seed=6)
        lower = coordinate(full, symmetry="skew-symmetric", pick=lambda i, j: i > j)
        self.assert_solves(self.solve(lower, b), Problem(full, b))
        packed = "%%MatrixMarket matrix array real skew-symmetric\n4 4\n" + "".join(
            "%d\n" % full[i][j] for j in range(4) for i in range(j + 1, 4))
        self.assert_solves(self.solve(packed, b), Problem(full, b))

    def test_entries_given_twice_are_added(self):
        lines = ["%d %d %d" % (i + 1, j + 1, part) for i, row in enumerate(A) for j, v in enumerate(row)
                 for part in (v + 100, -100)]
        text = "%%%%MatrixMarket matrix coordinate integer general\n20 3 %d\n" % len(lines) + "\n".join(lines)
        self.assert_solves(self.solve(text), Problem(A, B))

    def test_sparse_right_hand_side_and_blank_lines(self):
        self.write("A.mtx", coordinate(A).replace("\n", "\r\n\n"))
        self.write("b.mtx", coordinate(B2))
        self.assert_solves(self.solved("A.mtx", "b.mtx"), Problem(A, B2))

    def test_single_precision(self):
        self.write("A.mtx", coordinate(A))
        self.write("b.mtx", mtx_array(B))
        x = self.solved("A.mtx", "b.mtx", "--precision", "single")
        self.assert_solves(x, Problem(A, B), roundoff=2.0**-24)


class Csv(Case):
    def test_separators(self):
        self.write("b.csv", csv(B))
        for separator in (",", ";", "\t", " ", "   ", " ; ", " ,\t"):
            with self.subTest(separator=separator):
                self.write("A.txt", csv(A, separator))
                self.assert_solves(self.solved("A.txt", "b.csv"), Problem(A, B))

    def test_headers_quotes_comments_and_line_ends(self):
        self.write("b.csv", csv(B))
        text = csv(A)
        quoted = "".join(",".join('"%s"' % v for v in line.split(",")) + "\n" for line in text.splitlines())
        for name, content in {
                "header": "x,y,z\n" + text,
                "quoted header": '"x, ""y""","two\nlines", "z" \n' + text,
                "quoted numbers": quoted,
                "comments": "# made by hand\n" + text.replace("\n", "\n# and\n", 1),
                "byte-order mark": "\ufeff" + text,
                "carriage returns": text.replace("\n", "\r\n"),
                "blank lines around": "\n\n" + text + "\n\n",
                "no last line end": text.rstrip("\n"),
                "plus signs and blanks": text.replace(",", " , +").replace("+-", "-")}.items():
            with self.subTest(name):
                self.write("A.csv", content)
                self.assert_solves(self.solved("A.csv", "b.csv"), Problem(A, B))

    def test_header_can_be_forced(self):
        self.write("A.csv", "1,2,3\n" + csv(A))
        self.write("b.csv", "7\n" + csv(B))
        self.assert_solves(self.solved("A.csv", "b.csv", "--header", "yes"), Problem(A, B))
        self.assert_solves(self.solved("A.csv", "b.csv", "--header=no"), Problem([[1, 2, 3]] + A, [[7]] + B))

    def test_numbers_out_of_range(self):
        self.write("A.csv", "1e-400\n1\n-0.00000001e-320\n" + "0." + "0" * 400 + "1\n")
        self.write("b.csv", "5\n2\n7\n1e-9999999999999999999999\n")
        self.assertEqual(self.solved("A.csv", "b.csv"), [[2.0]])

    def test_stdin(self):
        self.write("b.csv", csv(B))
        self.assert_solves(self.solved("-", "b.csv", stdin=csv(A).encode()), Problem(A, B))
        self.write("A.csv", csv(A))
        self.assert_solves(self.solved("A.csv", "-", stdin=csv(B2).encode()), Problem(A, B2))


@unittest.skipUnless(has_zlib(), "this akr was built without zlib")
class Gzip(Case):
    def test_every_format(self):
        self.write("b.csv.gz", gzip.compress(csv(B).encode()))
        for name, content in {"A.npy": npy(A), "A.mtx": coordinate(A).encode(), "A.csv": csv(A).encode()}.items():
            with self.subTest(name):
                self.write(name + ".gz", gzip.compress(content))
                self.assert_solves(self.solved(name + ".gz", "b.csv.gz"), Problem(A, B))
                half = len(content) // 2
                self.write("parts.gz", gzip.compress(content[:half]) + gzip.compress(content[half:]) + b"\0" * 64)
                self.assert_solves(self.solved("parts.gz", "b.csv.gz"), Problem(A, B))
        self.assert_solves(self.solved("-", "b.csv.gz", stdin=gzip.compress(csv(A).encode())), Problem(A, B))


class Outputs(Case):
    def solve_to(self, name, b, *words):
        self.write("A.npy", npy(A))
        self.write("b.npy", npy(b))
        done = self.akr("lsq", "A.npy", "b.npy", "-o", name, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, b"")
        self.assertIn(b"AKR_OK", done.stdout)

    def test_round_trips(self):
        for b in (B, B2):
            self.write("A.npy", npy(A))
            self.write("b.npy", npy(b))
            expected = self.solved("A.npy", "b.npy")
            for name in ("x.csv", "x.txt", "x.NPY", "x.npy", "x.mtx"):
                with self.subTest(name, columns=len(b[0])):
                    self.solve_to(name, b)
                    info = self.akr("info", name).stdout.decode()
                    self.assertIn("size:     3 x %d\n" % len(b[0]), info)
                    self.assertEqual(self.numbers(name), expected)

    def numbers(self, name):
        if name.lower().endswith(".npy"):
            descr, fortran, shape, flat = read_npy(self.read(name, "rb"))
            cols = 1 if len(shape) == 1 else shape[1]
            self.assertEqual((descr, fortran, shape[0]), ("<f8", cols > 1, 3))
            return [flat[i::3] for i in range(3)]
        if name.endswith(".mtx"):
            banner, sizes, *values = self.read(name).splitlines()
            self.assertEqual(banner, "%%MatrixMarket matrix array real general")
            self.assertEqual(sizes.split()[0], "3")
            return [[float(v) for v in values[i::3]] for i in range(3)]
        return [[float(v) for v in line.split(",")] for line in self.read(name).splitlines()]

    def test_text_is_the_shortest_that_reads_back(self):
        self.write("A.csv", "1\n")
        self.write("b.csv", "0.1\n")
        self.assertEqual(self.akr("lsq", "A.csv", "b.csv").stdout, b"0.1\n")
        self.assertEqual(self.akr("lsq", "A.csv", "b.csv", "--precision=single").stdout, b"0.1\n")

    def test_single_precision_npy(self):
        self.solve_to("x.npy", B, "--precision", "single")
        descr, fortran, shape, _ = read_npy(self.read("x.npy", "rb"))
        self.assertEqual((descr, fortran, shape), ("<f4", False, (3,)))


if __name__ == "__main__":
    unittest.main()
