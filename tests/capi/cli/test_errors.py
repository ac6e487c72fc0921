# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong is said in one line, exactly, with the documented exit status."""
import gzip
import os
import struct
import subprocess
import time
import unittest

from client import AKR, Case, csv, has_zlib, integers, npy

A = integers(5, 2)
B = integers(5, 1, seed=2)
USAGE, DATA, NO_INPUT, UNAVAILABLE, MEMORY, NO_OUTPUT, INPUT_OUTPUT = 64, 65, 66, 69, 71, 73, 74
MTX = "%%MatrixMarket matrix coordinate real general\n"


class Files(Case):
    def setUp(self):
        super().setUp()
        self.write("b.csv", csv(B))

    def refuse(self, content, message, name="A.csv", code=DATA):
        self.write(name, content)
        self.refused(code, message, "lsq", name, "b.csv")
        self.refused(code, message, "info", name)

    def test_no_such_file(self):
        self.refused(NO_INPUT, "A.npy: No such file or directory", "lsq", "A.npy", "b.csv")
        os.mkdir(self.path("d"))
        self.refused(NO_INPUT, "d: is a directory", "info", "d")

    def test_npy(self):
        good = npy(A)
        header = lambda text: npy(A, header=text)
        for content, message in (
            (b"1,2\n", "is not an .npy file: it does not begin with \\x93NUMPY"),
            (b"", "is not an .npy file: it does not begin with \\x93NUMPY"),
            (good[:9], "truncated: the .npy header is not complete"),
            (good[:30], "truncated: the .npy header is not complete"),
            (npy(A, version=2)[:11], "truncated: the .npy header is not complete"),
            (good[:-1], "truncated: the shape (5, 2) of '<f8' needs 80 bytes after the header, the file has 79"),
            (good[:6] + b"\x04" + good[7:], ".npy version 4.0 is not known: 1.0, 2.0 and 3.0 are read"),
            (npy(A, kind="<f8", header="{'descr': '>f8', 'fortran_order': False, 'shape': (5, 2)}"),
             "holds big-endian numbers ('>f8'), and only little-endian ones are read: save it with a.astype('<f8')"),
            (header("{'descr': '<c16', 'fortran_order': False, 'shape': (5, 2)}"),
             "the element type '<c16' is not read: use '<f8', '<f4' or an integer type"),
            (header("{'descr': '', 'fortran_order': False, 'shape': (5, 2)}"),
             "the element type '' is not read: use '<f8', '<f4' or an integer type"),
            (header("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (5, 2)}"),
             "has named fields; only plain numbers are read"),
            (npy(A, shape=(5, 1, 2)), "has the shape (5, 1, 2): a matrix or a vector is needed"),
            (npy(A, shape=()), "has the shape (): a matrix or a vector is needed"),
            (npy(A, shape=(2**40, 2**40)), "the size 1099511627776 x 1099511627776 is too large"),
            (npy(A, shape=(2**31, 2**31)), "the size 4611686018427387904 x 8 is too large"),
            (header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999, 2)}"),
             "bad .npy header: a size expected at '99999999999999999999, 2)}\n'".replace("\n", "?")),
            (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-5, 2)}"),
             "bad .npy header: a size expected at '-5, 2)}?'"),
            (header("{'descr': '<f8', 'fortran_order': 0, 'shape': (5, 2)}"),
             "bad .npy header: True or False expected at '0, 'shape': (5, 2)}?'"),
            (header("{'descr': '<f8', 'shape': (5, 2)}"),
             "bad .npy header: it must have the keys 'descr', 'fortran_order' and 'shape'"),
            (header("{'descr': '<f8', 'order': 'C'}"), "bad .npy header: unknown key 'order'"),
            (header("{'descr': '<f8"), "bad .npy header: unfinished string ''<f8?'"),
            (header("[1]"), "bad .npy header: '{' expected at '[1]?'")):
            with self.subTest(message):
                self.refuse(content, "A.npy: " + message, name="A.npy")

    def test_matrix_market(self):
        for content, message in (
            ("1 2\n", "1: the first line must be '%%MatrixMarket matrix coordinate|array FIELD SYMMETRY'"),
            ("%%MatrixMarket matrix coordinate complex general\n", "1: complex matrices are not read"),
            ("%%MatrixMarket matrix array pattern general\n",
             "1: the field 'pattern' is not known: real, integer or (coordinate only) pattern"),
            ("%%MatrixMarket matrix array real hermitian\n",
             "1: the symmetry 'hermitian' is not known: general, symmetric or skew-symmetric"),
            (MTX, "1: the line with the sizes is missing"),
            (MTX + "5 x 1\n", "2: the size 'x' must be an integer from 0 to 9223372036854775807"),
            (MTX + "5 -2 1\n", "2: the size '-2' must be an integer from 0 to 9223372036854775807"),
            (MTX + "5 99999999999999999999 1\n1 1 1\n",
             "2: the size '99999999999999999999' must be an integer from 0 to 9223372036854775807"),
            (MTX + "5 2 1 1\n", "2: 3 sizes expected"),
            (MTX + "5 2 1000000000000\n1 1 1\n",
             "2: promises 1000000000000 entries, more than the rest of the file can hold"),
            (MTX + "% two\n5 2 2\n1 1 1.5\n", "3: promises 2 entries, more than the rest of the file can hold"),
            (MTX + "5 2 2\n1 1 1.555\n\n\n", "5: ends after 1 of 2 entries"),
            (MTX + "5 2 1\n6 1 1.5\n", "3: row index '6' must be an integer from 1 to 5"),
            (MTX + "5 2 1\n0 1 1.5\n", "3: row index '0' must be an integer from 1 to 5"),
            (MTX + "5 2 1\n5 3 1.5\n", "3: column index '3' must be an integer from 1 to 2"),
            (MTX + "5 2 1\n5 1.0 1.5\n", "3: column index '1.0' must be an integer from 1 to 2"),
            (MTX + "5 2 1\n5 1     \n", "3: a value is missing"),
            (MTX + "5 2 1\n5 1 1.5x\n", "3: '1.5x' is not a number"),
            (MTX + "5 2 1\n5 1 1e999\n", "3: '1e999' is not a number"),
            (MTX + "5 2 1\n5 1 1.5 2\n", "3: more on the line than one entry"),
            (MTX + "5 2 1\n5 1 1.5\n5 1 1.5\n", "4: goes on after the 1 entries it promises"),
            (MTX.replace("general", "symmetric") + "5 2 1\n5 1 1.5\n",
             "2: a symmetric matrix must be square, not 5 x 2"),
            (MTX.replace("general", "skew-symmetric") + "2 2 1\n1 1 1.5\n",
             "3: a skew-symmetric matrix has no entries on its diagonal"),
            ("%%MatrixMarket matrix array real general\n4000000000 4000000000\n1\n",
             "2: the size 4000000000 x 4000000000 is too large"),
            ("%%MatrixMarket matrix array real general\n5 2\n1\n",
             "2: promises 10 entries, more than the rest of the file can hold"),
            ("%%MatrixMarket matrix array real general\n2 1\n1.5\n\n", "4: ends before the value of row 2, column 1"),
            ("%%MatrixMarket matrix array real general\n2 1\n1.5\n2\n3\n",
             "5: goes on after the 2 x 1 values it promises"),
            ("%%MatrixMarket matrix array real general\n1 1\n1.5 2\n", "3: more on the line than one value")):
            with self.subTest(message):
                self.refuse(content, "A.mtx:" + message, name="A.mtx")

    def test_csv(self):
        for content, message in (
            ("", ": holds no numbers"),
            ("# nothing\n\n", ": holds no numbers"),
            ("# nothing\n\nbut words\n", ":3: holds no numbers, but names only"),
            ("1,2\n3,4,5\n", ":2: 3 fields, but 2 in line 1"),
            ("# c\n\nx,y\n1,2\n3\n", ":5: 1 fields, but 2 in line 3"),
            ("1,2\n3,\n", ":2: column 2 is empty"),
            ("x,y\n1,2\n ,4\n", ":3: column 1 (x) is empty"),
            ("1,2\n3,four\n", ":2: column 2: 'four' is not a number"),
            ("1,x\n3,4\n", ":1: column 2: 'x' is not a number"),
            ("1;2\n3;4,5\n", ":2: column 2: '4,5' is not a number (the decimal point must be a point)"),
            ("1,2\n1e999,2\n", ":2: column 1: '1e999' is not a number"),
            ("1,2\n\n3,4\n", ":2: blank line between the numbers"),
            ('1,"2\n3,4\n', ":1: a quoted field does not end"),
            ('1,"2"x\n3,4\n', ":1: unexpected text behind the quoted field '2'"),
            ("1,2\n3,%s\n" % ("y" * 50), ":2: column 2: '%s...' is not a number" % ("y" * 40)),
            ("1,2\n3,\x00\n", ": is neither .npy, nor Matrix Market, nor text")):
            with self.subTest(message):
                self.refuse(content, "A.csv" + message)
        self.refused(DATA, "stdin:2: 1 fields, but 2 in line 1", "lsq", "-", "b.csv", stdin=b"1,2\n3\n")

    def test_gzip(self):
        if not has_zlib():
            packed = gzip.compress(b"1\n")
            return self.refuse(packed, "A.csv.gz: is gzip, and this akr was built without zlib: gunzip the file first",
                               name="A.csv.gz", code=UNAVAILABLE)
        whole = gzip.compress(csv(integers(500, 3)).encode())
        self.refuse(whole[:200], "A.csv.gz: the gzip data end too early", name="A.csv.gz")
        self.refuse(whole[:-4], "A.csv.gz: the gzip data end too early", name="A.csv.gz")
        self.refuse(whole[:-6] + b"\xff\xff" + whole[-4:], "A.csv.gz: the gzip data are damaged: incorrect data check",
                    name="A.csv.gz")
        self.refuse(whole + b"more", "A.csv.gz: the gzip data are followed by something else", name="A.csv.gz")

    def test_not_finite(self):
        """The place in the file, whatever becomes of its columns."""
        nan = float("nan")
        rows = [[1, 2, 5], [3, nan, 6], [1, 1, 7], [4, 5, 8], [5, 6, 9]]
        self.write("A.csv", "# from a lamp\nx,y,z\n\"1\",2,5\n3,nan,6\n1,1,7\n4,5,8\n5,6,9\n")
        self.write("A.npy", npy(rows))
        self.write("F.npy", npy(rows, fortran=True))
        self.write("A.mtx", MTX + "5 3 3\n1 1 1.5\n4 1 1.25\n2 2 nan\n")
        mtx = "A.mtx: row 2, column 2: nan is not finite"
        for words in ([], ["--ridge", "1"], ["--precision=single"], ["--intercept"], ["--intercept", "--ridge", "1"]):
            for name, place in (("A.csv", "A.csv:4: column 2 (y)"), ("A.npy", "A.npy: row 2, column 2"),
                                ("F.npy", "F.npy: row 2, column 2")):
                message = place + ": nan is not finite"
                self.refused(DATA, message, "lsq", name, "b.csv", *words)
                for target in ("1", "2"):
                    self.refused(DATA, message, "lsq", name, "--target", target, *words)
                    if name == "A.npy":
                        self.refused(DATA, message, "lsq", name, "--target", target, "--rows-from-disk", *words)
            if words != ["--intercept", "--ridge", "1"]:
                self.refused(DATA, mtx, "lsq", "A.mtx", "b.csv", *words)
        self.write("x0.csv", "1\n# two\ninf\n3\n")
        self.write("F.npy", npy([[i + j * j for j in range(3)] for i in range(5)]))
        self.refused(DATA, "x0.csv:3: column 1: inf is not finite", "lsq", "F.npy", "b.csv", "--start", "x0.csv")
        self.refused(DATA, "stdin:4: column 2 (y): nan is not finite", "lsq", "-", "--target=1",
                     stdin=self.read("A.csv", "rb"))
        self.refused(DATA, mtx, "gram", "A.mtx", "--power=1")
        self.write("A.csv", "1,2\n3,1e39\n1,1\n4,5\n5,6\n")
        self.refused(DATA, "A.csv:2: column 2: inf is not finite in single precision", "lsq", "A.csv", "b.csv",
                     "--precision=single")
        done = self.akr("info", "A.npy")
        self.assertEqual(done.returncode, 0)
        self.assertIn("finite:   no, 1 entry is not\n", done.stdout.decode())

    def test_sizes_that_do_not_fit(self):
        self.write("A.csv", csv(integers(6, 2)))
        self.refused(DATA, "b.csv: has 5 rows, but A.csv has 6: b needs one row for each row of A", "lsq", "A.csv",
                     "b.csv")
        self.write("r.csv", "1,2,3,4,5,6\n")
        self.refused(DATA, "r.csv: has 1 row, but A.csv has 6: b needs one row for each row of A, and this one is "
                     "transposed", "lsq", "A.csv", "r.csv")
        self.write("x0.csv", "1\n")
        self.write("A.csv", csv(A))
        self.refused(DATA, "x0.csv: the first guess must be dense and 2 x 1, not 1 x 1", "lsq", "A.csv", "b.csv",
                     "--start", "x0.csv")

    def test_more_rows_than_entries(self):
        self.write("A.mtx", MTX + "%d 2 1\n1 1 1\n" % (2**62))
        self.refused(DATA, "A.mtx:2: 4611686018427387904 rows for 1 entries: nearly all of them are empty", "info", "A.mtx")


