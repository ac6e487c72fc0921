#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Gram powers from Python through ctypes, on a real problem: the standard errors of a regression. With A y ~ b, the
covariance of y is s^2 (A'A)^-1, s^2 = |b - A y|^2 / (rows - cols): one Gram power, j = 1, with the identity as its
right-hand sides. The data are Longley's (1967), on which many programs lost most digits; NIST certifies the results.

    python3 gram.py

The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a benchmark.
"""
import ctypes
import math
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p

ROW_MAJOR = 1
ROWS, COLS = 16, 7

# A constant, GNP deflator, GNP, unemployed, armed forces, population, year.
A = [(1, 83.0, 234289, 2356, 1590, 107608, 1947), (1, 88.5, 259426, 2325, 1456, 108632, 1948),
     (1, 88.2, 258054, 3682, 1616, 109773, 1949), (1, 89.5, 284599, 3351, 1650, 110929, 1950),
     (1, 96.2, 328975, 2099, 3099, 112075, 1951), (1, 98.1, 346999, 1932, 3594, 113270, 1952),
     (1, 99.0, 365385, 1870, 3547, 115094, 1953), (1, 100.0, 363112, 3578, 3350, 116219, 1954),
     (1, 101.2, 397469, 2904, 3048, 117388, 1955), (1, 104.6, 419180, 2822, 2857, 118734, 1956),
     (1, 108.4, 442769, 2936, 2798, 120445, 1957), (1, 110.8, 444546, 4681, 2637, 121950, 1958),
     (1, 112.6, 482704, 3813, 2552, 123366, 1959), (1, 114.2, 502601, 3931, 2514, 125368, 1960),
     (1, 115.7, 518173, 4806, 2572, 127852, 1961), (1, 116.9, 554894, 4007, 2827, 130081, 1962)]
# Employment, in thousands.
B = [60323, 61122, 60171, 61187, 63221, 63639, 64989, 63761, 66019, 67857, 68169, 66513, 68655, 69564, 69331, 70551]
# NIST StRD, Longley: standard deviations of the estimates.
CERTIFIED = [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675,
             0.226073200069370, 455.478499142212]


def load():
    """libakr with the types of the functions used here; a wrong type would pass garbage, so they are all declared."""
    akr = ctypes.CDLL(os.environ.get("LIBAKR", "libakr.so.1"))
    akr.akr_version.restype = c_int32
    akr.akr_last_error.restype = c_char_p
    akr.akr_status_name.restype = c_char_p
    akr.akr_status_name.argtypes = [c_int32]
    solve = [c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p, c_void_p]
    for name, arguments in {
        "akr_options_create": [POINTER(c_void_p)],
        "akr_options_set_str": [c_void_p, c_char_p, c_char_p],
        "akr_report_create": [POINTER(c_void_p)],
        "akr_report_get_f64": [c_void_p, c_char_p, POINTER(c_double)],
        "akr_matrix_create_dense_f64": [c_int32, c_int64, c_int64, c_void_p, c_int64, c_void_p, POINTER(c_void_p)],
        "akr_precond_create": [c_void_p, c_double, c_void_p, c_void_p, POINTER(c_void_p)],
        "akr_lsq_solve_f64": [c_void_p, c_void_p, c_double] + solve,
        "akr_gram_power_solve_f64": [c_void_p, c_void_p, c_int64] + solve,
        "akr_gram_exp_solve_f64": [c_void_p, c_void_p, c_double] + solve,
    }.items():
        function = getattr(akr, name)
        function.restype = c_int32
        function.argtypes = arguments
    for name in ("options", "report", "matrix", "precond"):
        destroy = getattr(akr, f"akr_{name}_destroy")
        destroy.restype = None
        destroy.argtypes = [c_void_p]
    return akr


def yes_or_no(condition):
    return "yes" if condition else "no"


def main():
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
    a = (c_double * (ROWS * COLS))(*[v for row in A for v in row])
    b, y, x = (c_double * ROWS)(*B), (c_double * COLS)(), (c_double * COLS)()
    matrix, precond, report, options = c_void_p(), c_void_p(), c_void_p(), c_void_p()
    require(akr.akr_matrix_create_dense_f64(ROW_MAJOR, ROWS, COLS, a, COLS, None, byref(matrix)))
    require(akr.akr_precond_create(matrix, 0.0, None, None, byref(precond)))
    require(akr.akr_report_create(byref(report)))

    # 1. Least squares, and (A'A)^-1 with the same preconditioner.
    require(akr.akr_lsq_solve_f64(matrix, precond, 0.0, 1, b, ROWS, y, COLS, None, report))
    s2 = real(b"residual_norm") ** 2 / (ROWS - COLS)
    covariance = (c_double * (COLS * COLS))()
    for j in range(COLS):
        covariance[j * COLS + j] = 1
    status = require(akr.akr_gram_power_solve_f64(matrix, precond, 1, COLS, covariance, COLS, covariance, COLS, None,
                                                  report))
    print(f"status: {name(status)}")
    deviations = [math.sqrt(s2 * covariance[j * COLS + j]) for j in range(COLS)]
    for j in range(COLS):
        print(f"coefficient {j}: {y[j]:16.4f}, standard error {deviations[j]:14.4f}")
    worst = max(abs(mine / right - 1) for mine, right in zip(deviations, CERTIFIED))
    print(f"standard errors agree with NIST to 9 digits: {yes_or_no(worst < 1e-9)}")

    # 2. A power of it, as sensitive as cond(A)^4: the library says how much of the answer is left.
    status = require(akr.akr_gram_power_solve_f64(matrix, precond, 2, 1, y, COLS, x, COLS, None, report))
    print(f"(A'A)^2 x = y: {name(status)}, loss for the worst right-hand side above 1: "
          f"{yes_or_no(real(b'precision_loss') > 1)}, for this one below 1e-3: {yes_or_no(real(b'error_estimate') < 1e-3)}")
    require(akr.akr_options_create(byref(options)))
    require(akr.akr_options_set_str(options, b"residual.precision", b"doubled"))
    status = require(akr.akr_gram_power_solve_f64(matrix, precond, 2, 1, y, COLS, x, COLS, options, report))
    print(f"the same in doubled precision: {name(status)}, below 1e-12: {yes_or_no(real(b'error_estimate') < 1e-12)}")

    # 3. The gradient flow of least squares from 0 is y - exp(-t A'A) y at time t: early stopping.
    status = require(akr.akr_gram_exp_solve_f64(matrix, precond, 1e-12, 1, y, COLS, x, COLS, None, report))
    print(f"flow at t = 1e-12: {name(status)}, GNP {y[2] - x[2]:.4f}, armed forces {y[4] - x[4]:.4f}")

    # 4. An error.
    status = akr.akr_gram_power_solve_f64(matrix, precond, -1, 1, y, COLS, x, COLS, None, report)
    print(f"error: {name(status)}: {akr.akr_last_error().decode()}")

    akr.akr_options_destroy(options)
    akr.akr_report_destroy(report)
    akr.akr_precond_destroy(precond)
    akr.akr_matrix_destroy(matrix)


if __name__ == "__main__":
    main()
