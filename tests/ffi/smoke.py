#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""libakr through ctypes.   smoke.py LIBRARY"""
import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p

ROWS, COLS = 2000, 5
ROWS_FN = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int64, c_int64, POINTER(c_double), c_int64)
PROGRESS_FN = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)


def entry(i, j):
    return (1.0 if i % COLS == j else 0.0) + 1.0 / (1 + i % 11 + j)


def main():
    akr = ctypes.CDLL(sys.argv[1])
    akr.akr_last_error.restype = c_char_p
    akr.akr_status_name.restype = c_char_p
    akr.akr_build_info.restype = c_char_p
    solve = akr.akr_lsq_solve_f64
    solve.argtypes = [c_void_p, c_void_p, c_double, c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p, c_void_p]
    create_dense = akr.akr_matrix_create_dense_f64
    create_dense.argtypes = [c_int32, c_int64, c_int64, c_void_p, c_int64, c_void_p, POINTER(c_void_p)]
    create_rows = akr.akr_matrix_create_rows_f64
    create_rows.argtypes = [c_int64, c_int64, ROWS_FN, c_void_p, c_void_p, POINTER(c_void_p)]
    akr.akr_options_set_progress.argtypes = [c_void_p, PROGRESS_FN, c_void_p]
    akr.akr_options_set_i64.argtypes = [c_void_p, c_char_p, c_int64]
    akr.akr_report_get_array_f64.argtypes = [c_void_p, c_char_p, c_void_p, c_int64, POINTER(c_int64)]
    akr.akr_report_to_json.argtypes = [c_void_p, c_void_p, c_int64, POINTER(c_int64)]
    for name in ("matrix", "options", "report"):
        getattr(akr, f"akr_{name}_destroy").argtypes = [c_void_p]
        getattr(akr, f"akr_{name}_destroy").restype = None

    assert akr.akr_version() > 0 and b"libakr" in akr.akr_build_info()

    a = (c_double * (ROWS * COLS))(*(entry(i, j) for i in range(ROWS) for j in range(COLS)))
    b = (c_double * ROWS)(*(sum(entry(i, j) * (j + 1) for j in range(COLS)) for i in range(ROWS)))
    x = (c_double * COLS)()
    matrix, options, report = c_void_p(), c_void_p(), c_void_p()
    assert create_dense(1, ROWS, COLS, a, COLS, None, byref(matrix)) == 0, akr.akr_last_error()
    assert akr.akr_report_create(byref(report)) == 0

    def solved():  # condition number below 100, residual 0: 1e-10 is far above what is left of rounding
        return all(abs(x[j] - (j + 1)) < 1e-10 for j in range(COLS))

    assert solve(matrix, None, 0, 1, b, ROWS, x, COLS, None, report) == 0, akr.akr_last_error()
    assert solved(), list(x)
    length = c_int64()
    assert akr.akr_report_to_json(report, None, 0, byref(length)) == 0
    text = ctypes.create_string_buffer(length.value + 1)
    assert akr.akr_report_to_json(report, text, len(text), byref(length)) == 0
    import json
    assert json.loads(text.value)["rank"] == COLS

    assert solve(matrix, None, 0, 1, b, ROWS, x, 1, None, None) == -1  # ldx too small
    assert b"ldx" in akr.akr_last_error() and akr.akr_status_name(-1) == b"AKR_E_ARGUMENT", akr.akr_last_error()
    assert akr.akr_options_create(byref(options)) == 0
    assert akr.akr_options_set_i64(options, b"sead", 1) == -2 and b"seed" in akr.akr_last_error()

    calls = []

    def cancel(_user, now):
        calls.append(now)
        return 1

    callback = PROGRESS_FN(cancel)
    assert akr.akr_options_set_progress(options, callback, None) == 0
    assert solve(matrix, None, 0, 1, b, ROWS, x, COLS, options, report) == 2 and calls, akr.akr_last_error()
    akr.akr_matrix_destroy(matrix)

    @ROWS_FN
    def read(_user, first, count, block, ld):
        for i in range(count):
            for j in range(COLS):
                block[i * ld + j] = entry(first + i, j)
        return 0

    assert create_rows(ROWS, COLS, read, None, None, byref(matrix)) == 0
    for j in range(COLS):
        x[j] = 0
    assert solve(matrix, None, 0, 1, b, ROWS, x, COLS, None, report) == 0 and solved(), akr.akr_last_error()
    akr.akr_matrix_destroy(matrix)
    akr.akr_report_destroy(report)
    akr.akr_options_destroy(options)


main()
