#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""libakr, through ctypes, against what one types in Python: numpy.linalg.lstsq, scipy.linalg.lstsq, lsqr and lsmr of
scipy.sparse.linalg, sklearn's KernelRidge. In one process, in turns; seconds are medians with quartiles.

    LIBAKR=libakr.so.1 python3 peers.py [--quick] [--out FILE.json] [--threads N] [--repeats N] [--only WORD]

  --library FILE   libakr; without it the environment variable LIBAKR, or where the dynamic linker finds it
  --quick          small problems, under 20 seconds
  --out FILE       add one JSON object a line, as the other benchmarks do
  --threads N      threads of libakr and of the BLAS alike [the processors this process may use]
  --only WORD      dense, sparse or kernel

The backward error is computed here for all answers alike, in units of u = 2^-53, with residuals in extended precision
where numpy has it: of least squares Karlson and Walden's estimate over ||A||_F, and as a second opinion
||A'r|| / (||A||_F ||r||), which is what lsqr and lsmr stop by; of kernels ||b - (K + mu I) x|| over
(||K|| + mu) ||x|| + ||b||. Needs numpy; scipy and sklearn where they are installed.
"""
import argparse
import ctypes
import json
import os
import sys
import time
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_void_p


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", default=os.environ.get("LIBAKR", "libakr.so.1"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=0)
    parser.add_argument("--only", choices=["dense", "sparse", "kernel"])
    return parser.parse_args()


ARGUMENTS = parse()
for _name in ("OPENBLAS", "OMP", "MKL", "BLIS"):  # read when numpy loads its BLAS
    os.environ[_name + "_NUM_THREADS"] = str(ARGUMENTS.threads)

try:
    import numpy as np
except ImportError:
    sys.exit("peers.py: numpy is not installed (Debian: apt install python3-numpy python3-scipy python3-sklearn)")


def optional(name):
    """The module, or None with a word about it."""
    try:
        return __import__(name, fromlist=["_"])
    except ImportError as problem:
        print(f"not measured, {name} is missing: {problem}")
        return None


linalg, sparse, sparse_linalg = (optional(name) for name in ("scipy.linalg", "scipy.sparse", "scipy.sparse.linalg"))
kernel_ridge = optional("sklearn.kernel_ridge")
U = 2.0 ** -53
WIDE = np.longdouble
# OpenBLAS's threads wait at full speed for some 20 ms after their work; they shall not be counted against who is next.
PAUSE = 0.05
COLUMN_MAJOR, ROW_MAJOR = 0, 1


def address(array):
    return array.ctypes.data


class Akr:
    """libakr with the types of the functions used here; a wrong type would pass garbage, so they are all declared."""

    def __init__(self, path, threads):
        self.lib = ctypes.CDLL(path if os.sep not in path else os.path.abspath(path))
        handle, numbers = POINTER(c_void_p), c_void_p
        solve = [c_void_p, c_void_p, c_double, c_int64, numbers, c_int64, numbers, c_int64, c_void_p, c_void_p]
        for name, arguments in {
            "options_create": [handle],
            "options_set_i64": [c_void_p, c_char_p, c_int64],
            "report_create": [handle],
            "report_get_i64": [c_void_p, c_char_p, POINTER(c_int64)],
            "report_get_str": [c_void_p, c_char_p, c_char_p, c_int64, POINTER(c_int64)],
            "matrix_create_dense_f64": [c_int32, c_int64, c_int64, numbers, c_int64, c_void_p, handle],
            "matrix_create_sparse_f64": [c_int32, c_int64, c_int64, c_int32, c_int32, numbers, numbers, numbers,
                                         c_void_p, handle],
            "kernel_create_f64": [c_int32, c_int64, c_int64, c_double, numbers, c_int64, c_void_p, handle],
            "lsq_solve_f64": solve,
            "kernel_solve_f64": solve,
        }.items():
            function = getattr(self.lib, "akr_" + name)
            function.restype, function.argtypes = c_int32, arguments
        for name in ("matrix", "kernel"):
            destroy = getattr(self.lib, f"akr_{name}_destroy")
            destroy.restype, destroy.argtypes = None, [c_void_p]
        self.lib.akr_build_info.restype = self.lib.akr_last_error.restype = c_char_p
        self.lib.akr_status_name.restype, self.lib.akr_status_name.argtypes = c_char_p, [c_int32]
        self.options, self.report, self.status = c_void_p(), c_void_p(), 0
        self.require(self.lib.akr_options_create(byref(self.options)))
        self.require(self.lib.akr_report_create(byref(self.report)))
        self.require(self.lib.akr_options_set_i64(self.options, b"threads", threads))

    def require(self, status):
        if status < 0:
            raise RuntimeError(f"{self.lib.akr_status_name(status).decode()}: {self.lib.akr_last_error().decode()}")
        return status

    def _lsq(self, matrix, b, cols):
        x = np.empty(cols)
        try:
            self.status = self.require(self.lib.akr_lsq_solve_f64(matrix, None, 0.0, 1, address(b), len(b), address(x),
                                                                  cols, self.options, self.report))
        finally:
            self.lib.akr_matrix_destroy(matrix)
        return x

    def lsq(self, a, b):
        (n, d), matrix = a.shape, c_void_p()
        layout, lead = (ROW_MAJOR, d) if a.flags.c_contiguous else (COLUMN_MAJOR, n)
        self.require(self.lib.akr_matrix_create_dense_f64(layout, n, d, address(a), lead, self.options, byref(matrix)))
        return self._lsq(matrix, b, d)

    def lsq_sparse(self, a, b):
        (n, d), matrix = a.shape, c_void_p()
        self.require(self.lib.akr_matrix_create_sparse_f64(ROW_MAJOR, n, d, a.indices.itemsize * 8, 0,
                                                           address(a.indptr), address(a.indices), address(a.data),
                                                           self.options, byref(matrix)))
        return self._lsq(matrix, b, d)

    def kernel(self, points, scale, ridge, b):
        (n, dim), kernel, x = points.shape, c_void_p(), np.empty(len(b))
        self.require(self.lib.akr_kernel_create_f64(ROW_MAJOR, n, dim, scale, address(points), dim, self.options,
                                                    byref(kernel)))
        try:
            self.status = self.require(self.lib.akr_kernel_solve_f64(kernel, None, ridge, 1, address(b), n, address(x),
                                                                     n, self.options, self.report))
        finally:
            self.lib.akr_kernel_destroy(kernel)
        return x

    def text(self, key):
        out, length = ctypes.create_string_buffer(64), c_int64()
        return out.value.decode() if self.lib.akr_report_get_str(self.report, key, out, 64, byref(length)) == 0 else "-"

    def number(self, key):
        out = c_int64()
        return out.value if self.lib.akr_report_get_i64(self.report, key, byref(out)) == 0 else -1

    def note(self, key):
        return f"{self.lib.akr_status_name(self.status).decode()}, {self.text(key)}, {self.number(b'passes')} passes"


def blas_of_numpy():
    """What numpy and scipy compute with, in words; libakr's own is in akr_build_info()."""
    try:
        import threadpoolctl
        found = [f"{p['internal_api']} {p['version']} {p.get('architecture') or ''} {p['num_threads']} threads "
                 f"({os.path.basename(p['filepath'])})" for p in threadpoolctl.threadpool_info()
                 if p["user_api"] == "blas"]
        if found:
            return "; ".join(found)
    except ImportError:
        pass
    try:  # Linux: by the names of what is loaded
        with open("/proc/self/maps", encoding="utf-8") as maps:
            names = {os.path.basename(line.split()[-1]) for line in maps if "/" in line}
        found = sorted(n for n in names if any(word in n.lower() for word in ("blas", "mkl", "lapack")))
        return ", ".join(found) or "unknown"
    except OSError:
        return "unknown"


