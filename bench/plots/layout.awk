# SPDX-License-Identifier: BSD-3-Clause
# For bench/plots/sweeps.sh: the gnuplot settings that depend on the data. Reads the files akr, dgels and normal, lines
# of x, median, quartiles, method; prints ranges, tics, the names of the curves beside their last points, moved apart
# where those are close, and along the bottom what method = auto took. threads = 1: x is a number of threads.

# At 1, 2 and 5 times powers of ten; where these are many, names only at the powers, and of a condition number at each
# other one.
function tics(axis, low, high,    many, power, i, v, names) {
  many = log(high / low) / log(10) > (axis == "x" ? 2.4 : 2)
  for (power = -9; power < 20; ++power) {
    for (i = 1; i <= 3; ++i) {
      v = substr("125", i, 1) * 10 ^ power
      if (v < low * 0.999 || v > high * 1.001) continue
      if (axis == "x" && high > 1e8) {
        if (i == 1 && power % 2 == 0) names = names sprintf(", \"10^{%d}\" %g", power, v)
      } else if (i == 1 || !many) {
        names = names sprintf(", \"%.10g\" %.10g", v, v)
      } else {
        names = names sprintf(", \"\" %.10g 1", v)
      }
    }
  }
  return "set " axis "tics (" substr(names, 3) ")"
}

function name_curves(    gap, n, c, lowest, done, y, placed, text) {
  gap = (high / low) ^ (1 / 15)  # a line of text
  for (n = 0; n < 3; ++n) {      # from below
    lowest = ""
    for (c in end_y) if (!(c in done) && (lowest == "" || end_y[c] < end_y[lowest])) lowest = c
    if (lowest == "") return
    done[lowest] = 1
    y = end_y[lowest]
    if (n && y < placed * gap) y = placed * gap
    placed = y
    text = lowest == "akr" ? "{/:Bold libakr}" : lowest == "normal" ? "normal equations" : lowest
    if (end_x[lowest] < last) text = text "\\n(break down beyond)"
    printf "set label \"%s\" at %g,%g left offset 1.1,0\n", text, end_x[lowest], y
  }
}

# A name that would run into the next stands a line higher.
function name_methods(    p, border, text, level, next_border) {
  for (p = 1; p <= points; ++p) {
    if (p > 1 && took[p] == took[p - 1]) continue
    border = p > 1 ? sqrt(x[p] * x[p - 1]) : first / wide
    for (next_border = p + 1; next_border <= points && took[next_border] == took[p]; ++next_border) continue
    next_border = next_border > points ? 1e300 : sqrt(x[next_border] * x[next_border - 1])
    text = (p == 1 ? "auto: " : "") took[p]
    level = border * (last / first) ^ (0.019 * (length(text) + 1)) > next_border ? 0.105 : 0.04
    if (p > 1) {
      printf "set arrow from %g, graph 0 to %g, graph 0.08 nohead lc rgb \"#666666\" lw 1.5\n", border, border
    }
    printf "set label \"%s\" at %g, graph %g left offset 0.5,0 font \",14\" tc rgb \"#333333\"\n", text, border, level
  }
}

FNR == 1 {
  curve = FILENAME
  sub(".*/", "", curve)
  ideal = !ideal || $1 * $2 < ideal ? $1 * $2 : ideal
}
{
  if (!count++) { low = high = $2; first = last = $1 }
  if ($3 < low) low = $3
  if ($4 > high) high = $4
  if ($1 < first) first = $1
  if ($1 > last) last = $1
  end_x[curve] = $1
  end_y[curve] = $2
  if (curve == "akr") { x[++points] = $1; took[points] = $5 }
}
END {
  if (!count) exit
  if (threads && ideal / last < low) low = ideal / last  # where the dotted lines end
  low /= (high / low) ^ 0.16 * 1.3  # room for the methods
  high *= 1.25
  wide = last > first ? (last / first) ^ 0.03 : 2
  printf "set xrange [%g:%g]\nset yrange [%g:%g]\n", first / wide, last * wide, low, high
  if (threads) {
    for (v = 1; v <= last; v *= 2) names = names ", " v
    print "set xtics (" substr(names, 3) ")"
  } else {
    print tics("x", first, last)
  }
  print tics("y", low, high)
  name_curves()
  name_methods()
}
