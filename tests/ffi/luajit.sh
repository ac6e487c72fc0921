#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# LuaJIT reads akr.h itself: a parser of plain C is enough for it.   luajit.sh LIBRARY SOURCE_DIR WORK_DIR
set -eu
command -v luajit >/dev/null || { echo 'skipped: luajit is not installed'; exit 77; }
PYTHONPATH=$2/tests/tools python3 -c '
import akr_header, sys
sys.stdout.write(akr_header.without_preprocessor(akr_header.read(sys.argv[1])))' "$2/include/akr.h" >"$3/akr.cdef"
luajit "$2/tests/ffi/smoke.lua" "$1" "$3/akr.cdef"
