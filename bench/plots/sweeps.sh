#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Time against n, d, the condition number and threads, from what bench/sweeps.sh wrote: n.svg, d.svg, kappa.svg and
# threads.svg.
#   bench/plots/sweeps.sh RESULTS [FOLDER]        RESULTS: the folder with sweep-*.jsonl; FOLDER: [docs/performance]
# Needs gnuplot. Curves: medians, with bars from the first quartile to the third.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
results=$1 folder=${2:-$root/docs/performance}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"

# Lines of flat JSON to x, median, quartiles and method of one solver; runs that broke down (no backward error) are left
# out.
points() { # file, key of x, solver
  awk -v x="$2" -v solver="$3" '
    function value(key) {
      if (!match($0, "\"" key "\": (\"[^\"]*\"|[^,}]*)")) return ""
      found = substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 4)
      gsub(/"/, "", found)
      return found
    }
    value("solver") == solver && value("backward_error_u") != "null" {
      method = value("method")
      print value(x), value("seconds"), value("seconds_q1"), value("seconds_q3"), method == "" ? "-" : method
    }' "$1" | sort -g
}

picture() { # name, key of x, title, label of x
  data=$results/sweep-$1.jsonl
  [ -s "$data" ] || return 0
  points "$data" "$2" 'akr auto' >"$work/akr"
  points "$data" "$2" 'dgels' >"$work/dgels"
  points "$data" "$2" 'normal equations' >"$work/normal"
  ideal=
  threads=0
  # From where each curve begins, down by the number of threads.
  [ "$1" != threads ] || for curve in dgels normal akr; do
    threads=1
    work_of_one=$(awk 'NR == 1 { print $1 * $2 }' "$work/$curve")
    ideal="$ideal $work_of_one / x with lines lc rgb '#888888' lw 1.5 dt 3 title 'time / threads',"
  done
  gnuplot <<END
set terminal svg size 860,520 font 'sans-serif,18' background 'white'
set output '$folder/$1.svg'
set title '$3' offset 0,-0.2
set xlabel '$4' offset 0,0.3
set ylabel 'seconds' offset 0.5,0
set logscale xy
set border 3 lc rgb '#333333'
set tics nomirror out
set grid xtics ytics lc rgb '#dddddd' lt 1 lw 1
set lmargin 9.5
set rmargin 20
set tmargin 2.5
set bmargin 3.7
unset key
$(awk -v threads="$threads" -f "$root/bench/plots/layout.awk" "$work/akr" "$work/dgels" "$work/normal")
set style line 1 lc rgb '#0072B2' lw 3 pt 7 ps 0.9
set style line 2 lc rgb '#D55E00' lw 3 pt 5 ps 0.8
set style line 3 lc rgb '#009E73' lw 3 pt 9 ps 1.1
plot $ideal '$work/dgels' using 1:2:3:4 with yerrorbars ls 2 lw 1.2 title 'dgels, quartiles', \\
  '' using 1:2 with linespoints ls 2 title 'dgels', \\
  '$work/normal' using 1:2:3:4 with yerrorbars ls 3 lw 1.2 title 'normal equations, quartiles', \\
  '' using 1:2 with linespoints ls 3 title 'normal equations', \\
  '$work/akr' using 1:2:3:4 with yerrorbars ls 1 lw 1.2 title 'libakr, quartiles', \\
  '' using 1:2 with linespoints ls 1 title 'libakr'
END
  echo "wrote $folder/$1.svg"
}

# What is the same in all lines of a sweep, for the titles; powers of ten as such.
same() { # name, key
  sed -nE "1s/.*\"$2\": ([^,}]*).*/\\1/p" "$results/sweep-$1.jsonl" | sed -E 's/^1e[+]0*([0-9]+)$/10^{\1}/'
}
picture n rows "Least squares, n × $(same n cols), κ = $(same n kappa): time against n" 'rows n'
picture d cols "Least squares, $(same d rows) × d, κ = $(same d kappa): time against d" 'columns d'
picture kappa kappa "Least squares, $(same kappa rows) × $(same kappa cols): time against κ" 'condition number κ'
picture threads threads \
  "Least squares, $(same threads rows) × $(same threads cols), κ = $(same threads kappa): time against threads" \
  'threads, of libakr and of the BLAS (dotted: time / threads)'
