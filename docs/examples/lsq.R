# SPDX-License-Identifier: BSD-3-Clause
# Least squares from R: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the report, provoke an
# error, cancel a solve.
#
#   PKG_CFLAGS=$(pkg-config --cflags akr) PKG_LIBS=$(pkg-config --libs akr) R CMD SHLIB lsq_r.c
#   Rscript lsq.R data/well1033.mtx data/well1033_rhs1.mtx
#
# lsq_r.c is the small piece of C between R and the library. An example, not a benchmark.
dyn.load(paste0("lsq_r", .Platform$dynlib.ext))

report_get <- function(report, key) .Call("lsq_get", report, key)

# list(x, status); an error of the library's is one of R's. `progress` may look at the report so far; TRUE cancels.
solve_least_squares <- function(matrix, b, cols, report, progress = NULL)
  .Call("lsq_solve", matrix, as.double(b), cols, report, progress)

# The numbers of a Matrix Market file behind its comments.
market_numbers <- function(path) scan(path, comment.char = "%", quiet = TRUE)

# Column by column, counted from 1: what the package Matrix has in a dgCMatrix, whose p and i count from 0.
read_matrix <- function(path) {
  numbers <- market_numbers(path)
  size <- numbers[1:3]
  entries <- matrix(numbers[-(1:3)], nrow = 3)
  stopifnot(ncol(entries) == size[3])
  entries <- entries[, order(entries[2, ], entries[1, ]), drop = FALSE]
  list(rows = size[1], cols = size[2], start = c(1L, 1L + cumsum(tabulate(entries[2, ], size[2]))),
       row = as.integer(entries[1, ]), value = entries[3, ])
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) stop("usage: lsq.R MATRIX.mtx RIGHT_HAND_SIDE.mtx")
version <- .Call("lsq_version")
cat(sprintf("libakr %d.%d.%d\n", version %/% 10000L, version %/% 100L %% 100L, version %% 100L))
a <- read_matrix(arguments[1])
b <- market_numbers(arguments[2])[-(1:2)]
stopifnot(length(b) == a$rows)
cat(sprintf("matrix: %d x %d, %d entries\n", a$rows, a$cols, length(a$value)))

# 1. Solve. Handles are freed by the garbage collector, and nothing of `a` is borrowed.
matrix <- .Call("lsq_matrix", a$rows, a$cols, a$start, a$row, a$value)
report <- .Call("lsq_report")
answer <- solve_least_squares(matrix, b, a$cols, report)
cat(sprintf("status: %s\n", answer$status))
cat(sprintf("stopped by: %s\n", report_get(report, "stopped_by")))
cat(sprintf("residual norm: %.6f\n", report_get(report, "residual_norm")))
cat(sprintf("backward error below 1e-14: %s\n", if (report_get(report, "backward_error") < 1e-14) "yes" else "no"))
cat(sprintf("rank: %d\n", report_get(report, "rank")))
x <- answer$x
cat(sprintf("solution norm: %.4f, first: %.5f, last: %.5f\n", sqrt(sum(x^2)), x[1], x[a$cols]))

# 2. An error: R's message has the status, which says what kind, and the library's text, which says what exactly.
tryCatch(solve_least_squares(matrix, b, a$cols - 1, report),
         error = function(e) cat(sprintf("error: %s\n", conditionMessage(e))))

# 3. A solve that the progress function cancels.
calls <- 0L
cancel_at_once <- function(now) {  # `now` has the keys phase, iterations, fraction, residual_norm, seconds
  calls <<- calls + 1L
  TRUE
}
answer <- solve_least_squares(matrix, b, a$cols, report, cancel_at_once)
cat(sprintf("cancelled: %s, after calls: %d\n", answer$status, calls))