def race(contestants, repeats):
    """Name to (answer, seconds): all in turn, repeats times over, so that the machine's mood meets all of them alike.
    The first turn warms up and is dropped."""
    answers, seconds = {}, {name: [] for name, _ in contestants}
    for turn in range(repeats + 1):
        for name, run in contestants:
            time.sleep(PAUSE)
            start = time.perf_counter()
            answers[name] = run()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: (answers[name], seconds[name]) for name, _ in contestants}


class Output:
    def __init__(self, path, common):
        self.file, self.common = open(path, "a", encoding="utf-8") if path else None, common

    def __call__(self, problem, sizes, solver, seconds, first, error, second, note):
        q1, median, q3 = np.percentile(seconds, [25, 50, 75])
        print(f"{problem:28s} {solver:34s} {median:8.3f} s ({q1:.3f} to {q3:.3f})  {median / first:7.2f} of libakr"
              f"  BE {error:9.3g} u  {note}", flush=True)
        if self.file:
            row = {"bench": "peers", "problem": problem, **sizes, **self.common, "solver": solver, "seconds": median,
                   "seconds_q1": q1, "seconds_q3": q3, "repeats": len(seconds), "over_akr": median / first,
                   "backward_error_u": error, **second, "note": note}
            for key, value in row.items():
                if isinstance(value, float):  # JSON has no NaN and no infinity
                    row[key] = float(f"{value:.6g}") if np.isfinite(value) else None
            self.file.write(json.dumps(row) + "\n")
            self.file.flush()


