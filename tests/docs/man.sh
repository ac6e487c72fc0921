#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The manual pages say nothing that a formatter would warn of.   man.sh DOCS/MAN
set -eu
cd "$1"
tools=
command -v mandoc >/dev/null && tools="$tools mandoc"
command -v groff >/dev/null && tools="$tools groff"
[ -n "$tools" ] || { echo 'skipped: neither mandoc nor groff is installed'; exit 77; }

warnings=$(for page in *.[1-9]; do
  if [ "$(head -c 4 "$page")" = '.so ' ]; then
    target=$(sed 's|^\.so man3/||' "$page")
    [ -e "$target" ] || echo "$page: leads to $target, which is not there"
    continue
  fi
  for tool in $tools; do
    case $tool-$page in
    mandoc-*.1) ;; # its lines are longer than mandoc's style has them
    mandoc-*) mandoc -T lint "$page" ;;
    groff-*) groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null | sed "s|^|$page: |" ;;
    esac || true
  done
done)
[ -z "$warnings" ] || { echo "$warnings"; exit 1; }
echo "looked at by:$tools"
