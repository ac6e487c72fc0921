#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# docs/guide/radio-map.svg: the signal of an access point in an office, from 4860 measurements at 81 places to
# everywhere, by `akr kernel`.
#   bench/plots/radio_map.sh AKR [ACCESS_POINT]
# Needs gnuplot. Prints the error at 27 places that were not fitted beside that of a plain ridge regression on the same
# features.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
akr=$1 point=${2:-3}
data=$root/tests/data/radiomap
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# x,y[,value] to cosines and sines of the position, and the value.
features() {
  awk -F, -v OFS=, '{ out = ""
    for (k = 1; k <= 2; ++k) for (a = 1; a <= 2; ++a) out = out cos(k * $a / 20) OFS sin(k * $a / 20) OFS
    print (NF > 2 ? out $3 : substr(out, 1, length(out) - 1)) }'
}
# Where it was heard: -200 dBm means not heard.
heard() { awk -F, -v OFS=, -v p="$point" '$(2 + p) > -200 { print $1, $2, $(2 + p) }' "$data/$1.csv"; }
heard train >"$work/train.csv"
heard test >"$work/test.csv"
features <"$work/train.csv" >"$work/fit.csv"
"$akr" kernel fit "$work/fit.csv" --target -1 --scale 1 --ridge 50 --centre --header no -o "$work/model" --no-progress
values() { # x,y lines to x y value
  cut -d, -f1,2 "$1" | features >"$work/queries.csv"
  "$akr" kernel predict "$work/model" "$work/queries.csv" --header no -o "$work/values.txt" -q --no-progress
  cut -d, -f1,2 --output-delimiter=' ' "$1" | paste -d' ' - "$work/values.txt"
}
values "$work/test.csv" >"$work/tested"
cut -d, -f3 "$work/test.csv" | paste -d' ' "$work/tested" - |
  awk '{ e += ($3 - $4) ^ 2 } END { printf "test error, kernel: %.2f dB\n", sqrt(e / NR) }'
features <"$work/test.csv" >"$work/linear.csv"
"$akr" lsq "$work/fit.csv" --target -1 --ridge 0.01 --intercept --header no -o "$work/w.csv" -q
awk -F, 'NR == FNR { w[FNR] = $1; next }
  { y = w[9]; for (k = 1; k <= 8; ++k) y += w[k] * $k; e += (y - $9) ^ 2; ++n }
  END { printf "test error, ridge:  %.2f dB\n", sqrt(e / n) }' "$work/w.csv" "$work/linear.csv"
awk 'BEGIN { for (x = -0.5; x <= 27.5; x += 0.25) for (y = -0.5; y <= 6.5; y += 0.25) print x "," y }' >"$work/grid.csv"
values "$work/grid.csv" | awk 'NR > 1 && $1 != last { print "" } { last = $1; print }' >"$work/map"
sort -u -t, -k1,2 "$work/train.csv" | tr , ' ' >"$work/places"
sort -u -t, -k1,2 "$work/test.csv" | tr , ' ' >"$work/others"
gnuplot <<END
set terminal svg size 900,330 font 'sans-serif,12' background 'white'
set output '$root/docs/guide/radio-map.svg'
set view map
set size ratio -1
set xrange [-0.5:27.5]
set yrange [-0.5:6.5]
set xlabel 'x, m'
set ylabel 'y, m'
set cblabel 'signal, dBm'
set palette defined (0 '#2c3e94', 0.35 '#3fa0a8', 0.7 '#e8d14c', 1 '#d7492e')
set key outside top center horizontal
set contour base
set cntrparam levels incremental -100, 4, 0
unset clabel
plot '$work/map' using 1:2:3 with image notitle, \
  '$work/places' using 1:2 with points pt 7 ps 0.35 lc 'black' title 'measured and fitted', \
  '$work/others' using 1:2 with points pt 6 ps 0.6 lc 'black' title 'measured, left for the test'
END
echo "wrote docs/guide/radio-map.svg"
