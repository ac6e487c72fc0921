#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every check of libakr, from a fresh clone on Debian 12: installs what is missing, builds under build/, tests.
#
#   bash tests/run.sh            packages, plain suite, two sanitizer builds (25 minutes on 2 cores at most)
#   bash tests/run.sh --quick    plain build, the tests labelled quick (under 2 minutes once it is built)
#   bash tests/run.sh --long     the default, and the tests labelled slow, cppcheck, clang and clang-tidy
#   bash tests/run.sh --all      --long, with every runtime for the bindings installed first, and aarch64 emulated
#
# The last line is "N passed, N failed, N skipped"; the exit status is 0 only if nothing failed. Each skipped test is
# listed with its reason. JOBS=n bounds the processes at work [the processors].
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit
mode=${1:-default}
case $mode in
default | --quick | --long | --all) ;;
*)
  sed -n '3,11s/^# \{0,1\}//p' "$0"
  exit 2
  ;;
esac
jobs=${JOBS:-$(nproc)}
build=$root/build
logs=$build/logs
rm -rf "$logs"
mkdir -p "$logs"
. tests/tools/packages.sh

passed=0 failed=0 skipped=0
summary=()
problems=()

# stage NAME COMMAND...: runs it into a log, prints the minutes it took; what it says is shown when it fails.
stage() {
  local name=$1 started=$SECONDS outcome=ok log=${1,,}
  log=$logs/${log//[^a-z0-9]/-}.log
  shift
  printf '%-44s ' "$name"
  "$@" >"$log" 2>&1
  local code=$?
  case $code in
  0) ;;
  77) outcome=skipped ;;
  *) outcome=FAILED ;;
  esac
  local minutes
  minutes=$(awk -v s=$((SECONDS - started)) 'BEGIN { printf "%.1f", s / 60 }')
  printf '%s, %s min\n' "$outcome" "$minutes"
  summary+=("$(printf '%-44s %-7s %5s min' "$name" "$outcome" "$minutes")")
  if [ $outcome = FAILED ]; then
    problems+=("$name: $log")
    tail -60 "$log"
    return 1
  fi
  if [ $outcome = skipped ]; then tail -1 "$log"; fi
  return $code
}

# A stage that is one check of its own; one that ends with 77 is skipped.
check() {
  stage "$@"
  case $? in
  0) passed=$((passed + 1)) ;;
  77) skipped=$((skipped + 1)) ;;
  *)
    failed=$((failed + 1))
    return 1
    ;;
  esac
}

build_tree() { # folder, targets (all when empty), cmake arguments
  local folder=$1 targets=$2
  shift 2
  cmake -S . -B "$build/$folder" -G Ninja "$@" || return 1
  # shellcheck disable=SC2086 # targets are words
  cmake --build "$build/$folder" -j "$jobs" ${targets:+--target $targets}
}

run_ctest() { # folder, ctest arguments
  local folder=$1
  shift
  rm -f "$build/$folder/junit.xml"
  (cd "$build/$folder" && ctest -j "$jobs" --output-on-failure --no-tests=error --output-junit junit.xml "$@")
}

# tests NAME FOLDER ARGUMENTS...: a ctest run; its tests are counted one by one.
tests() {
  local name=$1 folder=$2 status counts p f s
  shift 2
  stage "$name" run_ctest "$folder" "$@"
  status=$?
  if ! counts=$(python3 tests/tools/count_tests.py "$build/$folder/junit.xml"); then
    failed=$((failed + 1))
    return 1
  fi
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  tail -n +2 <<<"$counts"
  # ctest may fail although no test did (a broken fixture, a bad argument): that counts too.
  if [ $status -ne 0 ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); fi
  return $status
}