class CommandLine(Case):
    def setUp(self):
        super().setUp()
        self.write("A.csv", csv(A))
        self.write("A.npy", npy(A))
        self.write("b.csv", csv(B))
        self.write("named.csv", "x,y,y\n" + csv(integers(5, 3)))

    def usage(self, message, *words):
        self.refused(USAGE, message, *words)

    def test_suggestions(self):
        self.usage("unknown command lqs (did you mean lsq?)", "lqs")
        self.usage("unknown command frobnicate", "frobnicate")
        self.usage("unknown command --verson (did you mean --version?)", "--verson")
        self.usage("unknown command inof (did you mean info?)", "help", "inof")
        self.usage("unknown option --rigde (did you mean --ridge?)", "lsq", "A.csv", "b.csv", "--rigde", "1")
        self.usage("unknown option --rtoll (did you mean --rtol?)", "lsq", "A.csv", "b.csv", "--rtoll=1")
        self.usage("unknown option --sketch.kin (did you mean --sketch.kind?)", "lsq", "--sketch.kin=srht")
        self.usage("no option is called 'max_iters' (did you mean max_iter?)", "options", "max_iters")
        self.usage("named.csv: no column is called 'X' (did you mean x?)", "lsq", "named.csv", "--target", "X")

    def test_values(self):
        self.usage("--ridge needs a value", "lsq", "A.csv", "b.csv", "--ridge")
        self.usage("--intercept takes no value", "lsq", "A.csv", "b.csv", "--intercept=1")
        for value in ("-1", "nan", "inf", "x", ""):
            self.usage("--ridge %s: must be a finite number, 0 or more" % value, "lsq", "A.csv", "b.csv", "--ridge",
                       value)
        self.usage("--precision half: must be one of double, single", "lsq", "A.csv", "b.csv", "--precision", "half")
        self.usage("--header maybe: must be one of auto, yes, no", "lsq", "A.csv", "b.csv", "--header", "maybe")
        self.usage("--set rtol: must be KEY=VALUE", "lsq", "A.csv", "b.csv", "--set", "rtol")

    def test_options_of_the_library(self):
        """In the library's words, without the name of a function that nobody has called."""
        for words, message in ((["--rtol", "2"], 'rtol = "2": must be at most 1'),
                               (["--rtol", "x"], 'rtol = "x": must be a number such as 1e-8'),
                               (["--set", "rtol=-1"], 'rtol = "-1": must be at least 0'),
                               (["--set", "rtoll=0"], 'unknown option "rtoll"; nearest is "rtol"')):
            self.usage(message, "lsq", "A.csv", "b.csv", *words)
        done = self.akr("lsq", "A.csv", "b.csv", "--method", "magic")
        self.assertEqual((done.returncode, done.stdout), (USAGE, b""))
        self.assertRegex(done.stderr.decode(), r'\Aakr: method = "magic": must be one of auto, sketch, [^\n]*\n\Z')
        done = self.akr("lsq", "A.csv", "b.csv", "--memory_limit", "100")
        self.assertEqual((done.returncode, done.stdout), (MEMORY, b""))
        self.assertRegex(done.stderr.decode(), r"\Aakr: memory_limit = 100 bytes: [^\n]*\n\Z")

    def test_files_and_columns(self):
        needs = "lsq needs two files, A and b, or one file and --target COLUMN (akr lsq --help)"
        for words in ([], ["A.csv"], ["A.csv", "b.csv", "c.csv"]):
            self.usage(needs, "lsq", *words)
        self.usage("only one of A and b can be stdin", "lsq", "-", "-")
        self.usage("info needs a file", "info")
        for words in (["info", ""], ["lsq", "A.csv", ""], ["kernel", "predict", "", "A.csv"]):
            self.usage("the name of a file must not be empty", *words)
        self.usage("A.csv: no column is left for A", "lsq", "A.csv", "--target=1", "--target=2")
        self.usage("A.csv: no column is left for the points", "kernel", "fit", "A.csv", "--target=1", "--target=2",
                   "-o", "m")
        self.usage("--column and --target mean the same: give one of them", "lsq", "A.csv", "--target=1", "--column=2")
        self.usage("A.csv: no column is called 'x', as the file has no header", "lsq", "A.csv", "--target", "x")
        self.usage("named.csv: several columns are called 'y'", "lsq", "named.csv", "--target", "y")
        self.usage("named.csv: column 1 is given twice", "lsq", "named.csv", "--target", "x", "--target", "1")
        for column in ("0", "3", "-3"):
            self.usage("A.csv: there is no column %s: 1 to 2, or -1 to -2 from the end" % column, "lsq", "A.csv",
                       "--target", column)

    def test_what_sparse_and_disk_cannot_do(self):
        self.write("A.mtx", MTX + "5 2 1\n1 1 1\n")
        self.usage("A.mtx: --intercept with --ridge needs a dense A", "lsq", "A.mtx", "b.csv", "--intercept",
                   "--ridge=1")
        self.usage("A.mtx: --target without a second file needs a dense A", "lsq", "A.mtx", "--target=1")
        self.usage("A.csv: --rows-from-disk reads plain .npy files only", "lsq", "A.csv", "b.csv", "--rows-from-disk")
        self.write("A.npy", npy(A, fortran=True))
        self.usage("A.npy: --rows-from-disk needs C order, and this file is in Fortran order: save it with "
                   "numpy.ascontiguousarray(a)", "lsq", "A.npy", "b.csv", "--rows-from-disk")

    def test_outputs(self):
        self.usage("x.xls: the name of the output must end in .npy, .mtx, .csv or .txt", "lsq", "A.csv", "b.csv", "-o",
                   "x.xls")
        self.refused(NO_OUTPUT, "no/x.csv: No such file or directory", "lsq", "A.csv", "b.csv", "-o", "no/x.csv")
        os.mkdir(self.path("d.csv"))
        self.refused(NO_OUTPUT, "d.csv: is a directory", "lsq", "A.csv", "b.csv", "-o", "d.csv")
        for flag in ("-o", "--plot", "--json"):
            self.usage("%s: is an input, and would be overwritten" % ("A.npy" if flag == "-o" else "./A.npy"), "lsq",
                       "A.npy", "b.csv", *(["-o", "A.npy"] if flag == "-o" else [flag + "=./A.npy"]))
        self.assertEqual(self.read("A.npy", "rb"), npy(A))
        for name, words in (("x.csv", ["-o", "x.csv", "--json=x.csv"]), ("p.svg", ["--plot=p.svg", "--json=p.svg"])):
            self.usage(name + ": is given for two outputs", "lsq", "A.csv", "b.csv", *words)
            self.assertFalse(os.path.exists(self.path(name)))


