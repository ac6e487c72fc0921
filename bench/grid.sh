#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# method = auto over a grid of n, d and the condition number, against each of its methods and dgels in turns. Says where
# it took more than 1.15 times the best of its methods or more than 1.1 times dgels; all figures go to grid.jsonl.
#   bench/grid.sh [--quick] PROGRAM FOLDER        PROGRAM: akr_bench_lsq
set -eu
quick=
if [ "${1-}" = --quick ]; then
  quick=1
  shift
fi
program=$1 folder=$2
mkdir -p "$folder"
file=$folder/grid.jsonl
rm -f "$file"
grid() { # repeats, condition numbers, methods, sizes
  "$program" --brief --pause 0.04 --json "$file" --repeats "$1" --kappas "$2" --methods "$3" --sizes "$4"
}
all=auto,cholesky,sketch,sketch-cholqr,qr
if [ -n "$quick" ]; then
  grid 3 1e2,1e6,1e12 $all 1000x10,1000x100,10000x10,10000x100
else
  grid 7 1 $all 1000x1,10000x1,100000x1,1000000x1
  grid 7 1e2,1e6,1e12 $all \
    1000x10,1000x100,1000x300,1000x1000,10000x10,10000x100,10000x300,30000x10,100000x10,100000x30,100000x100,1000000x10
  grid 5 1e2,1e6,1e12 $all 2000x100,2000x1000
  grid 3 1e2,1e6,1e12 $all 10000x1000,100000x300,1000000x30
  grid 2 1e6,1e12 $all 10000x4000
fi
# Of our lines: size, condition number, method taken, over the best, over dgels.
awk -F'[:,]' '
  {
    split("", v)
    for (i = 1; i < NF; i += 2) { key = $i; gsub(/[{" ]/, "", key); v[key] = $(i + 1); gsub(/[}" ]/, "", v[key]) }
    if (v["solver"] !~ /auto/) next
    cases++
    if (v["over_best"] > 1.15 || v["over_dgels"] > 1.1) {
      if (!misses++) print "over the best of its methods, over dgels, and what auto took:"
      printf "  %s x %s, %g: %.2f, %.2f, %s, %.3f ms\n", v["rows"], v["cols"], v["kappa"], v["over_best"], v["over_dgels"], v["method"], 1000 * v["seconds"]
    }
  }
  END { printf "%d of %d cases are beyond 1.15 times the best or 1.1 times dgels\n", misses, cases }' "$file"
