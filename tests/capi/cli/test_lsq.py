# SPDX-License-Identifier: BSD-3-Clause
"""Problems, reports, and akr info."""
import json
import os
import re
import subprocess
import unittest

from client import AKR, Case, Problem, coordinate, csv, integers, npy

A = integers(20, 3)
B = integers(20, 1, seed=2)
B2 = integers(20, 2, seed=3)
BOTH = [a + b for a, b in zip(A, B2)]  # columns x, y, z, p, q


class Problems(Case):
    def setUp(self):
        super().setUp()
        self.write("A.csv", csv(A))
        self.write("A.npy", npy(A))
        self.write("F.npy", npy(A, fortran=True))
        self.write("A.mtx", coordinate(A))
        self.write("b.csv", csv(B2))
        self.write("both.csv", "x,y,z,p,q\n" + csv(BOTH))
        self.write("both.npy", npy(BOTH))

    def test_ridge(self):
        for name in ("A.csv", "A.mtx", "F.npy"):
            self.assert_solves(self.solved(name, "b.csv", "--ridge", "2.5"), Problem(A, B2, ridge=2.5))

    def test_targets(self):
        p, q = ([[row[k]] for row in BOTH] for k in (3, 4))
        for words, b, left_out in ((["--target", "p", "--target", "q"], B2, {3, 4}),
                                   (["--target=4", "--target=-1"], B2, {3, 4}), (["--target", "-1"], q, {4}),
                                   (["--column", "p"], p, {3}), (["--target=2"], [[row[1]] for row in BOTH], {1})):
            with self.subTest(words):
                a = [[v for k, v in enumerate(row) if k not in left_out] for row in BOTH]
                self.assert_solves(self.solved("both.csv", *words), Problem(a, b))
                if words[-1][-1] in "0123456789":
                    self.assert_solves(self.solved("both.npy", *words), Problem(a, b))
                    self.assert_solves(self.solved("both.npy", "--rows-from-disk", *words), Problem(a, b))
        self.assert_solves(self.solved("A.npy", "both.csv", "--column", "q"), Problem(A, q))

    def test_intercept(self):
        exact = Problem(A, B2, intercept=True)
        for name in ("A.csv", "A.npy", "F.npy", "A.mtx"):
            self.assert_solves(self.solved(name, "b.csv", "--intercept"), exact)
        self.assert_solves(self.solved("A.npy", "b.csv", "--intercept", "--rows-from-disk"), exact)

    def test_a_ridge_spares_the_intercept(self):
        exact = Problem(A, B2, intercept=True, ridge=50)
        for name in ("A.csv", "A.npy", "F.npy"):
            self.assert_solves(self.solved(name, "b.csv", "--intercept", "--ridge", "50"), exact)
        self.assert_solves(self.solved("A.npy", "b.csv", "--intercept", "--ridge=50", "--rows-from-disk"), exact)
        shifted = [[v + 1000 for v in row] for row in A]
        self.write("A.csv", csv(shifted))
        self.assert_solves(self.solved("A.csv", "b.csv", "--intercept", "--ridge", "50"),
                           Problem(shifted, B2, intercept=True, ridge=50))

    def test_options_reach_the_library(self):
        for words in (["--method", "sketch"], ["--set", "method=sketch"], ["--method=sketch", "--max-iter=50"],
                      ["--set=method=sketch", "--sketch.kind", "gaussian"]):
            done = self.akr("lsq", *words, "--json", "-q", "--", "A.csv", "b.csv")
            report = json.loads(done.stdout)
            self.assertEqual((report["method"], report["status"]), ("sketch", 0), words)
        self.assertEqual(report["sketch.kind"], "gaussian")

    def test_rank_deficient(self):
        self.write("A.csv", csv([row + [row[0]] for row in A]))
        x = self.solved("A.csv", "b.csv", status=3)
        self.assertEqual((len(x), len(x[0])), (4, 2))

    def test_start(self):
        self.write("x.csv", csv([[1, 2], [3, 4], [5, 6]]))
        self.assert_solves(self.solved("A.npy", "b.csv", "--start", "x.csv"), Problem(A, B2))
        self.write("x.csv", csv([[1, 2], [3, 4], [5, 6], [7, 8]]))
        for words in (["--intercept"], ["--intercept", "--ridge=1"]):
            x = self.solved("A.npy", "b.csv", "--start", "x.csv", *words)
            self.assert_solves(x, Problem(A, B2, intercept=True, ridge=len(words) - 1))


