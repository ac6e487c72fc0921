#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The header alone, in every dialect, with every warning an error.   dialects.sh gcc|clang INCLUDE_DIR
set -u
compiler=$1
include=$2
command -v "$compiler" >/dev/null || { echo "skipped: $compiler is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '#include <akr.h>' >"$work/alone.c"
printf '#include <akr.h>\n#include <akr.h>\nint main(void) { return AKR_OK; }\n' >"$work/twice.c"
warnings='-Wall -Wextra -pedantic -Werror -Wundef -Wshadow -Wconversion'
tried=0 failed=0

try() { # compiler and its options; the file
  tried=$((tried + 1))
  # -Wno-long-long: <stdint.h> itself needs it before C99 and C++11
  "$@" >"$work/log" 2>&1 || { failed=$((failed + 1)); echo "failed: $*"; head -5 "$work/log"; }
}

for file in alone twice; do
  for std in c89 c99 c11 c17; do
    try "$compiler" -x c -std=$std $warnings -Wstrict-prototypes -Wmissing-prototypes -Wno-long-long \
      -I"$include" -fsyntax-only "$work/$file.c"
  done
  for std in c++98 c++11 c++14 c++17 c++20; do
    try "$compiler" -x c++ -std=$std $warnings -Wno-long-long -I"$include" -fsyntax-only "$work/$file.c"
  done
done
echo "$tried compilations, $failed failed"
[ "$tried" -gt 0 ] && [ "$failed" -eq 0 ]
