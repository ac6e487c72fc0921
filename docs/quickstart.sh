#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# From a fresh clone on Debian 12 to a solved problem: installs what is missing, builds, installs, solves.
#
#   sh docs/quickstart.sh [PREFIX]      PREFIX: where to install [./build/quickstart/prefix]
#
# Running it again is quick and changes nothing.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
case ${1:-} in
-h | --help)
  sed -n '3,7s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
esac
build=$root/build/quickstart
prefix=${1:-$build/prefix}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
. tests/tools/packages.sh
here() { echo "${1#"$root"/}"; } # paths below the tree are shown short; this script runs in the tree

# Runs a step quietly; shows what it said when it fails.
step() {
  what=$1
  shift
  started=$(date +%s)
  printf '%s ... ' "$what"
  mkdir -p "$build"
  if "$@" >"$build/log" 2>&1; then
    echo "done ($(($(date +%s) - started)) s)"
  else
    echo failed
    tail -40 "$build/log"
    echo "All of it is in $build/log."
    exit 1
  fi
}

ensure_packages $packages_build
step 'Configuring' cmake -S . -B "$build" -G Ninja -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX="$prefix"
step 'Building (a minute or three the first time)' cmake --build "$build"
step "Installing into $(here "$prefix")" cmake --install "$build"

data=docs/examples/data
echo
echo 'A least-squares problem that is shipped: gravity measurements, 1033 equations in 320 unknowns.'
echo "\$ akr lsq $data/well1033.mtx $data/well1033_rhs1.mtx -o $(here "$build")/x.txt --progress"
"$prefix/bin/akr" lsq "$data/well1033.mtx" "$data/well1033_rhs1.mtx" -o "$build/x.txt" --progress
echo
echo 'That took Householder QR, the quickest for so small a matrix. The same by sketching and preconditioning:'
echo "\$ akr lsq $data/well1033.mtx $data/well1033_rhs1.mtx -o $(here "$build")/y.txt --method sketch --progress"
"$prefix/bin/akr" lsq "$data/well1033.mtx" "$data/well1033_rhs1.mtx" -o "$build/y.txt" --method sketch --progress
echo
echo "The solution is in $(here "$build/x.txt"). Next: your own data, with  $(here "$prefix")/bin/akr help lsq"
echo 'or a program of yours: docs/examples/lsq.c shows how, include/akr.h is the manual; bash tests/run.sh --quick tests it.'

libdir=$(dirname "$(dirname "$(find "$prefix" -path '*/pkgconfig/akr.pc' | head -1)")")
echo
echo 'A new shell has to be told where libakr is, for the shell itself, pkg-config and the loader:'
echo "export PATH=$prefix/bin:\$PATH"
echo "export PKG_CONFIG_PATH=$libdir/pkgconfig\${PKG_CONFIG_PATH:+:\$PKG_CONFIG_PATH}"
echo "export LD_LIBRARY_PATH=$libdir\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