class Disk(Case):
    def test_a_file_that_shrinks_while_it_is_read(self):
        """The client holds A.npy open while it waits for b on stdin; that is when the file is cut."""
        self.write("A.npy", npy(A))
        client = subprocess.Popen([AKR, "lsq", "A.npy", "-", "--rows-from-disk"], cwd=self.folder.name,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_until_it_sleeps_over("A.npy", client.pid)
        os.truncate(self.path("A.npy"), len(npy(A)) - 8)
        out, err = client.communicate(csv(B).encode(), timeout=60)
        self.assertEqual(err.decode(), "akr: A.npy: has become shorter while it was read\n")
        self.assertEqual((client.returncode, out), (INPUT_OUTPUT, b""))

    def wait_until_it_sleeps_over(self, name, process):
        asleep = 0
        for _ in range(600):
            time.sleep(0.05)
            try:
                folder = "/proc/%d/fd/" % process
                is_open = any(os.readlink(folder + fd).endswith("/" + name) for fd in os.listdir(folder))
                with open("/proc/%d/stat" % process) as file:
                    asleep = asleep + 1 if is_open and file.read().rsplit(")", 1)[1].split()[0] == "S" else 0
            except OSError:
                asleep = 0
            if asleep == 3:
                return
        self.fail("the client never waited for its input")

    def test_what_follows_the_array_is_ignored(self):
        self.write("long.npy", npy(A) + struct.pack("<d", 1))
        self.write("b.csv", csv(B))
        self.assertEqual(self.akr("lsq", "long.npy", "b.csv", "--rows-from-disk").returncode, 0)


if __name__ == "__main__":
    unittest.main()
