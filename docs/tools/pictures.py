#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The pictures of the guide, docs/guide/*.svg, from runs of the library; needs numpy and gnuplot.   pictures.py LIBRARY"""
import ctypes
import os
import subprocess
import sys

import numpy as np

GUIDE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guide"))
U = 2.0 ** -53
akr = ctypes.CDLL(os.path.abspath(sys.argv[1]))
i64, f64, address = ctypes.c_int64, ctypes.c_double, lambda v: ctypes.c_void_p(v.ctypes.data)


def problem(n, d, kappa, residual, seed=1):
    """A with log-spaced singular values 1 ... 1/kappa, and b = A x + r, ||r|| = residual ||A x||."""
    random = np.random.default_rng(seed)
    u, _ = np.linalg.qr(random.standard_normal((n, d)))
    v, _ = np.linalg.qr(random.standard_normal((d, d)))
    a = np.asfortranarray((u * np.logspace(0, -np.log10(kappa), d)) @ v.T)
    ax = a @ random.standard_normal(d)
    r = random.standard_normal(n)
    r -= u @ (u.T @ r)
    return a, ax + r * (residual * np.linalg.norm(ax) / np.linalg.norm(r))


def solve(a, b, method):
    """x, and the history of the report."""
    n, d = a.shape
    x, history, count = np.zeros(d), np.zeros(1000), i64()
    matrix, options, report = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
    akr.akr_options_create(ctypes.byref(options))
    akr.akr_report_create(ctypes.byref(report))
    akr.akr_options_set_str(options, b"method", method.encode())
    akr.akr_matrix_create_dense_f64(0, i64(n), i64(d), address(a), i64(n), None, ctypes.byref(matrix))
    status = akr.akr_lsq_solve_f64(matrix, None, f64(0), i64(1), address(b), i64(n), address(x), i64(d), options, report)
    assert status >= 0, status
    akr.akr_report_get_array_f64(report, b"history", address(history), i64(1000), ctypes.byref(count))
    akr.akr_matrix_destroy(matrix)
    akr.akr_options_destroy(options)
    akr.akr_report_destroy(report)
    return x, history[:count.value]


def backward_error(a, b, x):
    """Karlson and Walden's estimate over ||A||_F; residual and gradient in extended precision."""
    wide = a.astype(np.longdouble)
    r = b - wide @ x
    g = (wide.T @ r).astype(float)
    _, s, vt = np.linalg.svd(a, full_matrices=False)
    norm = np.linalg.norm(s)
    phi = 1 / np.hypot(np.linalg.norm(b) / norm, np.linalg.norm(x))
    omega = phi * float(np.sqrt((r * r).sum()))
    return phi * np.linalg.norm((vt @ g) / np.hypot(s, omega)) / norm


def normal_equations(a, b):
    c = np.linalg.cholesky(a.T @ a)
    return np.linalg.solve(c.T, np.linalg.solve(c, a.T @ b))


def gnuplot(name, titles, curves, settings):
    """curves: for each title the (x, y) pairs."""
    data = "\n\n\n".join("\n".join(f"{x:.6g} {y:.6g}" for x, y in curve) for curve in curves)
    plots = ", ".join(f"$data index {i} with linespoints pointtype 7 pointsize 0.5 linewidth 2 title '{title}'"
                      for i, title in enumerate(titles))
    script = (f"set terminal svg size 640,400 font 'sans-serif,13' background 'white'\nset output '{GUIDE}/{name}.svg'\n"
              f"set grid\nset format y '1e%T'\nset logscale y\n{settings}\n$data << END\n{data}\nEND\nplot {plots}\n")
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def convergence():
    a, b = problem(4000, 100, 1e4, 0.01)
    methods = ["gradient", "sketch", "sketch-cholqr", "cholesky"]
    curves = [list(enumerate(solve(a, b, method)[1], 1)) for method in methods]
    gnuplot("convergence", methods, curves, "set xlabel 'correction'\nset ylabel 'preconditioned gradient / ‖b‖'")


def accuracy():
    titles = ["normal equations", "cholesky", "sketch", "sketch-cholqr", "Householder QR (numpy)"]
    curves = [[] for _ in titles]
    for exponent in range(0, 16):
        a, b = problem(2000, 40, 10.0 ** exponent, 1e-8)
        q, r = np.linalg.qr(a)
        answers = {"Householder QR (numpy)": np.linalg.solve(r, q.T @ b)}
        for method in titles[1:4]:
            answers[method] = solve(a, b, method)[0]
        try:
            answers["normal equations"] = normal_equations(a, b)
        except np.linalg.LinAlgError:
            pass
        for title, curve in zip(titles, curves):
            if title in answers:
                curve.append((10.0 ** exponent, backward_error(a, b, answers[title])))
    gnuplot("backward-error", titles, curves, "set logscale x\nset format x '1e%T'\nset key left top\n"
            "set xlabel 'condition number'\nset ylabel 'backward error'\nset yrange [1e-18:1e-4]")
    for title, curve in zip(titles, curves):
        print(f"{title}: worst {max(e for _, e in curve) / U:.3g} u")


convergence()
accuracy()
