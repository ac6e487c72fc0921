#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Builds the benchmarks and runs them all: the machine, passes over A, AᵀA, matrices on disk, least squares, Gram powers,
# kernels, sketches, what one types in Python, least squares over ranges of n, d, the condition number and threads; then
# draws the pictures.
#   bench/run.sh [--quick] [FOLDER]      --quick: two minutes once it is built; the full set takes about an hour
# FOLDER [results in the build folder] gets results.jsonl, a JSON object a line, sweep-*.jsonl, log.txt and *.svg.
# BUILD names the build folder, PYTHON a python3 that has numpy, scipy and sklearn. Run it on a quiet machine: the
# programs compare solvers in turns, but not with other work.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build-bench}
quick=
if [ "${1-}" = --quick ]; then
  quick=--quick
  shift
fi
folder=${1:-$build/results}
mkdir -p "$folder"
output=$folder/results.jsonl
log=$folder/log.txt
cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DAKR_BUILD_BENCH=ON -DBUILD_TESTING=OFF -DAKR_BUILD_CLI=OFF \
  -DAKR_BUILD_STATIC=OFF >/dev/null
cmake --build "$build" --parallel "$(nproc)" >/dev/null
: >"$output"
: >"$log"

# What a program says is shown and kept; a pipe's status is that of its end, so that of the program goes by a file.
ended=$(mktemp)
trap 'rm -f "$ended"' EXIT
run() { # title, command
  title=$1
  shift
  echo "== $title, $(date +%H:%M), load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)" | tee -a "$log"
  { "$@" 2>&1 && echo 0 >"$ended" || echo $? >"$ended"; } | tee -a "$log"
  [ "$(cat "$ended")" = 0 ] || {
    echo "$title: status $(cat "$ended")" >&2
    exit 1
  }
}
bench() { # name, arguments
  name=$1
  shift
  run "$name" "$build/bench/akr_bench_$name" --json "$output" "$@"
}

for isa in generic avx2 avx512; do
  AKR_ISA=$isa bench exp
done
if [ -n "$quick" ]; then
  bench machine --repeats 3 --gemm 1500
  bench pass --sizes 20000x100 --repeats 5
  bench gram_matrix --cols 30,100 --gflop 1 --repeats 3
  bench rows --rows 20000,40000 --cols 50 --repeats 1
  bench lsq --sizes 20000x100,3000x300 --repeats 3
  bench gram --sizes 20000x100 --repeats 3
  bench kernel --attention 2048x64 --assembly 2048x64 --hard 2000 --easy 2000 --compare 1000 --repeats 1
  run sketch "$build/bench/akr_bench_sketch" 20000 100 0 3
else
  bench machine
  bench pass
  bench pass --threads 1 --bits 64
  bench gram_matrix
  bench rows
  bench lsq --pause 0.04 --repeats 5 --sizes 100000x100,200000x200,100000x500,100000x1000
  bench lsq --pause 0.04 --repeats 2 --sizes 50000x2000
  bench lsq --pause 0.04 --repeats 1 --sizes 20000x4000
  bench lsq --pause 0.04 --repeats 5 --bits 32 --kappas 1e2,1e4 --sizes 100000x100,100000x500,100000x1000
  bench lsq --pause 0.04 --repeats 3 --rhs 64 --kappas 1e6 --sizes 100000x200
  bench lsq --pause 0.04 --repeats 3 --sizes 100000x500 --methods sketch,sketch-cholqr,cholesky,qr
  bench gram --repeats 5
  bench kernel --repeats 5
  run sketch "$build/bench/akr_bench_sketch"
fi

python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
  if "$candidate" -c 'import numpy' >/dev/null 2>&1; then
    python=$candidate
    break
  fi
done
if [ -n "$python" ]; then
  run 'Python' env LIBAKR="$build/capi/libakr.so.1" "$python" "$root/bench/peers.py" $quick --out "$output"
else
  echo 'Python: left out, no python3 with numpy (Debian: python3-numpy python3-scipy python3-sklearn)' | tee -a "$log"
fi

run 'grid' sh "$root/bench/grid.sh" $quick "$build/bench/akr_bench_lsq" "$folder"
run 'ranges' sh "$root/bench/sweeps.sh" $quick "$build/bench/akr_bench_lsq" "$folder"
if command -v gnuplot >/dev/null; then
  run 'pictures' sh "$root/bench/plots/sweeps.sh" "$folder" "$folder"
else
  echo 'pictures: left out, no gnuplot here (Debian: gnuplot-nox)' | tee -a "$log"
fi
echo "wrote $output"
