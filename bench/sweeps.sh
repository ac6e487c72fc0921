#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Least squares over a range of n, of d, of the condition number and of threads, for the pictures of
# docs/performance.md: one file of JSON lines each in FOLDER, sweep-n.jsonl and so on.
#   bench/sweeps.sh [--quick] PROGRAM FOLDER        PROGRAM: akr_bench_lsq
# The BLAS reads OPENBLAS_NUM_THREADS once, when it is loaded: each number of threads has a process of its own.
set -eu
quick=
if [ "${1-}" = --quick ]; then
  quick=1
  shift
fi
program=$1 folder=$2
sweep() { # name, arguments
  file=$folder/sweep-$1.jsonl
  shift
  "$program" --pause 0.04 --json "$file" "$@"
}
rm -f "$folder"/sweep-*.jsonl
if [ -n "$quick" ]; then
  repeats=3
  sweep n --repeats $repeats --kappas 1e6 --sizes 1000x100,4000x100,16000x100,64000x100
  sweep d --repeats $repeats --kappas 1e6 --sizes 20000x10,20000x30,20000x100,20000x300
  sweep kappa --repeats $repeats --sizes 20000x100 --kappas 1,1e4,1e8,1e12
  size=20000x200
else
  repeats=7
  sweep n --repeats $repeats --kappas 1e6 \
    --sizes 400x200,1000x200,2000x200,5000x200,10000x200,20000x200,50000x200,100000x200,200000x200
  sweep d --repeats $repeats --kappas 1e6 --sizes 50000x10,50000x20,50000x50,50000x100,50000x200,50000x500,50000x1000
  sweep d --repeats 3 --kappas 1e6 --sizes 50000x2000
  sweep kappa --repeats $repeats --sizes 100000x200 --kappas 1,1e2,1e4,1e6,1e7,1e8,1e10,1e12,1e14
  size=100000x500
fi
threads=1
while [ "$threads" -le "$(nproc)" ]; do
  OPENBLAS_NUM_THREADS=$threads sweep threads --threads "$threads" --repeats $repeats --kappas 1e6 --sizes $size
  threads=$((2 * threads))
done