class LeastSquaresError:
    """Karlson and Walden's estimate over ||A||_F, and ||A'r|| / (||A||_F ||r||), both in u. spectrum: singular values
    and right singular vectors (rows) of A, which need not be accurate."""

    def __init__(self, a, b, spectrum):
        self.a, self.b, (self.s, self.vt) = a, b, spectrum
        self.norm = float(np.linalg.norm(self.s))

    def __call__(self, x):
        wide, rr, g = x.astype(WIDE), WIDE(0), np.zeros(len(x), WIDE)
        for first in range(0, len(self.b), 4096):  # A in extended precision is not kept
            block = self.a[first:first + 4096].astype(WIDE)
            r = self.b[first:first + 4096] - block @ wide
            rr += r @ r
            g += block.T @ r
        r_norm, g_norm = float(np.sqrt(rr)), float(np.sqrt(g @ g))
        phi = 1 / np.hypot(np.linalg.norm(self.b) / self.norm, np.linalg.norm(x))
        estimate = phi * np.linalg.norm((self.vt @ g.astype(float)) / np.hypot(self.s, phi * r_norm)) / self.norm
        return estimate / U, g_norm / (self.norm * r_norm) / U


def dense_problem(n, d, kappa, seed=1):
    """As bench/problem.hpp: A = G B, log-spaced singular values; b = A x and noise of a hundredth. By rows."""
    random = np.random.default_rng(seed)
    q, _ = np.linalg.qr(random.standard_normal((d, d)))
    a = random.standard_normal((n, d)) @ (np.logspace(0, -np.log10(kappa), d)[:, None] * q)
    noise = random.standard_normal(n)
    return a, a @ random.standard_normal(d) + 0.01 * np.sqrt(n) / np.linalg.norm(noise) * noise


def dense(akr, output, sizes, repeats):
    for n, d, kappa in sizes:
        a, b = dense_problem(n, d, kappa)
        contestants = [("libakr", lambda: akr.lsq(a, b)),
                       ("numpy.linalg.lstsq", lambda: np.linalg.lstsq(a, b, rcond=None)[0])]
        if linalg:
            for driver in ("gelsd", "gelsy"):
                contestants.append((f"scipy.linalg.lstsq {driver}",
                                    lambda driver=driver: linalg.lstsq(a, b, lapack_driver=driver)[0]))
        done = race(contestants, repeats)
        note = akr.note(b"method")
        error = LeastSquaresError(a, b, np.linalg.svd(np.linalg.qr(a, mode="r"))[1:])
        first = np.median(done["libakr"][1])
        for name, (x, seconds) in done.items():
            backward, stopping = error(x)
            output(f"dense {n} x {d}, {kappa:.0e}", {"rows": n, "cols": d, "kappa": kappa}, name, seconds, first,
                   backward, {"gradient_u": stopping}, note if name == "libakr" else "")


