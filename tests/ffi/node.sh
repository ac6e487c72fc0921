#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Node has no foreign-function interface of its own; koffi is one.   node.sh LIBRARY
set -eu
command -v node >/dev/null || { echo 'skipped: node is not installed'; exit 77; }
node -e 'require("koffi")' 2>/dev/null || { echo 'skipped: the package koffi is not installed'; exit 77; }
exec node "$(dirname "$0")/smoke.cjs" "$1"
