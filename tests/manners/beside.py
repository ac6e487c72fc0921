#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""libakr beside another user of BLAS in one Python process, in turns and from two threads at once.

beside.py openblas LIBRARY FOLDER   a second OpenBLAS: a copy of libakr's, under another SONAME, as a wheel brings one
beside.py numpy LIBRARY             NumPy, with whatever BLAS it has"""
import array
import ctypes
import os
import re
import sys
import threading
import time
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_int64, c_void_p

ROWS, COLS, ORDER = 20000, 10, 200


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def loaded(word):
    """The files mapped into this process with this word in their names."""
    with open("/proc/self/maps") as maps:
        return sorted({path for path in re.findall(r"(/\S+)", maps.read()) if word in os.path.basename(path)})


class Akr:
    """x of min |A x - b| by a sketch, by Cholesky, by QR in turn."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)  # RTLD_LOCAL, as Python loads all extensions
        self.library.akr_last_error.restype = c_char_p
        self.library.akr_options_set_str.argtypes = [c_void_p, c_char_p, c_char_p]
        self.library.akr_lsq_solve_f64.argtypes = [c_void_p, c_void_p, c_double, c_int64, c_void_p, c_int64, c_void_p,
                                                   c_int64, c_void_p, c_void_p]
        self.library.akr_matrix_create_dense_f64.argtypes = [c_int32, c_int64, c_int64, c_void_p, c_int64, c_void_p,
                                                             POINTER(c_void_p)]
        rows = [[(i % COLS == j) + 0.01 for j in range(COLS)] for i in range(COLS)]
        self.a = array.array("d", [entry for i in range(ROWS) for entry in rows[i % COLS]])
        self.b = array.array("d", [sum(rows[i % COLS][j] * (j + 1) for j in range(COLS)) for i in range(ROWS)])
        self.matrix, self.options, self.rounds = c_void_p(), c_void_p(), 0
        self.require(self.library.akr_options_create(byref(self.options)))
        self.require(self.library.akr_matrix_create_dense_f64(1, ROWS, COLS, self.a.buffer_info()[0], COLS, None,
                                                              byref(self.matrix)))

    def require(self, status):
        assert status == 0, self.library.akr_last_error()

    def check(self):
        x = (c_double * COLS)()
        method = [b"sketch", b"cholesky", b"qr"][self.rounds % 3]
        self.rounds += 1
        self.require(self.library.akr_options_set_str(self.options, b"method", method))
        self.require(self.library.akr_lsq_solve_f64(self.matrix, None, 0, 1, self.b.buffer_info()[0], ROWS, x, COLS,
                                                    self.options, None))
        # The condition number of A is below 2, the residual 0: 1e-10 is far above what rounding leaves.
        assert all(abs(x[j] - (j + 1)) < 1e-10 for j in range(COLS)), (method, list(x))


class OpenBlas:
    """C = A B of integers, which any order of summing gets exactly right."""

    def __init__(self, folder):
        original = next(iter(loaded("openblas")), None) or skip("libakr's BLAS is not OpenBLAS")
        old, new = b"\0libopenblas.so.0\0", b"\0libotherbla.so.0\0"
        self.path = os.path.join(folder, "libotherbla.so.0")
        with open(original, "rb") as file:
            image = file.read()
        assert len(old) == len(new) and old in image, "the SONAME was not found"
        with open(self.path, "wb") as file:
            file.write(image.replace(old, new))
        self.library = ctypes.CDLL(self.path)
        assert self.path in loaded("otherbla") and original in loaded("openblas"), "there is one OpenBLAS, not two"
        self.a = array.array("d", [i % 7 + j % 5 for i in range(ORDER) for j in range(ORDER)])
        self.ones = array.array("d", [1.0] * (ORDER * ORDER))
        self.expected = array.array("d", [sum(self.a[i * ORDER:(i + 1) * ORDER]) for i in range(ORDER)
                                          for _ in range(ORDER)])
        self.library.cblas_dgemm.argtypes = [c_int] * 6 + [c_double, c_void_p, c_int, c_void_p, c_int, c_double,
                                                           c_void_p, c_int]
        self.rounds = 0

    def check(self):
        c = array.array("d", bytes(8 * ORDER * ORDER))
        self.library.cblas_dgemm(101, 111, 111, ORDER, ORDER, ORDER, 1.0, self.a.buffer_info()[0], ORDER,
                                 self.ones.buffer_info()[0], ORDER, 0.0, c.buffer_info()[0], ORDER)
        assert c == self.expected, "dgemm of the other OpenBLAS is wrong"
        self.rounds += 1


class NumPy:
    def __init__(self):
        import numpy
        self.numpy, self.rounds = numpy, 0
        random = numpy.random.default_rng(3)
        self.a = random.standard_normal((600, 60))  # condition number about 2
        self.x = numpy.arange(1.0, 61.0)
        self.b = self.a @ self.x
        print("numpy", numpy.__version__, "with", loaded("blas"))

    def check(self):
        x = self.numpy.linalg.lstsq(self.a, self.b, rcond=None)[0]
        assert abs(x - self.x).max() < 1e-10, "lstsq of NumPy is wrong"
        assert abs(self.a.T @ self.a - self.numpy.einsum("ki,kj->ij", self.a, self.a)).max() < 1e-10, "product is wrong"
        self.rounds += 1


def at_once(one, two, seconds):
    """Both over and over in threads of their own; ctypes and NumPy let go of the interpreter's lock while they work."""
    wrong, end = [], time.monotonic() + seconds

    def work(user):
        try:
            while time.monotonic() < end or user.rounds < 30:
                user.check()
        except Exception as problem:
            wrong.append(problem)

    threads = [threading.Thread(target=work, args=(user,)) for user in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong


def main():
    mode, path = sys.argv[1:3]
    if mode == "numpy":
        try:
            import numpy  # noqa: F401
        except ImportError:  # the python3 of the PATH may be another than Debian's
            if sys.executable != "/usr/bin/python3" and os.access("/usr/bin/python3", os.X_OK):
                os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
            skip("numpy is not installed")
    akr = Akr(path)
    other = NumPy() if mode == "numpy" else OpenBlas(sys.argv[3])
    for _ in range(9):
        akr.check()
        other.check()
    at_once(akr, other, 1.5)
    at_once(other, akr, 0.5)
    print(f"{akr.rounds} solves, {other.rounds} by the other")


main()
