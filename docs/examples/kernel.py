#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Attention kernel regression from Python through ctypes, on measured data: the map of a radio signal in an office. A
place (x, y) is told by cosines and sines, a = (cos(kx/20), sin(kx/20), cos(ky/20), sin(ky/20), k = 1, 2); the signal
there is fitted by sum_i exp(scale a.a_i) c_i with (exp(scale A A') + ridge I) c = signal - mean.

    python3 kernel.py data/radiomap_train.csv data/radiomap_test.csv

The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a benchmark.
"""
import ctypes
import math
import os
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p

ROW_MAJOR = 1
DIM = 8


def load():
    """libakr with the types of the functions used here; a wrong type would pass garbage, so they are all declared."""
    akr = ctypes.CDLL(os.environ.get("LIBAKR", "libakr.so.1"))
    akr.akr_version.restype = c_int32
    akr.akr_last_error.restype = c_char_p
    akr.akr_status_name.restype = c_char_p
    akr.akr_status_name.argtypes = [c_int32]
    for name, arguments in {
        "akr_report_create": [POINTER(c_void_p)],
        "akr_report_get_f64": [c_void_p, c_char_p, POINTER(c_double)],
        "akr_report_get_i64": [c_void_p, c_char_p, POINTER(c_int64)],
        "akr_report_get_str": [c_void_p, c_char_p, c_char_p, c_int64, POINTER(c_int64)],
        "akr_kernel_create_f64": [c_int32, c_int64, c_int64, c_double, c_void_p, c_int64, c_void_p, POINTER(c_void_p)],
        "akr_kernel_solve_f64": [c_void_p, c_void_p, c_double, c_int64, c_void_p, c_int64, c_void_p, c_int64, c_void_p,
                                 c_void_p],
        "akr_kernel_predict_f64": [c_void_p, c_int32, c_int32, c_int64, c_void_p, c_int64, c_int64, c_void_p, c_int64,
                                   c_void_p, c_int64, c_void_p, c_void_p],
    }.items():
        function = getattr(akr, name)
        function.restype = c_int32
        function.argtypes = arguments
    for name in ("report", "kernel"):
        destroy = getattr(akr, f"akr_{name}_destroy")
        destroy.restype = None
        destroy.argtypes = [c_void_p]
    return akr


def read_places(path):
    """Features, a place a row, and signals of lines x,y,signal."""
    features, signal = [], []
    with open(path, encoding="ascii") as file:
        for line in file:
            x, y, s = (float(v) for v in line.split(","))
            for k in (1, 2):
                features += [math.cos(k * x / 20), math.sin(k * x / 20), math.cos(k * y / 20), math.sin(k * y / 20)]
            signal.append(s)
    return (c_double * len(features))(*features), signal


def main():
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} TRAIN.csv TEST.csv")
    akr = load()

    def require(status):
        if status < 0:
            raise RuntimeError(f"{akr.akr_status_name(status).decode()}: {akr.akr_last_error().decode()}")
        return status

    def name(status):
        return akr.akr_status_name(status).decode()

    train, heard = read_places(sys.argv[1])
    points = len(heard)
    mean = sum(heard) / points
    right = (c_double * points)(*[s - mean for s in heard])
    test, signal = read_places(sys.argv[2])
    queries = len(signal)
    coefficients, predicted = (c_double * points)(), (c_double * queries)()

    def error():
        return math.sqrt(sum((p + mean - s) ** 2 for p, s in zip(predicted, signal)) / queries)

    version = akr.akr_version()
    print(f"libakr {version // 10000}.{version // 100 % 100}.{version % 100}")
    print(f"places: {points} to fit, {queries} to test")
    kernel, sharp, none, report = c_void_p(), c_void_p(), c_void_p(), c_void_p()
    require(akr.akr_report_create(byref(report)))

    # 1. Fit: a place a row, exp(1.0 A A') + 50 I.
    require(akr.akr_kernel_create_f64(ROW_MAJOR, points, DIM, 1.0, train, DIM, None, byref(kernel)))
    status = require(akr.akr_kernel_solve_f64(kernel, None, 50.0, 1, right, points, coefficients, points, None, report))
    residual, rank, precond = c_double(), c_int64(), ctypes.create_string_buffer(32)
    require(akr.akr_report_get_f64(report, b"residual_norm", byref(residual)))
    require(akr.akr_report_get_str(report, b"kernel.precond", precond, len(precond), None))
    require(akr.akr_report_get_i64(report, b"kernel.rank", byref(rank)))
    small = residual.value < 1e-12 * math.hypot(*right)
    print(f"status: {name(status)}, residual below 1e-12 of the right-hand side: {'yes' if small else 'no'}")
    print(f"preconditioner: {precond.value.decode()}, rank {rank.value}")

    # 2. Predict at places that were not fitted.
    print(f"test error of a constant: {error():.2f} dB")
    require(akr.akr_kernel_predict_f64(kernel, 0, ROW_MAJOR, queries, test, DIM, 1, coefficients, points, predicted,
                                       queries, None, report))
    print(f"test error of kernel regression: {error():.2f} dB")

    # 3. Softmax-normalised, with the signals themselves for coefficients: attention, a mean of the places near by.
    require(akr.akr_kernel_create_f64(ROW_MAJOR, points, DIM, 20.0, train, DIM, None, byref(sharp)))
    require(akr.akr_kernel_predict_f64(sharp, 1, ROW_MAJOR, queries, test, DIM, 1, right, points, predicted, queries,
                                       None, report))
    print(f"test error of attention: {error():.2f} dB")

    # 4. An error.
    status = akr.akr_kernel_create_f64(ROW_MAJOR, points, DIM, -1.0, train, DIM, None, byref(none))
    print(f"error: {name(status)}: {akr.akr_last_error().decode()}")

    akr.akr_report_destroy(report)
    akr.akr_kernel_destroy(sharp)
    akr.akr_kernel_destroy(kernel)


if __name__ == "__main__":
    main()