class Memory(Case):
    ROWS, COLS = 200000, 64  # 98 MiB

    def test_rows_from_disk_leave_the_matrix_there(self):
        """A holds the identity and then zeros, as a hole in its file; x is ones."""
        identity = [[float(i == j) for j in range(self.COLS)] for i in range(self.COLS)]
        for name, rows in (("A.npy", identity), ("b.npy", [[1.0]] * self.COLS)):
            self.write(name, npy(rows, shape=(self.ROWS, len(rows[0]))))
            hole = (self.ROWS - self.COLS) * len(rows[0]) * 8
            os.truncate(self.path(name), os.path.getsize(self.path(name)) + hole)
        on_disk = self.peak("--rows-from-disk")
        mapped = self.peak()
        # In KiB. Mapped, the 98 MiB count as the client's; sanitizers and the BLAS add the same to both.
        self.assertGreater(mapped - on_disk, 60 * 1024)

    def peak(self, *words):
        client = subprocess.Popen([AKR, "lsq", "A.npy", "b.npy", "-o", "x.txt", "--method=cholesky", *words],
                                  cwd=self.folder.name, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(client.pid, 0)
        client.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(client.returncode, 0)
        self.assertEqual(self.read("x.txt"), "1\n" * self.COLS)
        return usage.ru_maxrss


class Reports(Case):
    def setUp(self):
        super().setUp()
        self.write("A.npy", npy(A))
        self.write("b.npy", npy(B))

    def run_lsq(self, *words):
        done = self.akr("lsq", "A.npy", "b.npy", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def test_where_everything_goes(self):
        out, err = self.run_lsq()
        self.assertEqual(len(out.splitlines()), 3)
        self.assertIn("AKR_OK", err)
        out, err = self.run_lsq("-o", "x.csv")
        self.assertIn("AKR_OK", out)
        self.assertEqual(err, "")
        out, err = self.run_lsq("--json")
        self.assertEqual(json.loads(out)["status"], 0)
        self.assertIn("AKR_OK", err)
        out, err = self.run_lsq("-q", "--json", "report.json")
        self.assertEqual((len(out.splitlines()), err), (3, ""))
        self.assertEqual(json.loads(self.read("report.json"))["status"], 0)
        self.assertEqual(self.run_lsq("-q", "--json=r", "-o", "x.npy"), ("", ""))
        self.assertEqual(json.loads(self.read("r"))["status"], 0)

    def test_the_report_says_what_the_json_says(self):
        out, _ = self.run_lsq("-o", "x.csv", "--method", "sketch", "--json=report.json")
        report = json.loads(self.read("report.json"))
        self.assertRegex(out, r"(?m)^problem    20 x 3, dense by rows, double precision; 1 right-hand side$")
        self.assertRegex(out, r"(?m)^method     sketch \(as asked\): ")
        self.assertIn("\nsketch     %s, %d rows\n" % (report["sketch.kind"], report["sketch.rows"]), out)
        self.assertRegex(out, r"(?m)^work       %d iterations?, %d pass(es)? over A, " % (
            report["iterations"], report["passes"]))
        shown = float(re.search(r"(?m)^residual   \|\|b - A x\|\| = (\S+)$", out).group(1))
        self.assertLessEqual(abs(shown - report["residual_norm"]), 1e-5 * shown)  # six digits are shown
        self.assertIn("\nrank       3 of 3\n", out)
        self.assertIn("\nstatus     AKR_OK: checked against A itself\n", out)

    def test_not_converged(self):
        done = self.akr("lsq", "A.npy", "b.npy", "--method=gradient", "--max_iter=1", "--json=r.json", "-o", "x.csv")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(json.loads(self.read("r.json"))["stopped_by"], "max_iter")
        self.assertIn("status     AKR_NOT_CONVERGED (max_iter): the best answer so far\n", done.stdout.decode())
        self.assertEqual(len(self.read("x.csv").splitlines()), 3)

    def test_error_of_the_solver(self):
        """The report is written although there is no answer."""
        self.write("b.npy", npy([[float("nan")]] + B[1:]))
        done = self.akr("lsq", "A.npy", "b.npy", "--json=r.json", "-o", "x.csv")
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertEqual(json.loads(self.read("r.json"))["status"], -4)
        self.assertFalse(os.path.exists(self.path("x.csv")))


class Info(Case):
    def say(self, *words):
        done = self.akr(*words)
        self.assertEqual((done.returncode, done.stderr), (0, b""), words)
        return done.stdout.decode()

    def test_info(self):
        self.write("A.npy", npy([[1, -2], [0, 3e200]], fortran=True))
        self.assertEqual(self.say("info", "A.npy"),
                         "file:     A.npy\nformat:   .npy 1.0\nsize:     2 x 2\ntype:     float64\n"
                         "layout:   dense, column by column\nnonzeros: 3 of 4\nfinite:   yes\nsmallest: -2\n"
                         "largest:  3e+200\nnorm:     3e+200 (Frobenius)\n")
        self.write("A.csv", "a;b\n3;4\n")
        self.write("A.mtx", coordinate([[0, 3], [4, 0]], field="integer"))
        self.assertEqual(self.say("info", "A.csv", "A.mtx"),
                         "file:     A.csv\nformat:   CSV, separated by ';', with a header\nsize:     1 x 2\n"
                         "columns:  'a' 'b'\ntype:     float64\nlayout:   dense, row by row\nnonzeros: 2 of 2\n"
                         "finite:   yes\nsmallest: 3\nlargest:  4\nnorm:     5 (Frobenius)\n\n"
                         "file:     A.mtx\nformat:   Matrix Market coordinate integer general\nsize:     2 x 2\n"
                         "type:     float64\nlayout:   sparse, 2 entries\nnonzeros: 2\nfinite:   yes\nsmallest: 3\n"
                         "largest:  4\nnorm:     5 (Frobenius)\n")


if __name__ == "__main__":
    unittest.main()
