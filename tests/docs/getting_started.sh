#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The commands of docs/guide/getting-started.md that install libakr, in a copy of the source tree, as they stand there:
# but for /usr/local, which is a folder of ours, and for what needs to be root.
#   getting_started.sh SOURCE_DIR WORK_DIR
set -eu
source=$1 work=$2
rm -rf "$work"
mkdir -p "$work/tree" "$work/prefix"
tar -C "$source" --exclude=./build --exclude=./build-bench --exclude=./.git -cf - . | tar -C "$work/tree" -xf -
cd "$work/tree"
count=0
while IFS= read -r line; do
  case $line in
  '    sudo '*) continue ;;
  '    cmake '* | '    cpack '* | '    bash docs/quickstart.sh'*) line=${line#    } ;;
  *) continue ;;
  esac
  line=${line//\/usr\/local/$work/prefix}
  line=${line/cmake --install build/DESTDIR=$work/root cmake --install build}
  echo "\$ $line"
  bash -euc "$line"
  count=$((count + 1))
done <docs/guide/getting-started.md
[ "$count" -ge 4 ] || { echo "$count commands were found: has the page another form?" >&2; exit 1; }
[ -x "$work/prefix/bin/akr" ] && ls build/packages/libakr1_*.deb build/packages/libakr-dev_*.deb build/packages/akr_*.deb
rm -rf "$work"
