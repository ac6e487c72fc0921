#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The fuzzers as libFuzzer programs with ASan and UBSan (clang), each for so many seconds, from the corpus in the tree.
#   long.sh BUILD_FOLDER [SECONDS [TARGET...]]
# Prints a table of executions and coverage (edges of the target and the library); inputs that led to a finding stay in
# BUILD_FOLDER/TARGET. What was learnt is in BUILD_FOLDER/corpus/TARGET:
#   BUILD_FOLDER/tests/fuzz/akr_fuzz_TARGET -merge=1 tests/fuzz/corpus/TARGET BUILD_FOLDER/corpus/TARGET
set -uo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
seconds=${2:-600}
shift $(($# < 2 ? $# : 2))
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(api csr options csv matrix_market npy rows gzip model)
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DAKR_FUZZ=ON \
  -DAKR_SANITIZE=address,undefined -DAKR_BUILD_STATIC=OFF -DAKR_BUILD_CLI=OFF \
  '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g' || exit
cmake --build "$build" --target "${targets[@]/#/akr_fuzz_}" || exit
cd "$build" || exit
export UBSAN_OPTIONS=print_stacktrace=1
failed=0
table=()
for target in "${targets[@]}"; do
  mkdir -p "$target" "corpus/$target"
  "tests/fuzz/akr_fuzz_$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=4096 \
    -artifact_prefix="$target/" "corpus/$target" "$source/tests/fuzz/corpus/$target" >"$target/log" 2>&1 ||
    { failed=$((failed + 1)); grep -E 'found:|ERROR|runtime error' "$target/log" | head -3; }
  table+=("$(awk -v t="$target" '/cov:/ { for (i = 1; i < NF; ++i) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) }; runs = substr($1, 2) }
    END { printf "%-14s %9d executions, %6d edges, %6d features", t, runs, cov, ft }' "$target/log")")
done
printf '%s\n' "${table[@]}"
[ $failed -eq 0 ]
