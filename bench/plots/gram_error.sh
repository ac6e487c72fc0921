#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# docs/guide/gram-error.svg: the error of Gram powers against the condition number, from akr_bench_gram --errors.
#   bench/plots/gram_error.sh PROGRAM
# Needs gnuplot.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
data=$(mktemp)
trap 'rm -f "$data"' EXIT
"$1" --errors "$data"
gnuplot <<END
set terminal svg size 900,640 font 'sans-serif,12' background 'white'
set output '$root/docs/guide/gram-error.svg'
set multiplot layout 2,3 margins 0.08,0.985,0.09,0.93 spacing 0.055,0.11
set logscale xy
set format x '1e%T'
set format y '1e%T'
set xrange [1:1e9]
set yrange [3e-17:3]
unset mxtics
unset mytics
set grid
do for [r = 0:1] {
  do for [j = 1:3] {
    set title sprintf('%s, j = %d', r == 0 ? "b = (AᵀA)ʲ x" : 'random b', j)
    set xlabel (r == 1 ? 'condition number' : '')
    set ylabel (j == 1 ? 'relative error of x' : '')
    if (r == 0 && j == 1) { set key top left reverse Left } else { unset key }
    plot '$data' index (2 * (j - 1) + r) using 1:6 with linespoints lw 2 pt 5 ps 0.4 title 'dsyrk, dpotrf, dpotrs', \
      '' index (2 * (j - 1) + r) using 1:4 with linespoints lw 2 pt 7 ps 0.4 title 'recursion', \
      '' index (2 * (j - 1) + r) using 1:5 with linespoints lw 2 pt 9 ps 0.4 title 'factor', \
      '' index (2 * (j - 1) + r) using 1:7 with linespoints lw 2 pt 13 ps 0.4 title 'doubled residuals'
  }
}
unset multiplot
END
echo "wrote docs/guide/gram-error.svg"