def sparse_problem(n, d, density, beta, seed=2):
    """CSR, n x d, normal numbers at random places, `density` of all. beta > 0: column j less beta times column j - 1,
    as in a difference scheme: cond(A) is about (1 + beta)/(1 - beta)."""
    random = np.random.default_rng(seed)
    count = round(n * density / (2 if beta else 1))  # in a column; the few that meet in one place are added up
    a = sparse.csc_matrix((random.standard_normal(count * d), random.integers(0, n, count * d),
                           np.arange(0, count * d + 1, count)), shape=(n, d))
    if beta:
        a = a @ sparse.diags([np.ones(d), np.full(d - 1, -beta)], [0, 1], format="csc")
    a = a.tocsr()
    a.sum_duplicates()
    b = a @ random.standard_normal(d)
    noise = random.standard_normal(n)
    return a, b + 0.01 * np.linalg.norm(b) / np.linalg.norm(noise) * noise


def tolerance_for(solve, error, target, limit):
    """(tolerance, reached) such that solve(tolerance) has a backward error of at most `target`: the loosest of a few,
    each taken by what the last one gave. Where the solver stalls before, the tolerance of its best answer."""
    tolerance, best, floor = 1e-10, (np.inf, 1e-10), 1e-16  # at u they stop whatever they are told
    for _ in range(6):
        x, iterations = solve(tolerance)
        reached = error(x)[0]
        print(f"    tolerance {tolerance:.1e}: {iterations} iterations, {reached:.3g} u", flush=True)
        if reached <= target:
            return tolerance, True
        if reached > 0.9 * best[0]:  # a smaller one does not help any more
            return best[1], False
        best = (reached, tolerance)
        if iterations >= limit or tolerance == floor:
            break
        tolerance = max(tolerance * min(0.5 * target / reached, 0.3), floor)
    return best[1], False


def sparse_race(akr, output, problems, repeats):
    if not sparse_linalg:
        return
    for n, d, density, beta in problems:
        a, b = sparse_problem(n, d, density, beta)
        values, vectors = np.linalg.eigh((a.T @ a).toarray())
        error = LeastSquaresError(a, b, (np.sqrt(values), vectors.T))
        kappa = float(np.sqrt(values[-1] / values[0]))
        title, limit = f"sparse {n} x {d}, {kappa:.1f}", 20 * d
        print(f"  {title}: {a.nnz} nonzeros, condition number {kappa:.3g}")
        target = error(akr.lsq_sparse(a, b))[0]
        print(f"  libakr reaches {target:.3g} u; tolerances for the same:")
        solvers = {  # of what they return the solution is number 0, the iterations number 2
            "lsqr": lambda t: sparse_linalg.lsqr(a, b, atol=t, btol=t, conlim=0, iter_lim=limit)[:3:2],
            "lsmr": lambda t: sparse_linalg.lsmr(a, b, atol=t, btol=t, conlim=0, maxiter=limit)[:3:2],
        }
        contestants = [("libakr", lambda: akr.lsq_sparse(a, b))]
        notes, iterations = {}, {}

        def entry(name, title, tolerance):
            def run():
                x, iterations[title] = solvers[name](tolerance)
                return x
            return title, run

        for name in solvers:
            print(f"  {name}:")
            tolerance, reached = tolerance_for(solvers[name], error, target, limit)
            found = f"{name}, same error" if reached else f"{name}, as far as it goes"
            contestants.append(entry(name, found, tolerance))
            notes[found] = f"tolerance {tolerance:.1e}"
            contestants.append(entry(name, f"{name}, its defaults", 1e-6))
            notes[f"{name}, its defaults"] = "tolerance 1e-6"
        done = race(contestants, repeats)
        notes["libakr"] = akr.note(b"method")
        first = np.median(done["libakr"][1])
        for name, (x, seconds) in done.items():
            backward, stopping = error(x)
            note = notes[name] + (f", {iterations[name]} iterations" if name in iterations else "")
            output(title, {"rows": n, "cols": d, "nonzeros": int(a.nnz), "kappa": kappa}, name, seconds, first,
                   backward, {"gradient_u": stopping}, note)


def kernel_problem(kind, n, seed=3):
    """Points and values as in bench/kernel.cpp: hard, random directions of length 2 in 8 dimensions, whose spectrum
    falls slowly; easy, positions in a hall behind ten smooth features."""
    random = np.random.default_rng(seed)
    if kind == "hard":
        points = random.standard_normal((n, 8))
        points *= 2 / np.linalg.norm(points, axis=1)[:, None]
    else:
        u, v = random.random((2, n))
        f = np.arange(1, 11) / 4.0
        points = 0.4 * np.where(np.arange(10) % 2 == 0, np.cos(3 * np.outer(u, f) + v[:, None]),
                                np.sin(2 * np.outer(v, f) - u[:, None]))
    return np.ascontiguousarray(points), random.standard_normal(n)


