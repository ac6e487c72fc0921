#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""NumPy arrays for libakr as they lie in memory, without a copy: either order, either precision, slices.

    python3 lsq_numpy.py

Take `leading` and `lsq` along. The library is found by the dynamic linker, or where the environment variable LIBAKR
says. An example, not a benchmark.
"""
import ctypes
import os
import tracemalloc
from ctypes import byref, c_char_p, c_double, c_int32, c_int64, c_void_p

import numpy as np

COL_MAJOR, ROW_MAJOR = 0, 1


def leading(a):
    """How far apart the rows of a 2-D array lie, in numbers; None where a row is not contiguous."""
    (n, d), (down, across), size = a.shape, a.strides, a.itemsize
    down, across = down if n > 1 else d * size, across if d > 1 else size  # NumPy may say anything for a single one
    return down // size if across == size and down % size == 0 and down >= d * size else None


def lsq(akr, a, b):
    """(argmin |a x - b|, status), for one b or for each column of b. Neither a nor b is copied."""
    bits = {"float64": "f64", "float32": "f32"}.get(a.dtype.name)
    columns = b[:, None] if b.ndim == 1 else b
    layout, lda = (ROW_MAJOR, leading(a)) if leading(a) is not None else (COL_MAJOR, leading(a.T))
    ldb = leading(columns.T)
    if bits is None or b.dtype != a.dtype or not (a.dtype.isnative and a.flags.aligned and b.flags.aligned):
        raise TypeError(f"a is {a.dtype}, b {b.dtype}: must be both float64 or both float32, native and aligned")
    if len(b) != len(a):
        raise ValueError(f"a has {len(a)} rows, b {len(b)}")
    if lda is None or ldb is None:
        raise ValueError("a needs contiguous rows or columns, b contiguous columns: numpy.asfortranarray makes them")
    create, solve = (getattr(akr, f"akr_{name}_{bits}") for name in ("matrix_create_dense", "lsq_solve"))
    create.argtypes = [c_int32, c_int64, c_int64, c_void_p, c_int64, c_void_p, c_void_p]
    solve.argtypes = [c_void_p, c_void_p, c_double] + [c_int64, c_void_p] * 2 + [c_int64, c_void_p, c_void_p]
    x, matrix = np.zeros((a.shape[1], columns.shape[1]), a.dtype, order="F"), c_void_p()
    # `a` is borrowed until the handle is destroyed; data_as keeps an array alive as long as its pointer.
    status = create(layout, *a.shape, a.ctypes.data_as(c_void_p), lda, None, byref(matrix))
    if status == 0:
        status = solve(matrix, None, 0, x.shape[1], columns.ctypes.data_as(c_void_p), ldb,
                       x.ctypes.data_as(c_void_p), len(x), None, None)
    akr.akr_matrix_destroy(matrix)
    if status < 0:
        akr.akr_last_error.restype = c_char_p
        raise RuntimeError(akr.akr_last_error().decode())
    return x[:, 0] if b.ndim == 1 else x, status


def main():
    akr = ctypes.CDLL(os.environ.get("LIBAKR", "libakr.so.1"))
    n, d = 2000, 6
    truth = np.arange(1.0, d + 1)
    c_order = np.fromfunction(lambda i, j: 1.0 / (1 + i % 11 + j) + (i % d == j), (n, d))

    def show(what, a, b):
        tracemalloc.start()  # NumPy tells it of its arrays
        x, status = lsq(akr, a, b)
        copied = tracemalloc.get_traced_memory()[1] >= min(a.nbytes, b.nbytes)
        tracemalloc.stop()
        wanted = truth if b.ndim == 1 else truth[:, None] * np.arange(1, b.shape[1] + 1)
        # The condition number is below 100 and the residual that of rounding b.
        right = np.abs(x - wanted).max() < 1e4 * np.finfo(a.dtype).eps * np.abs(wanted).max()
        print(f"{what}: status {status}, {'right' if right else 'WRONG'}, {'copied' if copied else 'nothing copied'}")

    def refused(what, a, b):
        try:
            lsq(akr, a, b)
            print(f"{what}: accepted")
        except (RuntimeError, TypeError, ValueError) as problem:
            print(f"{what}: {problem}")

    wide = np.full((2 * n, d + 3), np.nan)
    wide[::2, 1:d + 1] = c_order
    tall = np.full((n + 5, d), np.nan, order="F")
    tall[:n] = c_order
    b = c_order @ truth
    many = np.asfortranarray(b[:, None] * np.arange(1, 4))
    show("rows, float64", c_order, b)
    show("columns, float64", np.asfortranarray(c_order), b)
    show("rows, float32", c_order.astype(np.float32), b.astype(np.float32))
    show("columns, float32", np.asfortranarray(c_order, np.float32), b.astype(np.float32))
    show("every second row of a wider array", wide[::2, 1:d + 1], b)
    show("the first rows of a taller array", tall[:n], b)
    show("three right-hand sides", c_order, many)
    show("two of them", c_order, many[:, :2])
    refused("every second column", wide[:n, ::2], b)
    refused("right-hand sides by rows", c_order, np.ascontiguousarray(many))
    refused("integers", c_order.astype(int), b)
    refused("two precisions", c_order, b.astype(np.float32))
    refused("NaN", wide, np.ones(2 * n))


if __name__ == "__main__":
    main()
