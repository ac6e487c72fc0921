#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Least squares from Python through ctypes: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the
report, provoke an error, cancel a solve.

    python3 lsq.py data/well1033.mtx data/well1033_rhs1.mtx

The library is found by the dynamic linker, or where the environment variable LIBAKR says. numpy is used where it is
installed and not needed otherwise. An example, not a benchmark.
"""
import ctypes
import math
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p

try:
    import numpy
except ImportError:
    numpy = None

ROW_MAJOR = 1
PROGRESS = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)


def load():
    """libakr with the types of the functions used here; a wrong type would pass garbage, so they are all declared."""
    akr = ctypes.CDLL(os.environ.get("LIBAKR", "libakr.so.1"))
    akr.akr_version.restype = c_int32
    akr.akr_version.argtypes = []
    akr.akr_last_error.restype = c_char_p
    akr.akr_last_error.argtypes = []
    akr.akr_status_name.restype = c_char_p
    akr.akr_status_name.argtypes = [c_int32]
    for name, arguments in {
        "akr_options_create": [POINTER(c_void_p)],
        "akr_options_set_progress": [c_void_p, PROGRESS, c_void_p],
        "akr_report_create": [POINTER(c_void_p)],
        "akr_report_get_i64": [c_void_p, c_char_p, POINTER(c_int64)],
        "akr_report_get_f64": [c_void_p, c_char_p, POINTER(c_double)],
        "akr_report_get_str": [c_void_p, c_char_p, c_char_p, c_int64, POINTER(c_int64)],
        "akr_matrix_create_sparse_f64": [c_int32, c_int64, c_int64, c_int32, c_int32, c_void_p, c_void_p, c_void_p,
                                         c_void_p, POINTER(c_void_p)],
        "akr_lsq_solve_f64": [c_void_p, c_void_p, c_double, c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p,
                              c_void_p],
    }.items():
        function = getattr(akr, name)
        function.restype = c_int32
        function.argtypes = arguments
    for name in ("akr_options_destroy", "akr_report_destroy", "akr_matrix_destroy"):
        getattr(akr, name).restype = None
        getattr(akr, name).argtypes = [c_void_p]
    return akr


class Array:
    """A C array of doubles or int64 with an address; a numpy array where there is numpy."""

    def __init__(self, values, integers=False):
        if numpy is not None:
            self.items = numpy.array(values, dtype=numpy.int64 if integers else numpy.float64)
            self.address = self.items.ctypes.data
        else:
            self.items = ((c_int64 if integers else c_double) * len(values))(*values)
            self.address = ctypes.addressof(self.items)


def market_numbers(path):
    """The lines of a Matrix Market file, comments left out, as lists of words."""
    with open(path, encoding="ascii") as file:
        return [line.split() for line in file if not line.startswith("%")]


def read_matrix(path):
    """(rows, cols, row starts, columns, values), counted from 0."""
    lines = market_numbers(path)
    rows, cols, count = map(int, lines[0])
    if len(lines) != count + 1:
        raise ValueError(f"{path}: {count} entries announced, {len(lines) - 1} found")
    entries = sorted((int(i) - 1, int(j) - 1, float(v)) for i, j, v in lines[1:])
    start = [0] * (rows + 1)
    for i, _, _ in entries:
        start[i + 1] += 1
    for i in range(rows):
        start[i + 1] += start[i]
    return rows, cols, Array(start, True), Array([j for _, j, _ in entries], True), Array([v for _, _, v in entries])


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: lsq.py MATRIX.mtx RIGHT_HAND_SIDE.mtx")
    akr = load()

    def require(status):
        if status < 0:
            raise RuntimeError(f"{akr.akr_status_name(status).decode()}: {akr.akr_last_error().decode()}")
        return status

    def name(status):
        return akr.akr_status_name(status).decode()

    def real(key):
        value = c_double()
        require(akr.akr_report_get_f64(report, key, byref(value)))
        return value.value

    version = akr.akr_version()
    print(f"libakr {version // 10000}.{version // 100 % 100}.{version % 100}")
    rows, cols, start, column, value = read_matrix(sys.argv[1])
    b = Array([float(line[0]) for line in market_numbers(sys.argv[2])[1:]])
    if len(b.items) != rows:
        raise ValueError(f"{sys.argv[2]}: {len(b.items)} numbers, the matrix has {rows} rows")
    x = Array([0.0] * cols)
    print(f"matrix: {rows} x {cols}, {len(value.items)} entries")

    # 1. Solve. The matrix borrows the arrays: they must stay alive until it is destroyed.
    matrix, report, options = c_void_p(), c_void_p(), c_void_p()
    require(akr.akr_matrix_create_sparse_f64(ROW_MAJOR, rows, cols, 64, 0, start.address, column.address, value.address,
                                             None, byref(matrix)))
    require(akr.akr_report_create(byref(report)))
    status = require(akr.akr_lsq_solve_f64(matrix, None, 0.0, 1, b.address, rows, x.address, cols, None, report))
    print(f"status: {name(status)}")
    text = ctypes.create_string_buffer(32)
    require(akr.akr_report_get_str(report, b"stopped_by", text, len(text), byref(c_int64())))
    rank = c_int64()
    require(akr.akr_report_get_i64(report, b"rank", byref(rank)))
    print(f"stopped by: {text.value.decode()}")
    print(f"residual norm: {real(b'residual_norm'):.6f}")
    print(f"backward error below 1e-14: {'yes' if real(b'backward_error') < 1e-14 else 'no'}")
    print(f"rank: {rank.value}")
    norm = math.sqrt(sum(v * v for v in x.items))
    print(f"solution norm: {norm:.4f}, first: {x.items[0]:.5f}, last: {x.items[cols - 1]:.5f}")

    # 2. An error: the status says what kind, the text what exactly. x is left as it was.
    status = akr.akr_lsq_solve_f64(matrix, None, 0.0, 1, b.address, rows, x.address, cols - 1, None, report)
    print(f"error: {name(status)}: {akr.akr_last_error().decode()}")

    # 3. A solve that the progress callback cancels. The callback object must stay alive as long as the options.
    calls = []

    def cancel_at_once(_user, now):  # `now` has the keys phase, iterations, fraction, residual_norm, seconds
        calls.append(now)
        return 1

    callback = PROGRESS(cancel_at_once)
    require(akr.akr_options_create(byref(options)))
    require(akr.akr_options_set_progress(options, callback, None))
    status = require(akr.akr_lsq_solve_f64(matrix, None, 0.0, 1, b.address, rows, x.address, cols, options, report))
    print(f"cancelled: {name(status)}, after calls: {len(calls)}")

    akr.akr_options_destroy(options)
    akr.akr_report_destroy(report)
    akr.akr_matrix_destroy(matrix)


if __name__ == "__main__":
    main()