def kernel_errors(points, scale, ridge, b, answers):
    """||b - (K + ridge I) x|| / ((||K|| + ridge) ||x|| + ||b||) of each answer, in u, K made again in extended
    precision; ||K|| by its lower bound ||K 1|| / sqrt(n), as akr.h has it."""
    wide = points.astype(WIDE)
    columns = np.column_stack([np.ones(len(b))] + answers).astype(WIDE)
    product = np.vstack([np.exp(scale * (wide[i:i + 512] @ wide.T)) @ columns for i in range(0, len(b), 512)])
    norm = np.linalg.norm(product[:, 0].astype(float)) / np.sqrt(len(b))
    out = []
    for j, x in enumerate(answers, 1):
        r = np.linalg.norm((b - product[:, j] - ridge * columns[:, j]).astype(float))
        out.append(r / ((norm + ridge) * np.linalg.norm(x) + np.linalg.norm(b)) / U)
    return out


def kernel(akr, output, problems, repeats):
    scale = 1.0

    def precomputed(points):
        return np.exp(scale * (points @ points.T))

    for kind, n, ridge in problems:
        points, b = kernel_problem(kind, n)
        contestants = [("libakr", lambda: akr.kernel(points, scale, ridge, b))]
        if kernel_ridge:
            contestants.append(("sklearn KernelRidge, precomputed", lambda: kernel_ridge.KernelRidge(
                alpha=ridge, kernel="precomputed").fit(precomputed(points), b).dual_coef_))
        contestants.append(("numpy.linalg.solve(K + mu I)",
                            lambda: np.linalg.solve(precomputed(points) + ridge * np.eye(n), b)))
        done = race(contestants, repeats)
        note = akr.note(b"kernel.precond")
        errors = kernel_errors(points, scale, ridge, b, [x for x, _ in done.values()])
        first = np.median(done["libakr"][1])
        for (name, (_, seconds)), error in zip(done.items(), errors):
            output(f"kernel {kind}, n {n}, mu {ridge:g}", {"rows": n, "cols": points.shape[1], "ridge": ridge}, name,
                   seconds, first, float(error), {}, note if name == "libakr" else "")


def main():
    akr = Akr(ARGUMENTS.library, ARGUMENTS.threads)
    if np.finfo(WIDE).eps > 1e-17:
        print("no extended precision here: backward errors below 1 u mean nothing")
    versions = {"python": sys.version.split()[0], "numpy": np.__version__}
    for name in ("scipy", "sklearn"):
        if name in sys.modules:
            versions[name] = sys.modules[name].__version__
    blas = blas_of_numpy()
    load = os.getloadavg()[0]
    print(akr.lib.akr_build_info().decode())
    print(", ".join(f"{k} {v}" for k, v in versions.items()) +
          f"; their BLAS: {blas}; threads {ARGUMENTS.threads}; load {load:.1f}")
    output = Output(ARGUMENTS.out, {"threads": ARGUMENTS.threads, **versions, "blas": blas, "load": load})
    quick = ARGUMENTS.quick
    repeats = ARGUMENTS.repeats or (3 if quick else 5)
    if ARGUMENTS.only in (None, "dense"):
        dense(akr, output, [(20000, 100, 1e6)] if quick else
              [(100000, 200, 1e2), (100000, 200, 1e6), (100000, 200, 1e10), (100000, 500, 1e6), (3000, 1000, 1e6)],
              repeats)
    if ARGUMENTS.only in (None, "sparse"):
        sparse_race(akr, output, [(20000, 300, 0.01, 0.95)] if quick else
                    [(200000, 2000, 0.01, 0), (200000, 2000, 0.01, 0.98)], min(repeats, 3))
    if ARGUMENTS.only in (None, "kernel"):
        kernel(akr, output, [("hard", 1500, 0.1), ("easy", 2000, 0.01)] if quick else
               [("hard", 4000, 0.1), ("hard", 8000, 0.1), ("easy", 4860, 0.01)], repeats)


if __name__ == "__main__":
    main()
