#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reference solutions of Gram powers in 460-bit arithmetic; writes powers.txt beside itself.

A = G C, n = 2000, d = 40. G has entries +1 and -1 from a hash, rows 2i and 2i + 1 being equal; C holds multiples of 2^-52
so small that every entry of A is one too and below 1: A is exact in double whatever the order of summation. C is made so
that A has log-spaced singular values from 1 to 1/kappa, up to the rounding of C.

The tests make G, the right-hand sides of kind "random" and x_true from the same hash; C, the right-hand sides of kind
"image" and all solutions stand in the file as hexadecimal floating-point numbers:

    core KAPPA                    the 1600 entries of C, by columns, in units of 2^-52
    even random J                 x of (A'A)^J x = b
    even image J, then b, then x  the same for b = (A'A)^J x_true, rounded
    odd random J                  x of min ||A (A'A)^J x - b||
    odd image J, then w and h, then x   b = A w + 2^h (+r_i, -r_i) for rows 2i and 2i + 1, rounded; w = (A'A)^J x_true

Needs numpy (for C alone). Run time: a minute.
"""
import decimal
import os
from fractions import Fraction

import numpy

N, D, BITS = 2000, 40, 52
decimal.getcontext().prec = 140  # 465 bits
decimal.getcontext().Emin, decimal.getcontext().Emax = -99999, 99999
MASK = (1 << 64) - 1

CASES = [(1.0, range(1, 6)), (10.0, range(1, 6)), (1e2, range(1, 6)), (1e3, range(1, 6)), (1e4, range(1, 6)),
         (10 ** 4.5, [2]), (1e6, range(1, 6)), (1e9, [1]), (1e12, [1, 2])]


def mix(x):
    """splitmix64"""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def number(stream, i):
    """In (-1, 1), a multiple of 2^-31."""
    return ((mix((stream << 32) + i) >> 32) - (1 << 31)) / 2.0 ** 31


def signs():
    g = numpy.empty((N, D), dtype=numpy.int64)
    for i in range(N // 2):
        for j in range(D):
            g[2 * i, j] = g[2 * i + 1, j] = 1 if mix((1 << 32) + i * D + j) & 1 else -1
    return g


def core(g, kappa):
    random = numpy.random.default_rng(20231204)
    r = numpy.linalg.qr(g.astype(float), mode="r")
    u, _ = numpy.linalg.qr(random.standard_normal((D, D)))
    v, _ = numpy.linalg.qr(random.standard_normal((D, D)))
    sigma = kappa ** (-numpy.arange(D) / (D - 1))
    c = numpy.linalg.solve(r, u @ (sigma[:, None] * v))
    return numpy.rint(c * 2.0 ** BITS).astype(numpy.int64)


class Gram:
    """A'A = M 4^-52 as decimals, with its Cholesky factor."""

    def __init__(self, a):
        columns = [[int(v) for v in a[::2, j]] for j in range(D)]
        unit = decimal.Decimal(2) ** (1 - 2 * BITS)  # every row stands twice
        self.m = [[None] * D for _ in range(D)]
        for i in range(D):
            for j in range(i, D):
                s = sum(x * y for x, y in zip(columns[i], columns[j]))
                self.m[i][j] = self.m[j][i] = decimal.Decimal(s) * unit
        self.low = [[decimal.Decimal(0)] * D for _ in range(D)]
        for j in range(D):
            pivot = self.m[j][j] - sum(self.low[j][k] ** 2 for k in range(j))
            self.low[j][j] = pivot.sqrt()
            for i in range(j + 1, D):
                rest = self.m[i][j] - sum(self.low[i][k] * self.low[j][k] for k in range(j))
                self.low[i][j] = rest / self.low[j][j]

    def times(self, x):
        return [sum(self.m[i][j] * x[j] for j in range(D)) for i in range(D)]

    def solve(self, b):
        y = [None] * D
        for i in range(D):
            y[i] = (b[i] - sum(self.low[i][k] * y[k] for k in range(i))) / self.low[i][i]
        x = [None] * D
        for i in reversed(range(D)):
            x[i] = (y[i] - sum(self.low[k][i] * x[k] for k in range(i + 1, D))) / self.low[i][i]
        return x


def exact(x):
    numerator, denominator = x.as_integer_ratio()
    return decimal.Decimal(numerator) / decimal.Decimal(denominator)


def rounded(x):
    return [float(Fraction(v)) for v in x]


def line(values):
    return " ".join(float(v).hex() for v in values) + "\n"


def adjoint(a, b):
    """A'b, exactly, as decimals."""
    integers = [Fraction(v) for v in b]
    out = []
    for j in range(D):
        s = sum(int(v) * w for v, w in zip(a[:, j], integers))
        out.append(decimal.Decimal(s.numerator) / decimal.Decimal(s.denominator) / decimal.Decimal(2) ** BITS)
    return out


def main():
    g = signs()
    random_even = [number(2, i) for i in range(D)]
    random_odd = [number(3, i) for i in range(N)]
    x_true = [exact(number(4, i)) for i in range(D)]
    noise = [number(5, i) for i in range(N // 2)]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "powers.txt")
    with open(path, "w", encoding="ascii") as out:
        out.write("# made by generate.py\n")
        for kappa, powers in CASES:
            c = core(g, kappa)
            a = g @ c
            assert abs(a).max() < 2 ** BITS
            out.write(f"core {kappa!r}\n" + " ".join(str(v) for v in c.T.flatten()) + "\n")
            gram = Gram(a)
            for j in powers:
                def power(b):
                    for _ in range(j):
                        b = gram.solve(b)
                    return rounded(b)

                image = x_true
                for _ in range(j):
                    image = gram.times(image)
                image = rounded(image)
                out.write(f"even random {j}\n" + line(power([exact(v) for v in random_even])))
                out.write(f"even image {j}\n" + line(image) + line(power([exact(v) for v in image])))
                out.write(f"odd random {j}\n" + line(power(gram.solve(adjoint(a, random_odd)))))
                w = [Fraction(v) for v in image]
                b = [sum(int(v) * f for v, f in zip(a[2 * i], w)) / 2 ** BITS for i in range(N // 2)]
                largest = max(abs(v) for v in b)
                h = Fraction(largest).numerator.bit_length() - Fraction(largest).denominator.bit_length()
                both = []
                for i in range(N // 2):
                    r = Fraction(noise[i]) * Fraction(2) ** h
                    both += [float(b[i] + r), float(b[i] - r)]
                out.write(f"odd image {j}\n" + line(image) + f"{h}\n" + line(power(gram.solve(adjoint(a, both)))))


if __name__ == "__main__":
    main()