# Node's foreign-function interface, into the build folder: Debian has no package of it. A machine without npm, or whose
# npm reaches no registry, does without, and the tests that need it are skipped.
ensure_koffi() {
  if [ -d "$build/node/node_modules/koffi" ]; then return 0; fi
  if ! command -v npm >/dev/null; then
    echo 'skipped: npm is not installed'
    return 77
  fi
  npm install --prefix "$build/node" --no-audit --no-fund --fetch-retries=1 koffi@2 && return 0
  rm -rf "$build/node"
  echo 'skipped: npm could not fetch koffi'
  return 77
}

formatted() {
  command -v clang-format >/dev/null || return 0
  find src capi include tests bench docs -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.c' |
    grep -v '^tests/abi/released/' | xargs clang-format --dry-run -Werror
}

# Warnings of either tool are failures; exceptions stand beside the line, with the reason.
cppcheck_clean() {
  cppcheck --quiet --enable=warning,performance,portability --inline-suppr --std=c++17 --language=c++ -I src -I include \
    -j "$jobs" --error-exitcode=1 src capi
}
clang_tidy_clean() {
  run-clang-tidy -quiet -p "$build/clang" -j "$jobs" "$root/(src|capi)/.*" >"$logs/tidy.txt" 2>&1
  if grep -E 'warning:|error:' "$logs/tidy.txt"; then return 1; fi
}

finish() {
  echo
  printf '%s\n' "${summary[@]}"
  if [ ${#problems[@]} -gt 0 ]; then
    echo
    printf 'failed: %s\n' "${problems[@]}"
  fi
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
}

wanted="$packages_build $packages_test"
case $mode in
--long) wanted="$wanted $packages_long" ;;
--all) wanted="$wanted $packages_long $packages_all" ;;
esac
# shellcheck disable=SC2086 # packages are words
check 'packages' ensure_packages $wanted || finish
[ $mode = --all ] && check 'koffi' ensure_koffi
export NODE_PATH=$build/node/node_modules${NODE_PATH:+:$NODE_PATH}
check 'format' formatted

plain='-DAKR_WERROR=ON'
if [ $mode = --quick ]; then
  check 'build (quick targets)' build_tree plain \
    'akr akr_static akr_cli akr_constants akr_unit_tests akr_capi_tests' $plain || finish
  tests 'quick suite' plain -L '^quick$'
  finish
fi

check 'build' build_tree plain '' $plain || finish
if [ $mode = default ]; then
  tests 'plain suite' plain -LE '^slow$'
else
  tests 'plain suite, with slow tests' plain
fi

# The sanitizers see our own code only: OpenBLAS, LAPACKE and FFTW are not instrumented. -O1 and -g1 halve the time to build.
sanitized=(-DAKR_BUILD_STATIC=OFF -DAKR_BUILD_CLI=OFF '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1')
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
faults='akr_allocation_faults_tests akr_callback_faults_tests akr_kernel_faults_test akr_memory_tests'
if check 'build with ASan and UBSan' build_tree asan "akr_unit_tests akr_capi_tests akr_fuzzers $faults" \
  "${sanitized[@]}" -DAKR_SANITIZE=address,undefined; then
  tests 'unit, capi, fuzz, faults with ASan and UBSan' asan -L '^(unit|capi|fuzz|faults)$'
fi

# One BLAS thread: what OpenBLAS's own threads hand each other is synchronised where the sanitizer cannot see it.
if check 'build with TSan' build_tree tsan 'akr_threads_tests' "${sanitized[@]}" -DAKR_SANITIZE=thread; then
  OPENBLAS_NUM_THREADS=1 TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
    tests 'two threads with TSan' tsan -L '^threads$'
fi
if [ $mode = --long ] || [ $mode = --all ]; then
  check 'ten minutes of each fuzzer' tests/fuzz/long.sh "$build/fuzz" 600
  check 'cppcheck' cppcheck_clean
  if check 'build with clang' build_tree clang '' $plain -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++; then
    tests 'quick suite with clang' clang -L '^quick$'
    check 'clang-tidy' clang_tidy_clean
  fi
fi
if [ $mode = --all ]; then check 'unit and capi on aarch64, emulated' tests/aarch64/run.sh "$build/aarch64" "$jobs"; fi
finish
