#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds the benchmarks and runs least squares, Gram powers, kernels, then the sketches; all but the last go to one file of JSON
# lines too.
#   bench/run.sh [--quick] [output.jsonl]
# BUILD names the build folder. Run it on a quiet machine: the programs compare solvers in turns, but not with other work.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build-bench}
quick=
if [ "${1-}" = --quick ]; then
  quick=1
  shift
fi
output=${1:-$build/bench.jsonl}
cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DAKR_BUILD_BENCH=ON -DBUILD_TESTING=OFF >/dev/null
cmake --build "$build" --parallel "$(nproc)" >/dev/null
: >"$output"
if [ -n "$quick" ]; then
  "$build/bench/akr_bench_lsq" --sizes 20000x100,3000x300 --repeats 3 --json "$output"
  "$build/bench/akr_bench_gram" --sizes 20000x100 --repeats 3 --json "$output"
  "$build/bench/akr_bench_kernel" --attention 2048x64 --assembly 2048x64 --hard 2000 --easy 2000 --compare 1000 --repeats 1 --json "$output"
  "$build/bench/akr_bench_sketch" 20000 100 0 3
else
  "$build/bench/akr_bench_lsq" --repeats 5 --json "$output"
  "$build/bench/akr_bench_lsq" --sizes 100000x500 --methods sketch,sketch-cholqr,cholesky,qr --repeats 3 --json "$output"
  "$build/bench/akr_bench_gram" --repeats 5 --json "$output"
  "$build/bench/akr_bench_kernel" --repeats 5 --json "$output"
  "$build/bench/akr_bench_sketch"
fi
echo "wrote $output"
