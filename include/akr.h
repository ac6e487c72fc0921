/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libakr: certified regression against tall matrices. This header is the whole C interface and, read from top to
 * bottom, its manual.
 *
 * THE SHORTEST PROGRAM. min ||A x - b|| for a column-major array a of 1000 x 20 numbers:
 *
 *     akr_matrix *A = NULL;
 *     akr_status s = akr_matrix_create_dense_f64(AKR_COL_MAJOR, 1000, 20, a, 1000, NULL, &A);
 *     if (s == AKR_OK) s = akr_lsq_solve_f64(A, NULL, 0.0, 1, b, 1000, x, 20, NULL, NULL);
 *     if (s < 0) fprintf(stderr, "%s\n", akr_last_error());
 *     akr_matrix_destroy(A);
 *
 * WHAT IS TRUE OF ALL FUNCTIONS
 *
 * Notation. A is the n x d matrix, n = rows(A), d = cols(A), nnz its stored entries; A' is A transposed; ||.|| is the
 * 2-norm of a vector and ||A||_F the Frobenius norm; u is the unit roundoff, 2^-53 in f64 and 2^-24 in f32. A pass is
 * one reading of all of A, 4 nnz flops for each right-hand side. A ~ B: A is about B.
 *
 * Status. Nearly every function returns an akr_status. 0: done. Above 0: ended at a defined point, outputs are valid,
 * read the code. Below 0: an error; a text that names function, argument, value and broken rule is in
 * akr_last_error() of this thread and, where the call got a report, under its key message. With several right-hand
 * sides the status of the call is the first found of PRECISION_LIMIT, RANK_DEFICIENT, CANCELLED, NOT_CONVERGED; the
 * report's column_status has each.
 * Each function lists its statuses. Three may come from any function and are not repeated: AKR_E_ARGUMENT
 * (an argument breaks a rule of this header), AKR_E_MEMORY (memory or memory_limit does not suffice) and
 * AKR_E_INTERNAL (a bug of libakr's; please report the text). "Usual" stands for those three and, since they come from
 * what the options carry, AKR_E_CALLBACK (an exception left the progress or log callback) and AKR_E_CANCELLED (the
 * caller cancelled, or time_limit ended a function that has no best iterate to give). Where no cost is told it is that
 * of looking at the arguments.
 *
 * Checks. Arguments, handles and options are checked before anything is computed. A solver leaves x untouched on every
 * error. The other functions leave their outputs untouched on AKR_E_ARGUMENT and AKR_E_OPTION; after a later error
 * the contents are unspecified.
 *
 * Sizes and arrays. Sizes are int64_t, from 0 to 2^48; nrhs and ncols below 2^31, rows*cols of a matrix that is not
 * stored below 2^60. Zero sizes are legal, save that a sketch has rows, and a pointer to no numbers may be NULL; no
 * other array may be. Vectors and blocks of vectors are column-major: number i of vector j of x is x[i + j*ldx], and
 * ldx is at least the length of a vector. Numbers lie at multiples of their size. Outputs overlap no input, else
 * AKR_E_ARGUMENT; save that the x of a solver (akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq,
 * akr_gram_exp_solve, akr_kernel_solve) may be its b, and the y of akr_precond_apply its x, where the two have one
 * shape and one leading dimension. Blocks of one larger array do not overlap while they share no number. The arrays
 * behind a matrix handle are not compared.
 *
 * Precision. The suffix _f64 or _f32 names the precision of the arrays; in a sentence a name without one stands for
 * both. A handle made of f32 numbers serves _f32 functions only, else AKR_E_ARGUMENT; a sketch serves both. Inside,
 * sums, factors and iterates are double in both (akr_attention_f32 says where it is not so, and a preconditioner may be
 * of single precision, which changes no answer). ridge, scale and t are double in both.
 *
 * NaN and infinities are refused with AKR_E_NOT_FINITE: in A, in a kernel's points, in queries, keys and values where
 * the option check_finite is 1, in right-hand sides and in what a kernel is multiplied with always. With check_finite =
 * 0 sections 5 and 6 find most of those in A all the same. Section 7 and akr_precond_apply do not look for them.
 *
 * Handles. A create function makes a handle and its destroy function frees it; destroy takes NULL, and of what is no
 * handle of its kind it frees nothing and says so in akr_last_error(). *out is NULL after an error. A handle of another
 * kind, or of memory that is none, is AKR_E_ARGUMENT; use after destroy is recognised as far as the allocator allows,
 * but is undefined. No handle keeps a pointer to another handle or to an options object: destroy in any order. The
 * caller's arrays are never written; a matrix handle borrows them until it is destroyed, unless the option copy says
 * otherwise, a kernel handle copies them. Nothing that is returned needs freeing.
 *
 * Threads. [shared] matrix, preconditioner, sketch and kernel handles never change: any number of threads may use one
 * at once. [serial] options and reports have one writer at a time; several calls may read one options object while
 * nobody sets it. [any thread]: functions that have no handle and may be called at any time. Each comment carries its
 * tag, which says how the handles that it reads or makes may be shared. Destroy a handle when no other call uses it.
 *
 * Callbacks run on the thread that made the call, one at a time, and never after it returns. They may call libakr on
 * other handles. A nonzero return stops the call (a log or lock callback returns nothing): of a callback that serves A
 * with AKR_E_CALLBACK, of the progress callback as one that is cancelled. An exception that leaves one is
 * AKR_E_CALLBACK.
 *
 * Options and report. Every computing function takes a const akr_options * and most an akr_report *; both may be NULL:
 * all defaults, nothing told. What changes the mathematical problem is a parameter, what changes only how it is solved
 * is an option. A known option that a function does not read is ignored. A call clears the report it receives first
 * and fills status and message even on an error. "The run's" options and report keys are those of every such function;
 * sections 2 and 3 tell which.
 *
 * Cancel and time. A solver that is cancelled ends with AKR_CANCELLED, one whose time_limit is over with
 * AKR_NOT_CONVERGED and stopped_by = time_limit, both with the best iterate (zero or the warm start at first);
 * all else ends with AKR_E_CANCELLED. An iterate that was not checked yet is certified by one more pass where A is in
 * memory (dense, sparse). An operator, or rows read on demand, are not asked again after the stop: then what is not
 * known of x is unset in the report.
 *
 * Same answer. The same input, options, build, instruction set and BLAS thread count give the same bits, whatever the
 * option threads is.
 *
 * Manners. Nothing here throws, exits, prints, hooks signals, changes the locale or the floating-point environment, or
 * leaves threads or locks behind. Thread cancellation (pthread_cancel) is held back while a call runs.
 *
 * Growth. Functions, option keys and report keys are added, never changed; each says since which version it exists.
 * Of environment variables one is read: AKR_ISA = generic | avx2 | avx512, the best instruction set to use.
 */
#ifndef AKR_H
#define AKR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header. akr_version() is that of the library in use. Since 0.1. */
#define AKR_VERSION_MAJOR 0
#define AKR_VERSION_MINOR 1
#define AKR_VERSION_PATCH 0

#if defined(__GNUC__)
#define AKR_API __attribute__((visibility("default")))
#else
#define AKR_API
#endif

/* What functions return. Since 0.1. */
typedef int32_t akr_status;

/*
 * The statuses.
 *   AKR_OK               done; of a solver: its certificate, which its comment states, holds for every column
 *   AKR_NOT_CONVERGED    the best iterate is given, its certificate does not hold; the report's stopped_by says why
 *   AKR_CANCELLED        the caller cancelled a solver; the best iterate is given
 *   AKR_RANK_DEFICIENT   A is numerically rank-deficient; the minimum-norm answer of its full-rank part is given
 *   AKR_PRECISION_LIMIT  of sections 6 (Gram powers and exponentials) and 8: the conditioning of the problem exceeds
 *                        the working precision, or a kernel's result its range and is given scaled, see
 *                        kernel.log_scale
 *   AKR_E_ARGUMENT       an argument breaks a rule: NULL, a size, a leading dimension, the wrong handle, an overlap
 *   AKR_E_OPTION         an unknown key, or a value that breaks the key's rule
 *   AKR_E_MEMORY         memory cannot be had, or the option memory_limit forbids it
 *   AKR_E_NOT_FINITE     A, b or another array that is read holds a NaN or an infinity
 *   AKR_E_NUMERIC        a factorisation failed, or an intermediate quantity or x left the range of its precision
 *   AKR_E_CALLBACK       a callback that serves A returned nonzero, see callback_code; or an exception left a callback
 *   AKR_E_UNSUPPORTED    a combination that this version or this build cannot do
 *   AKR_E_NO_VALUE       a report key that the last call did not set
 *   AKR_E_CANCELLED      the caller cancelled, or time_limit ended, a function without a best iterate
 *   AKR_E_INTERNAL       a bug of libakr's
 * Since 0.1.
 */
enum {
  AKR_OK = 0,
  AKR_NOT_CONVERGED = 1,
  AKR_CANCELLED = 2,
  AKR_RANK_DEFICIENT = 3,
  AKR_PRECISION_LIMIT = 4,
  AKR_E_ARGUMENT = -1,
  AKR_E_OPTION = -2,
  AKR_E_MEMORY = -3,
  AKR_E_NOT_FINITE = -4,
  AKR_E_NUMERIC = -5,
  AKR_E_CALLBACK = -6,
  AKR_E_UNSUPPORTED = -7,
  AKR_E_NO_VALUE = -8,
  AKR_E_CANCELLED = -9,
  AKR_E_INTERNAL = -99
};

/*
 * Layout of a dense array a of n x d numbers, and of a sparse one.
 *   AKR_COL_MAJOR  A(i, j) = a[i + j*lda], lda >= n; sparse: compressed columns
 *   AKR_ROW_MAJOR  A(i, j) = a[i*lda + j], lda >= d; sparse: compressed rows
 * Since 0.1.
 */
enum { AKR_COL_MAJOR = 0, AKR_ROW_MAJOR = 1 };

/*
 * Level of a log line, and of the option log_level.
 *   AKR_LOG_WARN   what was asked for and not done: a preconditioner that is another's, a method of no use here
 *   AKR_LOG_INFO   what was chosen
 *   AKR_LOG_DEBUG  every iteration
 * Since 0.1.
 */
enum { AKR_LOG_WARN = 1, AKR_LOG_INFO = 2, AKR_LOG_DEBUG = 3 };

/*
 * Which part akr_precond_apply_f64 applies.
 *   AKR_PRECOND_FULL   M ~ (A'A + ridge I)^-1
 *   AKR_PRECOND_RIGHT  P, M = P P', A P nearly orthonormal
 * Since 0.1.
 */
enum { AKR_PRECOND_FULL = 0, AKR_PRECOND_RIGHT = 1 };

/*
 * The handles. What they point to is libakr's.
 *   akr_options  how to solve: a value of each option, callbacks, a cancel flag; section 2
 *   akr_report   what a call says of itself; section 3
 *   akr_matrix   A; section 4
 *   akr_precond  a preconditioner of a matrix or of a kernel; sections 5 and 8
 *   akr_sketch   S; section 7
 *   akr_kernel   the points and the scale of K; section 8
 * Since 0.1.
 */
typedef struct akr_options_s akr_options;
typedef struct akr_report_s akr_report;
typedef struct akr_matrix_s akr_matrix;
typedef struct akr_precond_s akr_precond;
typedef struct akr_sketch_s akr_sketch;
typedef struct akr_kernel_s akr_kernel;

/*
 * Products of an operator A: overwrites y with A x (transpose = 0: x is cols x ncols, y is rows x ncols) or with A' x
 * (transpose = 1: the other way round). Both are column-major; x is not to be written, y's contents on entry mean
 * nothing. user is what was given to akr_matrix_create_callback_f64. Nonzero stops the call with AKR_E_CALLBACK.
 * Since 0.1.
 */
typedef int32_t (*akr_apply_f64)(void *user, int32_t transpose, int64_t ncols, const double *x, int64_t ldx, double *y,
                                 int64_t ldy);
typedef int32_t (*akr_apply_f32)(void *user, int32_t transpose, int64_t ncols, const float *x, int64_t ldx, float *y,
                                 int64_t ldy);

/*
 * Rows of A: fills block with rows first_row ... first_row + nrows - 1, row-major: entry j of row first_row + i is
 * block[i*ld + j]. The rows of one pass are asked for in ascending order, each once. Nonzero stops the call with
 * AKR_E_CALLBACK. Since 0.1.
 */
typedef int32_t (*akr_rows_f64)(void *user, int64_t first_row, int64_t nrows, double *block, int64_t ld);
typedef int32_t (*akr_rows_f32)(void *user, int64_t first_row, int64_t nrows, float *block, int64_t ld);

/*
 * Progress, at each change of phase until iterations begin, and then at most every 0.1 s. The keys phase, iterations,
 * seconds and, where known, fraction and residual_norm can be read from now, which is valid during the callback only.
 * Nonzero cancels. Since 0.1.
 */
typedef int32_t (*akr_progress_fn)(void *user, const akr_report *now);

/* One log line of a level AKR_LOG_*, without a newline; valid during the callback only. Since 0.1. */
typedef void (*akr_log_fn)(void *user, int32_t level, const char *utf8);

/* Takes or gives back a lock of the host's. Since 0.1. */
typedef void (*akr_lock_fn)(void *user);

/* 1. Version and errors */

/* Version of the library in use: major*10000 + minor*100 + patch. [any thread] Since 0.1. */
AKR_API int32_t akr_version(void);

/*
 * What this library was built of: version, compiler, BLAS, FFTW, and the instruction set in use. The text is the
 * library's and lives as long as the process. [any thread] Since 0.1.
 */
AKR_API const char *akr_build_info(void);

/* The name of a status: "AKR_OK" for 0, ...; "AKR_?" for a number that is none. Static. [any thread] Since 0.1. */
AKR_API const char *akr_status_name(akr_status status);

/*
 * What failed last on the calling thread: "akr_lsq_solve_f64: ldb = 3: must be at least rows(A) = 100". Meaningful
 * after a call that returned an error; a later success leaves it as it is. "" where nothing has failed yet. At most
 * 1023 bytes of UTF-8, valid until the next libakr call on this thread. [any thread] Since 0.1.
 */
AKR_API const char *akr_last_error(void);

/*
 * A lock round FFTW's planner, for a host that plans with the same shared FFTW on other threads: lock(user) is called
 * before libakr uses the planner and unlock(user) after. Both NULL: no such lock (the default). One NULL: nothing is
 * changed, and akr_last_error() says so. Set it before other threads call libakr. Of no effect in builds with a private
 * FFTW.
 * [any thread] Since 0.1.
 */
AKR_API void akr_set_planner_lock(akr_lock_fn lock, akr_lock_fn unlock, void *user);

/*
 * 2. Options
 *
 * An options object holds a value for each key; create fills in the defaults. Numbers have a range, choices are set by
 * name; set_str parses any type in the C locale, whatever the process's is. A refused value changes nothing.
 *
 *   key                 type default  meaning
 *   rtol                f64  0        accept x when its backward error is at most rtol ||A||_F, 0 <= rtol <= 1. 0: as
 *                                     accurate as a backward-stable direct solver, see akr_lsq_solve_f64. Of other
 *                                     solvers the residual or the error, see there
 *   max_iter            i64  0        most iterations of a solver; 0: chosen
 *   time_limit          f64  0        seconds after which a call ends; looked at between pieces of work; 0: none
 *   seed                i64  0        of the random numbers of sketches and of a kernel's preconditioners; every value
 *                                     is a good one
 *   memory_limit        i64  0        most bytes of libakr's own arrays in a call; those of the caller, the BLAS and
 *                                     FFTW are not counted; 0: none
 *   threads             i64  0        most threads of libakr's own, the calling one included, <= 1024; the BLAS
 *                                     follows its own setting. 0: the processors this process may use
 *   check_finite        i64  1        1: a matrix or kernel handle is made only where all entries are finite (one
 *                                     pass), and so are queries, keys and values. 0: they are not looked at; most
 *                                     methods find such entries later, not all for certain
 *   copy                i64  0        1: a matrix handle copies the caller's arrays; 0: it borrows them
 *   log_level           i64  2        0 none, 1 warnings, 2 what was chosen, 3 every iteration
 *   warm_start          i64  0        1: x holds a first guess on entry; its part in the null space of A is removed
 *   method              str  auto     auto | sketch | sketch-cholqr | cholesky | qr | gradient | cgls, see
 *                                     akr_lsq_solve_f64
 *   rank.tol            f64  0        singular values of the column-scaled A below rank.tol times the largest count as
 *                                     zero, <= 1; the largest itself never does. 0: max(5, sqrt(d)/2) u, or the
 *                                     rounding error of summing many rows where that is more
 *   sketch.kind         str  auto     auto | srht | sparse-sign | gaussian
 *   sketch.transform    str  auto     auto | hartley | cosine | hadamard, of an srht sketch
 *   sketch.factor       f64  0        rows of a preconditioner's sketch over d, <= 1000; at least d rows are taken. 0:
 *                                     chosen
 *   sketch.nonzeros     i64  0        nonzeros in a column of a sparse-sign sketch, <= 1024 and at most its rows. 0:
 *                                     chosen (8)
 *   residual.precision  str  working  working | doubled, of the residuals of Gram powers: doubled, in pairs of
 *                                     doubles, for condition numbers of the power beyond 1e16
 *   gram.method         str  auto     auto | recursion | factor | krylov, see akr_gram_power_solve_f64 and
 *                                     akr_gram_exp_solve_f64
 *   kernel.storage      str  auto     auto | dense | tiles, see akr_kernel_solve_f64
 *   kernel.precond      str  auto     auto | rpcholesky | rpcholesky-diag | nystrom | tensor-sketch | dense, see
 *                                     akr_kernel_precond_create
 *   kernel.rank         i64  0        rank of a kernel's low-rank preconditioner, at most its points. 0: chosen
 *
 * Which function reads which key: akr_option_info(key, "read_by"), and the comments below. "The run's" are those that
 * every computing function reads: threads, memory_limit, time_limit, log_level, and with them the progress and log
 * callbacks and the cancel flag.
 */

/*
 * *out = a new options object, all defaults, no callbacks.
 * Status: AKR_OK.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_create(akr_options **out);

/*
 * *out = a copy with the same values, callbacks and cancel flag.
 * Status: AKR_OK.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_clone(const akr_options *options, akr_options **out);

/* Frees an options object; NULL is fine. Calls that it was given to have taken what they need. [serial] Since 0.1. */
AKR_API void akr_options_destroy(akr_options *options);

/*
 * Sets one option. set_i64 also sets an f64 key, and set_f64 an i64 key, where the value is exactly one of that type
 * (for hosts with one type of number); a choice is set by name only. set_str takes numbers as C writes them, "1e-8",
 * with nothing before or after.
 * Status: AKR_OK; AKR_E_OPTION for an unknown key (the text has the nearest) or a value that breaks the key's rule.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_set_i64(akr_options *options, const char *key, int64_t value);
AKR_API akr_status akr_options_set_f64(akr_options *options, const char *key, double value);
AKR_API akr_status akr_options_set_str(akr_options *options, const char *key, const char *value);

/*
 * Reads one option. get_f64 reads an i64 key too where the value is exactly a double; get_i64 reads i64 keys only.
 * get_str reads any key, numbers in the shortest form that reads back to the same value; buf, capacity and length as
 * in akr_report_get_str.
 * Status: AKR_OK; AKR_E_OPTION for an unknown key or one of another type; AKR_E_ARGUMENT for a small buffer.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_get_i64(const akr_options *options, const char *key, int64_t *value);
AKR_API akr_status akr_options_get_f64(const akr_options *options, const char *key, double *value);
AKR_API akr_status akr_options_get_str(const akr_options *options, const char *key, char *buf, int64_t capacity,
                                       int64_t *length);

/* How many options there are, and the key of each, 0 <= index < count; NULL outside. Static. [any thread] Since 0.1. */
AKR_API int64_t akr_option_count(void);
AKR_API const char *akr_option_key(int64_t index);

/*
 * What is known of an option, as text: field is "type" (i64, f64, str), "default", "min", "max", "choices" (separated
 * by |), "help", "read_by" (functions, without precision) or "since". NULL where key or field is unknown or where the
 * option has no such thing. A static text. [any thread] Since 0.1.
 */
AKR_API const char *akr_option_info(const char *key, const char *field);

/*
 * The callbacks of calls with these options; fn NULL: none. user is handed to fn unchanged and must live as long as
 * fn may be called.
 * Status: AKR_OK.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_set_progress(akr_options *options, akr_progress_fn fn, void *user);
AKR_API akr_status akr_options_set_log(akr_options *options, akr_log_fn fn, void *user);

/*
 * A flag that cancels: a call ends soon after *flag is nonzero. It is borrowed as long as these options are used and
 * is read atomically, so any thread or signal handler may set it. NULL: none.
 * Status: AKR_OK.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_options_set_cancel(akr_options *options, const int32_t *flag);

/*
 * 3. The report
 *
 * What a call says of itself. Every call that receives a report clears it first. Where b has several columns, a single
 * number is that of the worst column. A key whose value the call did not find out, for all columns, or whose value is
 * beyond the range of a double, stays unset. For a kernel, K + ridge I stands for A in residuals, K for A in passes.
 *
 *   key               type       meaning
 *   status            i64        what the call returned
 *   message           str        empty after AKR_OK; else the function, and of an error argument, value and rule
 *   method            str        the method that was used: a choice of the option method, or none where there was
 *                                nothing to do or no time to begin
 *   stopped_by        str        converged | max_iter | time_limit | stagnation | cancel
 *   phase             str        progress only: what is being done
 *   iterations        i64        corrections of x, or steps of the iteration, over all rounds
 *   passes            i64        how often all of A was read
 *   fraction          f64        progress only: the part of the work that is done, 0 ... 1
 *   residual_norm     f64        ||b - A x||; of a Gram power see akr_gram_power_solve_f64
 *   gradient_norm     f64        ||A'(b - A x) - ridge x||
 *   backward_error    f64        the certificate's estimate over ||A||_F, see akr_lsq_solve_f64
 *   cond_estimate     f64        condition number of A with its columns scaled to norm about 1, ridge included
 *   rank              i64        numerical rank of A; with a ridge, of the stacked matrix [A; sqrt(ridge) I]
 *   rank_gap          f64        the smallest singular value that counts over the largest that does not; unset where
 *                                all count
 *   precision_loss    f64        of a Gram power, cond(A)^(2j) u or cond(A)^(2j+1) u; of an exponential, the largest
 *                                error_estimate that any b gives
 *   error_estimate    f64        estimate of the relative error of x, of Gram powers and exponentials
 *   growth            f64        ||exp(-t A'A)|| ||b|| / ||x||
 *   gram.method       str        recursion | factor | krylov
 *   kernel.log_scale  f64        set where a result is outside the range: it is e^log_scale times what the arrays hold
 *                                (unset where no one scale serves all columns: see column_log_scale)
 *   kernel.precond    str        rpcholesky | rpcholesky-diag | nystrom | tensor-sketch | dense: what a kernel was
 *                                solved with at last
 *   kernel.rank       i64        its rank; of dense the number of points
 *   sketch.kind       str        srht-hartley | srht-cosine | srht-hadamard | sparse-sign | gaussian
 *   sketch.rows       i64        rows of the sketch
 *   callback_code     i64        the nonzero value that a callback returned
 *   threads           i64        threads of libakr's own that could work at once
 *   isa               str        instruction set of the kernels in use: generic | avx2 | avx512
 *   peak_bytes        i64        most bytes that libakr's own arrays took at a time
 *   seconds           f64        wall time of the call, and of its parts:
 *   seconds.sketch    f64          sketching
 *   seconds.factor    f64          factorisations, Gram matrices included
 *   seconds.iterate   f64          iterations; leverage scores; products with kernels; attention
 *   seconds.certify   f64          checks of the answer
 *   history           array_f64  for each correction of x, ||P'(A'r - ridge x)|| / ||b||, P the preconditioner, of
 *                                the worst column still at work; of a kernel ||r|| / ||b||
 *   column_status     array_i64  status of each column of b
 *   column_residual   array_f64  ||b - A x|| of each column, NaN where it is not known
 *   column_log_scale  array_f64  set where a column of a kernel's result is outside the range: that column is
 *                                e^column_log_scale times what the array holds; 0 where it is in range
 *
 * "The run's" are the keys that every call sets: status, message, threads, isa, peak_bytes, seconds; where it
 * was stopped, callback_code or stopped_by too.
 */

/*
 * *out = an empty report.
 * Status: AKR_OK.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_report_create(akr_report **out);

/* Frees a report; NULL is fine. [serial] Since 0.1. */
AKR_API void akr_report_destroy(akr_report *report);

/* How many keys the last call has set, and each of them, 0 <= index < count; NULL outside. [serial] Since 0.1. */
AKR_API int64_t akr_report_count(const akr_report *report);
AKR_API const char *akr_report_key(const akr_report *report, int64_t index);

/*
 * *value = a number of the report, that under key. get_f64 reads an i64 key too where the value is exactly a double.
 * Status: AKR_OK; AKR_E_OPTION for an unknown key (the text has the nearest) or one of another type; AKR_E_NO_VALUE
 * where the last call did not set it. *value is untouched by errors.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_report_get_i64(const akr_report *report, const char *key, int64_t *value);
AKR_API akr_status akr_report_get_f64(const akr_report *report, const char *key, double *value);

/*
 * Copies a text of the report, that under key, UTF-8 with a final NUL, into buf of capacity bytes; numbers are written
 * in the shortest form that reads back to the same value. *length (may be NULL) = its bytes without the NUL. buf NULL
 * with capacity 0 asks for the length alone; a buffer of less than length + 1 bytes gets nothing, and *length is set
 * all the same.
 * Status: AKR_OK; AKR_E_ARGUMENT for a small buffer; AKR_E_OPTION for an unknown key or an array; AKR_E_NO_VALUE where
 * the last call did not set it.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_report_get_str(const akr_report *report, const char *key, char *buf, int64_t capacity,
                                      int64_t *length);

/*
 * Copies an array of the report, that under key, into buf of capacity numbers; *length = its numbers. buf NULL with
 * capacity 0, and small buffers, as in akr_report_get_str.
 * Status: AKR_OK; AKR_E_ARGUMENT for a small buffer; AKR_E_OPTION for an unknown key or one of another type;
 * AKR_E_NO_VALUE where the last call did not set it.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_report_get_array_f64(const akr_report *report, const char *key, double *buf, int64_t capacity,
                                            int64_t *length);
AKR_API akr_status akr_report_get_array_i64(const akr_report *report, const char *key, int64_t *buf, int64_t capacity,
                                            int64_t *length);

/*
 * All of the report as one JSON object, keys as above, arrays as arrays, NaN and infinities as null; {} when nothing is
 * set. buf, capacity, length as in akr_report_get_str.
 * Status: AKR_OK; AKR_E_ARGUMENT for a small buffer.
 * [serial] Since 0.1.
 */
AKR_API akr_status akr_report_to_json(const akr_report *report, char *buf, int64_t capacity, int64_t *length);

/* 4. Matrices */

/*
 * A dense matrix in an array of the caller's. layout AKR_COL_MAJOR: A(i, j) = a[i + j*lda], lda >= rows;
 * AKR_ROW_MAJOR: A(i, j) = a[i*lda + j], lda >= cols. a is borrowed until the handle is destroyed and must not change;
 * with the option copy = 1 it may be freed at once.
 * Options: copy, check_finite, the run's.
 * Status: AKR_OK; AKR_E_NOT_FINITE; usual.
 * Cost: one pass for check_finite; with copy another, and rows*cols numbers.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_matrix_create_dense_f64(int32_t layout, int64_t rows, int64_t cols, const double *a, int64_t lda,
                                               const akr_options *options, akr_matrix **out);
AKR_API akr_status akr_matrix_create_dense_f32(int32_t layout, int64_t rows, int64_t cols, const float *a, int64_t lda,
                                               const akr_options *options, akr_matrix **out);

/*
 * A sparse matrix in compressed rows (layout AKR_ROW_MAJOR: CSR) or compressed columns (AKR_COL_MAJOR: CSC). In CSR,
 * row i holds values[p] in column index[p] for ptr[i] <= p < ptr[i + 1]; ptr has rows + 1 entries. CSC is the same
 * with rows and columns exchanged. ptr and index are arrays of int32_t (index_bits = 32) or of int64_t (64) and count
 * from index_base, 0 or 1, the first entry of ptr included. Indices of one row may come in any order; entries that are
 * stored twice add up, in their order, in double, rounded once to the precision of values; stored zeros are allowed.
 * CSR arrays are borrowed as in akr_matrix_create_dense_f64, unless entries are stored twice; CSC is turned into CSR
 * here, once, and not borrowed. values may be NULL when nothing is stored.
 * Options: copy, check_finite, the run's.
 * Status: AKR_OK; AKR_E_ARGUMENT also where ptr descends or an index lies outside; AKR_E_NOT_FINITE; usual.
 * Cost: one look at indices and, for check_finite, values. Memory: for CSC, copy or entries stored twice nnz numbers
 * and indices, and cols indices where some row is not in ascending order.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_matrix_create_sparse_f64(int32_t layout, int64_t rows, int64_t cols, int32_t index_bits,
                                                int32_t index_base, const void *ptr, const void *index,
                                                const double *values, const akr_options *options, akr_matrix **out);
AKR_API akr_status akr_matrix_create_sparse_f32(int32_t layout, int64_t rows, int64_t cols, int32_t index_bits,
                                                int32_t index_base, const void *ptr, const void *index,
                                                const float *values, const akr_options *options, akr_matrix **out);

/*
 * A matrix known by its products alone, see akr_apply_f64. user is handed to apply unchanged and must live as long as
 * the handle. Nothing is called here. The handle is [shared] as far as apply is: calls on several threads at once call
 * it at once.
 * Options: the run's.
 * Status: AKR_OK; usual.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_matrix_create_callback_f64(int64_t rows, int64_t cols, akr_apply_f64 apply, void *user,
                                                  const akr_options *options, akr_matrix **out);
AKR_API akr_status akr_matrix_create_callback_f32(int64_t rows, int64_t cols, akr_apply_f32 apply, void *user,
                                                  const akr_options *options, akr_matrix **out);

/*
 * A matrix read on demand, a block of rows at a time, see akr_rows_f64: it may be larger than memory, and every pass
 * reads all of it in order. Reading must give the same numbers each time. user and threads as in
 * akr_matrix_create_callback_f64.
 * Options: the run's.
 * Status: AKR_OK; usual.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_matrix_create_rows_f64(int64_t rows, int64_t cols, akr_rows_f64 read, void *user,
                                              const akr_options *options, akr_matrix **out);
AKR_API akr_status akr_matrix_create_rows_f32(int64_t rows, int64_t cols, akr_rows_f32 read, void *user,
                                              const akr_options *options, akr_matrix **out);

/*
 * A size of a matrix: *value = "rows", "cols", "nnz" (rows*cols unless sparse; places stored twice count once) or
 * "bits" (64 or 32).
 * Status: AKR_OK; AKR_E_OPTION for another key.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_matrix_get_i64(const akr_matrix *matrix, const char *key, int64_t *value);

/* Frees a matrix handle, not the caller's arrays; NULL is fine. Preconditioners of it live on. [shared] Since 0.1. */
AKR_API void akr_matrix_destroy(akr_matrix *matrix);

/*
 * 5. Preconditioners
 *
 * A preconditioner M of A holds an upper triangular R with R'R ~ A'A + ridge I, or, for a numerically rank-deficient A
 * of rank k, a d x k matrix P with A P nearly orthonormal. It is made once and used for many right-hand sides. M never
 * changes an answer, only the time: given with a larger ridge it is adapted; where the ridge is smaller, rank.tol is
 * another, a probe product shows that A is not bit for bit the matrix it was made of, or the solve with it does not
 * converge, one is made as if it were NULL. One of another size or precision, or of a kernel, is AKR_E_ARGUMENT.
 * akr_kernel_precond_create makes handles of this type for section 8: of the functions here akr_precond_apply_f64,
 * akr_precond_get_i64 and akr_precond_destroy serve them too.
 */

/*
 * *out = a preconditioner of A for a finite ridge >= 0, by the option method (auto: what is expected to be quickest).
 * Options: method, seed, rank.tol, sketch.*, the run's.
 * Report: method, rank, rank_gap below full rank, cond_estimate, passes, seconds.*, the run's; sketch.kind, sketch.rows
 * where there is a sketch.
 * Status: AKR_OK, also where A is rank-deficient (see rank); AKR_E_NOT_FINITE; AKR_E_NUMERIC; AKR_E_CALLBACK;
 * AKR_E_UNSUPPORTED (a method or transform that this A or build does not have); usual.
 * Cost: in flops, beside reading A, cholesky n d^2 and one pass; sketch about that of four passes and 16 d^3;
 * sketch-cholqr 2 n d^2 more; qr 2 n d^2. Memory: 8 d^2 bytes kept; 64 d^2 more for a sketch.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_precond_create(const akr_matrix *matrix, double ridge, const akr_options *options,
                                      akr_report *report, akr_precond **out);

/*
 * A preconditioner times vectors. part AKR_PRECOND_FULL: y = M x with M ~ (A'A + ridge I)^-1 (its pseudo-inverse where
 * A is rank-deficient), x and y d x nrhs; M is symmetric and transpose, 0 or 1, makes no difference. part
 * AKR_PRECOND_RIGHT: y = P x, or P' x with transpose = 1, where A P is nearly orthonormal and M = P P'; P = R^-1 is d x
 * d at full rank, else d x rank. x and y are column-major, each leading dimension at least its rows; y may be x where
 * the shapes agree and ldy = ldx. The precision is that of A. A kernel's preconditioner has the part FULL only, with
 * points(kernel) for d.
 * Options: the run's.
 * Report: the run's.
 * Status: AKR_OK; AKR_E_UNSUPPORTED for the part RIGHT of a kernel's; AKR_E_NUMERIC where y, or FULL's P'x, leaves the
 * range of the precision, y untouched; usual.
 * Cost: 2 d^2 flops a column for FULL, d^2 for RIGHT; of a kernel's 4 n rank, or 2 n^2 where it is dense.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_precond_apply_f64(const akr_precond *precond, int32_t part, int32_t transpose, int64_t nrhs,
                                         const double *x, int64_t ldx, double *y, int64_t ldy,
                                         const akr_options *options, akr_report *report);
AKR_API akr_status akr_precond_apply_f32(const akr_precond *precond, int32_t part, int32_t transpose, int64_t nrhs,
                                         const float *x, int64_t ldx, float *y, int64_t ldy, const akr_options *options,
                                         akr_report *report);

/*
 * The triangular factor of a preconditioner: copies R, upper triangular with zeros below, d x d column-major, ldr >= d:
 * R'R ~ A'A + ridge I. How near, the method tells that the report of akr_precond_create names: with sketch up to a
 * small constant factor, with the others up to roundoff (of a size u ||A||^2, f64 in both precisions before R is
 * rounded to that of A).
 * Status: AKR_OK; AKR_E_UNSUPPORTED where the rank is below d, and of a kernel's; AKR_E_NUMERIC where R
 * is outside the range of the precision, r untouched.
 * Cost: d^2.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_precond_get_r_f64(const akr_precond *precond, double *r, int64_t ldr);
AKR_API akr_status akr_precond_get_r_f32(const akr_precond *precond, float *r, int64_t ldr);

/*
 * A size of a preconditioner: *value = "rows", "cols" (of A; of a kernel both are its points), "rank", "bits" (64 or
 * 32) or "bytes" (of memory held).
 * Status: AKR_OK; AKR_E_OPTION for another key.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_precond_get_i64(const akr_precond *precond, const char *key, int64_t *value);

/* Frees a preconditioner; NULL is fine. [shared] Since 0.1. */
AKR_API void akr_precond_destroy(akr_precond *precond);

/* 6. Regression */

/*
 * Least squares: x = argmin ||A x - b||^2 + ridge ||x||^2 for each of the nrhs columns of b.
 *
 * A has any shape; for rows < cols, or a rank-deficient A, and ridge = 0 the answer is that of minimum norm. b is
 * rows(A) x nrhs, ldb >= rows(A); x is cols(A) x nrhs, ldx >= cols(A), and may be b where A is square and ldx = ldb.
 * ridge >= 0 and finite. precond NULL: one is made, used and dropped; else see section 5. For rows < cols neither
 * precond nor warm_start is used.
 *
 * The certificate. AKR_OK means: the numerical rank is full (that of [A; sqrt(ridge) I] for a ridge > 0) and, for every
 * column, the returned x has a backward error of at most 2 u ||A||_F, or of at most rtol ||A||_F where that is more.
 * The backward error is the estimate of Karlson and Walden,
 *     phi ||(A'A + omega^2 I)^(-1/2) A'r||,   r = b - A x,   omega = phi ||r||,
 *     phi = 1 / sqrt((||b|| / ||A||_F)^2 + ||x||^2),
 * with r and A'r recomputed from the caller's A for the x that is returned, or a rigorous upper bound of it; for a
 * ridge, A stands for the stacked matrix [A; sqrt(ridge) I]. A factor R with R'R ~ A'A + ridge I stands for A in the
 * inverse root and in ||A||_F. Where the scales of the columns of A differ, the same is required after each column is
 * scaled to norm about 1, so that small columns count too. Everything is in the 2-norm of the caller's problem, never
 * that of a preconditioner. Where sqrt(ridge) > ||A||_F the same factor bounds ||A'r - ridge x|| / (||A||_F ||r|| +
 * ridge ||x||) too. For rows < cols, with B = [A, sqrt(ridge) I], it bounds ||b - A x - sqrt(ridge) z|| / (||B||_F
 * ||[x; z]|| + ||b||) for an [x; z] in the range of B'.
 *
 * The option method:
 *   auto           what a cost model expects to be quickest
 *   cholesky       the Cholesky factor of A'A preconditions. The quickest for cond(A) up to some 10^7; where that is
 *                  exceeded auto turns to a sketch, or to qr where A is small or has few rows
 *   sketch         a sketch's factor preconditions conjugate gradients; the choice for large d, sparse A, operators
 *   sketch-cholqr  the sketched factor, sharpened by a Cholesky QR: for ill-conditioned A
 *   qr             Householder QR, by blocks of rows; for small A, n below about 1.5 d, and ill-conditioned A
 *                  of few rows. It is the method for rows < cols
 *   gradient       unit-step gradient descent in the sketched metric (Song, Yin, Zhang 2023); never chosen by auto
 *   cgls           conjugate gradients with nothing but scaled columns, for well-conditioned sparse A and operators:
 *                  no d x d numbers, some 18 cond(A) passes. A random vector goes along and bounds cond(A): AKR_OK
 *                  needs a proof of full rank, which fails to be one with a probability of 1e-8 at most. auto begins
 *                  so where A is sparse or an operator of 64 columns or more and a factor would take long, but for a
 *                  max_iter or a given precond, and turns to the others as soon as too many passes are foreseen
 * An operator (akr_matrix_create_callback_f64) has all but qr, which needs its rows. The certificate is the same for
 * all; with cgls the lower bound of the singular values, and the norms of the columns, stand for R, and of an operator,
 * for ||A||_F, an estimate by eight products with random vectors. A singular A, or one of cond(A) beyond 9e6 or so (of
 * an f32 operator 400), is AKR_NOT_CONVERGED with cgls, and x a minimiser that need not be the shortest; beyond sqrt(d)
 * so is one whose residual is small but not 0, which auto avoids. auto goes on with a stronger method from where a
 * weaker one stopped, unless max_iter is set; a method that was asked for stays, but for cholesky where A'A has no
 * factor of use: sketch-cholqr, with a warning. That is where cond(A), columns scaled, is above 6 * 10^7, in f32 3 *
 * 10^5, of an operator 10^7. So does cgls where the norm of a column is beyond 10^130 or below 10^-130.
 *
 * Options: rtol, max_iter, warm_start, method, seed, rank.tol, sketch.*, the run's.
 * Report: method, stopped_by, iterations, passes, residual_norm, gradient_norm, backward_error, cond_estimate, rank,
 * rank_gap below full rank, history, column_status, column_residual, seconds.*, the run's; sketch.kind, sketch.rows
 * where there is a sketch.
 * Status: AKR_OK; AKR_NOT_CONVERGED; AKR_CANCELLED; AKR_RANK_DEFICIENT, whatever the backward error is;
 * AKR_E_NOT_FINITE; AKR_E_NUMERIC, also where x is outside the range of the precision; AKR_E_CALLBACK;
 * AKR_E_UNSUPPORTED (a method or transform that this A or build does not have); usual without AKR_E_CANCELLED.
 * Cost: beside section 5's for a preconditioner, one or two rounds of two passes with sketch-cholqr, qr, and cholesky
 * up to cond(A) of some 10^6, up to 10 passes with it beyond; 20 to 40 passes with sketch; each round checks the
 * certificate, d^3 flops at most. Memory: 8 d (d + nrhs) bytes, a few times; with cgls 8 d (nrhs + 1), and 8 rows(A) of
 * an operator, a few times.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_lsq_solve_f64(const akr_matrix *matrix, const akr_precond *precond, double ridge, int64_t nrhs,
                                     const double *b, int64_t ldb, double *x, int64_t ldx, const akr_options *options,
                                     akr_report *report);
AKR_API akr_status akr_lsq_solve_f32(const akr_matrix *matrix, const akr_precond *precond, double ridge, int64_t nrhs,
                                     const float *b, int64_t ldb, float *x, int64_t ldx, const akr_options *options,
                                     akr_report *report);

/*
 * Gram powers. Even, akr_gram_power_solve: (A'A)^j x = b, b being cols(A) x nrhs; odd, akr_gram_power_lsq:
 * min ||A (A'A)^j x - b||, b being rows(A) x nrhs, so x = (A'A)^-j A^+ b. 0 <= j <= 2^40: little above it 2 j u is
 * 1e-3, and no digit of x is certain whatever A is. For j = 0 the even one copies b, the odd one is least squares
 * (akr_lsq_solve_f64 without a ridge, warm_start not read). x is cols(A) x nrhs, ldx >=
 * cols(A), and may be b where the shapes agree and ldx = ldb. A has any shape; where it is rank-deficient or rows <
 * cols, A'A has its pseudo-inverse: x is the minimiser of least norm. precond as in akr_lsq_solve_f64; for rows < cols
 * it is not used.
 *
 * The powers are peeled off one at a time: b_0 = b, or the least-squares solution for an odd power, and A'A b_i =
 * b_(i-1) for i = 1..j (Song, Yin, Zhang 2023). The option gram.method:
 *   auto       the quicker one by a cost model, or the one that goes with the method asked for
 *   recursion  each stage is refined by products with A, with one preconditioner (method: cholesky, sketch, gradient,
 *              or the two below); for any kind of matrix
 *   factor     2 j triangular solves with an R as accurate as Householder's (method: sketch-cholqr, qr), or for large j
 *              its singular value decomposition; a pass certifies up to 64 columns, max(1, 64/nrhs) stages,
 *              and those that fall short are refined
 * All sums are in double, for f32 too. residual.precision = doubled: residuals, the b_i and x in pairs of doubles; for
 * cond(A)^(2j) up to about 1e28 all digits of x come out right. It needs the rows of A (no operator) and full rank.
 *
 * The certificate. AKR_OK means: for every column, every stage is solved with a backward error of at most 2 u ||A||_F,
 * that is, b_i solves (A + E)'(A + F) b_i = b_(i-1) with (||E||_F^2 + ||F||_F^2)^(1/2) that small, the residual being
 * recomputed from the caller's A; with rtol > 0 the residual of the power is at most rtol ||b|| instead, where that is
 * more; and error_estimate, made from the norms of the b_i, is at most 1e-3, else AKR_PRECISION_LIMIT. cond(A)^(2j) u,
 * which is reported as precision_loss, is the worst case over b, not met by most b. With singular values, the first and
 * the last stage are certified, to max(16, 2 sqrt(cols)) u ||A||_F.
 *
 * Options: rtol, max_iter, method, gram.method, residual.precision, seed, rank.tol, sketch.*, the run's.
 * Report: method, gram.method, stopped_by, iterations, passes, backward_error, precision_loss, error_estimate,
 * residual_norm and column_residual (even: a bound of ||b - (A'A)^j x||, none with singular values; odd: ||b - A y||, y
 * the least-squares solution), gradient_norm (odd), cond_estimate, rank, rank_gap below full rank, history,
 * column_status, seconds.*, the run's; sketch.kind, sketch.rows where there is a sketch.
 * Status: AKR_OK; AKR_NOT_CONVERGED; AKR_CANCELLED; AKR_RANK_DEFICIENT; AKR_PRECISION_LIMIT; AKR_E_NOT_FINITE;
 * AKR_E_NUMERIC, also where x is outside the range of the precision; AKR_E_CALLBACK; AKR_E_UNSUPPORTED (gram.method =
 * krylov; method = qr or doubled residuals where A does not show its rows; doubled residuals below full rank; a
 * transform that this build does not have); usual without AKR_E_CANCELLED.
 * Cost: beside section 5's for a preconditioner, recursion: two passes a stage with an accurate R or with cholesky, 20
 * to 40 with sketch; factor: 2 j d^2 flops a column, a pass for each 64 columns of all stages. Memory: recursion 8 d (d
 * + nrhs) bytes, a few times; factor some five times 8 d max(64, nrhs) more, for any j. [shared] Since 0.1.
 */
AKR_API akr_status akr_gram_power_solve_f64(const akr_matrix *matrix, const akr_precond *precond, int64_t j,
                                            int64_t nrhs, const double *b, int64_t ldb, double *x, int64_t ldx,
                                            const akr_options *options, akr_report *report);
AKR_API akr_status akr_gram_power_solve_f32(const akr_matrix *matrix, const akr_precond *precond, int64_t j,
                                            int64_t nrhs, const float *b, int64_t ldb, float *x, int64_t ldx,
                                            const akr_options *options, akr_report *report);
AKR_API akr_status akr_gram_power_lsq_f64(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                          const double *b, int64_t ldb, double *x, int64_t ldx,
                                          const akr_options *options, akr_report *report);
AKR_API akr_status akr_gram_power_lsq_f32(const akr_matrix *matrix, const akr_precond *precond, int64_t j, int64_t nrhs,
                                          const float *b, int64_t ldb, float *x, int64_t ldx,
                                          const akr_options *options, akr_report *report);

/*
 * The Gram exponential: exp(t A'A) x = b, that is x = exp(-t A'A) b; so with -t in the place of t it is the product. t
 * is finite and of either sign. b and x are cols(A) x nrhs, ldb and ldx >= cols(A); x may be b where ldx = ldb. A has
 * any shape and rank. precond as in akr_lsq_solve_f64: taken where it holds an accurate R.
 *
 * The option gram.method:
 *   auto    the quicker one by a cost model
 *   factor  the singular value decomposition of an accurate R (for rows < cols, of that of A')
 *   krylov  the Lanczos process with full reorthogonalisation, a pass a step: for operators and sparse A. It ends when
 *           the error estimate is below the rounding error, or rtol ||exp(-t A'A)|| ||b||
 *
 * The certificate. AKR_OK means: the error of x is at most c u (1 + |t| ||A||^2) ||exp(-t A'A)|| ||b||, c of the order
 * of sqrt(cols), or rtol ||exp(-t A'A)|| ||b|| with krylov where that is more; and error_estimate is at most 1e-3, else
 * AKR_PRECISION_LIMIT. That bound is not relative to ||x||: growth = ||exp(-t A'A)|| ||b|| / ||x|| is reported, and
 * error_estimate is growth u (1 + |t| ||A||^2). The extreme exponent is factored out, so nothing overflows that the
 * answer does not. With factor, the decomposition is held against A at x and at b (backward_error, at most max(16, 2
 * sqrt(cols)) u ||A||_F, of rows(A) where that is less).
 *
 * Options: rtol, max_iter, method, gram.method, seed, rank.tol, sketch.*, the run's.
 * Report: method, gram.method, stopped_by, iterations, passes, growth, error_estimate, precision_loss, backward_error
 * and cond_estimate (factor), column_status, seconds.*, the run's.
 * Status: AKR_OK; AKR_NOT_CONVERGED; AKR_CANCELLED; AKR_PRECISION_LIMIT; AKR_E_NOT_FINITE; AKR_E_NUMERIC, also where x
 * is outside the range of the precision; AKR_E_CALLBACK; AKR_E_UNSUPPORTED (gram.method = recursion; factor with a
 * method or transform that this A or build does not have); usual without AKR_E_CANCELLED.
 * Cost: factor: that of the preconditioner, some 22 d^3 flops, 4 d^2 a column and a pass; krylov: a pass and 8 d m
 * flops in step m. Memory: factor 8 d (4 d + nrhs) bytes; krylov 8 d nrhs a step.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_gram_exp_solve_f64(const akr_matrix *matrix, const akr_precond *precond, double t, int64_t nrhs,
                                          const double *b, int64_t ldb, double *x, int64_t ldx,
                                          const akr_options *options, akr_report *report);
AKR_API akr_status akr_gram_exp_solve_f32(const akr_matrix *matrix, const akr_precond *precond, double t, int64_t nrhs,
                                          const float *b, int64_t ldb, float *x, int64_t ldx,
                                          const akr_options *options, akr_report *report);

/*
 * Leverage scores of the rows of A: scores[i] = a_i' (A'A + ridge I)^-1 a_i, a_i' row i of A (the pseudo-inverse where
 * A is rank-deficient and ridge = 0); 0 <= scores[i] <= 1, and for ridge = 0 their sum is the rank. scores has rows(A)
 * numbers. precond as in akr_lsq_solve_f64; one that is not orthonormal enough (sketch, cholesky) is sharpened first.
 * Options: method, seed, rank.tol, sketch.*, the run's.
 * Report: method, rank, rank_gap below full rank, cond_estimate, passes, seconds.*, the run's; sketch.kind, sketch.rows
 * where there is a sketch.
 * Status: AKR_OK; AKR_RANK_DEFICIENT; AKR_E_NOT_FINITE; AKR_E_NUMERIC; AKR_E_CALLBACK; AKR_E_UNSUPPORTED (a method or
 * transform that this A or build does not have); usual.
 * Cost: that of the preconditioner, one pass, and n d^2 flops.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_leverage_scores_f64(const akr_matrix *matrix, const akr_precond *precond, double ridge,
                                           double *scores, const akr_options *options, akr_report *report);
AKR_API akr_status akr_leverage_scores_f32(const akr_matrix *matrix, const akr_precond *precond, double ridge,
                                           float *scores, const akr_options *options, akr_report *report);

/*
 * 7. Sketches
 *
 * A random m x n matrix S with E ||S x||^2 = ||x||^2 for every x. It is a function of kind, transform, nonzeros, sizes
 * and seed alone: the same for f32 and f64, for any number of threads, for any layout of A.
 */

/*
 * *out = a sketch, S of sketch_rows x rows, 1 <= sketch_rows < 2^31. Nothing is stored but what the kind needs. The
 * option sketch.kind:
 *   auto         sparse-sign, which serves dense and sparse A
 *   srht         subsampled randomised transforms of blocks of rows, the row order of each block permuted
 *   sparse-sign  sketch.nonzeros entries +-1/sqrt(nonzeros) in each column, positions without repetition
 *   gaussian     independent normal numbers of variance 1/m
 * Options: seed, sketch.kind, sketch.transform, sketch.nonzeros, the run's.
 * Report: sketch.kind, sketch.rows, the run's.
 * Status: AKR_OK; AKR_E_UNSUPPORTED for a transform that this build does not have; usual.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_sketch_create(int64_t sketch_rows, int64_t rows, const akr_options *options, akr_report *report,
                                     akr_sketch **out);

/*
 * The sketch of a matrix: sa = S A, sketch_rows x cols(A), column-major, ldsa >= sketch_rows; rows(A) must be the
 * sketch's rows. A is not looked at for NaN and infinities; they come out again.
 * Options: the run's.
 * Report: sketch.kind, sketch.rows, seconds.sketch, the run's.
 * Status: AKR_OK; AKR_E_CALLBACK; AKR_E_NUMERIC where sums of finite numbers overflow, sa untouched; usual.
 * Cost: one pass of A (cols(A) products for an operator); flops: sparse-sign 2 nonzeros nnz, srht about
 * n d (log2(block) + sketch_rows/block), gaussian 2 n d sketch_rows.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_sketch_apply_f64(const akr_sketch *sketch, const akr_matrix *matrix, double *sa, int64_t ldsa,
                                        const akr_options *options, akr_report *report);
AKR_API akr_status akr_sketch_apply_f32(const akr_sketch *sketch, const akr_matrix *matrix, float *sa, int64_t ldsa,
                                        const akr_options *options, akr_report *report);

/*
 * A sketch times vectors. transpose = 0: y = S x, x is rows x ncols, y is sketch_rows x ncols. transpose = 1: y = S' x,
 * the other way round. Both are column-major, each leading dimension at least its rows. NaN and infinities come out
 * again.
 * Options: the run's.
 * Report: sketch.kind, sketch.rows, seconds.sketch, the run's.
 * Status: AKR_OK; AKR_E_NUMERIC where sums of finite numbers overflow (with transpose = 1 some columns of y may be
 * written); usual.
 * Cost: as akr_sketch_apply_f64's flops with d = ncols.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_sketch_apply_dense_f64(const akr_sketch *sketch, int32_t transpose, int64_t ncols,
                                              const double *x, int64_t ldx, double *y, int64_t ldy,
                                              const akr_options *options, akr_report *report);
AKR_API akr_status akr_sketch_apply_dense_f32(const akr_sketch *sketch, int32_t transpose, int64_t ncols,
                                              const float *x, int64_t ldx, float *y, int64_t ldy,
                                              const akr_options *options, akr_report *report);

/* Frees a sketch; NULL is fine. [shared] Since 0.1. */
AKR_API void akr_sketch_destroy(akr_sketch *sketch);

/*
 * 8. Attention kernels
 *
 * K(i, j) = exp(scale <a_i, a_j>) for points a_1 ... a_n of dimension dim, and attention, softmax(scale Q K') V.
 * Products make tiles of the n x n numbers, use them and forget them; only akr_kernel_solve_f64 and a dense
 * preconditioner may keep some n^2 of them, where memory allows. Exponents are formed in double for the kernels, and in
 * the function's precision for attention; each exponential is within 2 ulp of that of its argument. An array "in either
 * layout" is stored as AKR_ROW_MAJOR or AKR_COL_MAJOR says of a dense matrix.
 */

/*
 * *out = a kernel, that of n = points points, row i of a (points x dim, in either layout; lda >= dim by rows, >= points
 * by columns). scale >= 0 and finite. The points are copied: a may be freed. check_finite = 0 skips the look at a.
 * Options: check_finite, the run's.
 * Status: AKR_OK; AKR_E_NOT_FINITE; AKR_E_NUMERIC where scale ||a_i||^2 overflows; usual.
 * Cost: one reading of a. Memory: 16 points dim bytes, kept.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_kernel_create_f64(int32_t layout, int64_t points, int64_t dim, double scale, const double *a,
                                         int64_t lda, const akr_options *options, akr_kernel **out);
AKR_API akr_status akr_kernel_create_f32(int32_t layout, int64_t points, int64_t dim, double scale, const float *a,
                                         int64_t lda, const akr_options *options, akr_kernel **out);

/*
 * A kernel times vectors: y = K x, both points x nrhs, column-major, ldx and ldy >= points; x must be finite. An entry
 * of K has a relative error of at most (dim + 8) u times the largest scale ||a_i||^2, u that of double, and a few u.
 * Where the largest entry of a column of K x is outside the range of the precision, or below that of its normal
 * numbers, the status is AKR_PRECISION_LIMIT, y holds K x e^-L with its largest entry near 1, and the report's
 * kernel.log_scale is L; where no one L serves all columns each has its own, column_log_scale, and kernel.log_scale is
 * unset. Entries far below the largest of their column may underflow.
 * Options: the run's.
 * Report: passes, seconds.iterate, the run's; kernel.log_scale and column_log_scale where K x is
 * outside the range.
 * Status: AKR_OK; AKR_PRECISION_LIMIT; AKR_E_NOT_FINITE; usual.
 * Cost: n^2/2 exponentials and n^2 dim flops, 2 n^2 flops a column; with scale ||a_i||^2 above 680 twice the
 * exponentials. Memory: a few MiB and some 24 n nrhs bytes.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_kernel_apply_f64(const akr_kernel *kernel, int64_t nrhs, const double *x, int64_t ldx, double *y,
                                        int64_t ldy, const akr_options *options, akr_report *report);
AKR_API akr_status akr_kernel_apply_f32(const akr_kernel *kernel, int64_t nrhs, const float *x, int64_t ldx, float *y,
                                        int64_t ldy, const akr_options *options, akr_report *report);

/*
 * *out = a preconditioner for K + ridge I, to be kept between solves: for kernels with these very points and scale, and
 * this ridge. akr_precond_apply_f64 has its FULL part, approximately (K + ridge I)^-1 x; RIGHT and
 * akr_precond_get_r_f64 are AKR_E_UNSUPPORTED. ridge >= 0 and finite. With D = diag(exp(scale ||a_i||^2/2)), K = D G D,
 * and the Gaussian part G has a unit diagonal and no entry above 1. The option kernel.precond:
 *   auto             dense up to 1500 points where it fits, like kernel.storage of akr_kernel_solve_f64; else
 *                    rpcholesky where the norms of the points are alike and ridge > 0, rpcholesky-diag where they are
 *                    not
 *   rpcholesky       a randomly pivoted Cholesky factor F of G, of rank kernel.rank, and the ridge: F F' + ridge D^-2
 *   rpcholesky-diag  the diagonal of G - F F' besides: where the norms of the points differ
 *   nystrom          F from products of G with kernel.rank random vectors, and that diagonal
 *   tensor-sketch    F of sketched Taylor features of the points, made without looking at G, and that diagonal
 *   dense            a single-precision Cholesky factor of all of G + ridge D^-2: 4 n^2 bytes
 * Options: kernel.precond, kernel.rank, seed, the run's.
 * Report: kernel.precond, kernel.rank, seconds.factor, the run's.
 * Status: AKR_OK; AKR_E_NUMERIC; usual.
 * Cost: with r the rank: rpcholesky r columns of K, nystrom n^2/2 exponentials for each 64 vectors and 2 n^2 r flops,
 * tensor-sketch no entry of K; each of them some 2 n r^2 flops. dense n^2/2 exponentials and n^3/3 flops. Memory: 16 n
 * r bytes, or 4 n^2.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_kernel_precond_create(const akr_kernel *kernel, double ridge, const akr_options *options,
                                             akr_report *report, akr_precond **out);

/*
 * Attention kernel regression: (K + ridge I) x = b for each of the nrhs columns of b. b and x are points x nrhs,
 * column-major; x may be b where ldx = ldb; b must be finite. ridge >= 0 and finite; with ridge = 0 K is nearly
 * singular for most real points, and exactly for repeated ones: then the status says whether b could be met. By
 * conjugate gradients on (G + ridge D^-2) y = D^-1 b, y = D x, K = D G D, with a preconditioner of
 * akr_kernel_precond_create. precond NULL, or one made for other points or another ridge: one is made; of another
 * number of points, another precision, or of a matrix: AKR_E_ARGUMENT. One that is made here may get a larger rank
 * while the iteration is slow and kernel.rank is 0, and with kernel.precond = auto give way to a dense factor where the
 * iteration would take longer than that. The option kernel.storage:
 *   auto   G is kept once the iteration goes on for more than a dozen steps, where it fits: in memory_limit, or in 7e9
 *          bytes without one
 *   dense  its upper half is kept from the start: 4 n^2 bytes, or 2 n^2 in single precision where the ridge is so large
 *          that this rounding does no harm
 *   tiles  G is made again for each product
 *
 * The certificate. AKR_OK means: for every column ||b - (K + ridge I) x||, recomputed by a product of its own, is at
 * most 32 u ((||K|| + ridge) ||x|| + ||b||), u that of the kernel's precision and ||K|| taken as ||K 1||/sqrt(n), its
 * lower bound, or at most rtol ||b|| where that is more; for f32, before x is rounded. It is the residual of K as it is
 * computed, whose entries have the error of akr_kernel_apply_f64's: of the exact K the residual may be larger by
 * (dim + 8) u E ((||K|| + ridge) ||x|| + ||b||), u that of double, E the largest scale ||a_i||^2.
 *
 * Options: rtol, max_iter, kernel.precond, kernel.rank, kernel.storage, seed, the run's.
 * Report: stopped_by, iterations, passes (products with K), residual_norm, kernel.precond, kernel.rank, history (of
 * ||r||/||b||), column_status, column_residual, seconds.factor, seconds.iterate, seconds.certify, the run's;
 * kernel.log_scale and column_log_scale where x is outside the range.
 * Status: AKR_OK; AKR_NOT_CONVERGED; AKR_CANCELLED; AKR_PRECISION_LIMIT where x is outside the range of the precision:
 * then x e^-L is handed over, and kernel.log_scale is L, or column_log_scale has the L of each column;
 * AKR_E_NOT_FINITE; AKR_E_NUMERIC where scale ||a_i||^2/2 spreads by more than 300 or a preconditioner has no factor;
 * usual without AKR_E_CANCELLED.
 * Cost: that of the preconditioner, and for each iteration a product with K (2 n^2 flops a column where G is kept) and
 * 4 n rank flops a column. Memory: what the preconditioner and kernel.storage keep, and some 80 n nrhs bytes.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_kernel_solve_f64(const akr_kernel *kernel, const akr_precond *precond, double ridge,
                                        int64_t nrhs, const double *b, int64_t ldb, double *x, int64_t ldx,
                                        const akr_options *options, akr_report *report);
AKR_API akr_status akr_kernel_solve_f32(const akr_kernel *kernel, const akr_precond *precond, double ridge,
                                        int64_t nrhs, const float *b, int64_t ldb, float *x, int64_t ldx,
                                        const akr_options *options, akr_report *report);

/*
 * Prediction at new points, row i of q (queries x dim, in either layout; ldq >= dim by rows, >= queries by columns):
 * y_i = sum over j of exp(scale <q_i, a_j>) x_j, and with normalize = 1 that over the sum of exp(scale <q_i, a_j>), the
 * softmax average of x; normalize = 0: not. x is points x nrhs, y queries x nrhs, both column-major, each leading
 * dimension at least its rows. A running maximum keeps the normalised form right at any scale; the plain form is held
 * back like akr_kernel_apply_f64's. Without points y is 0.
 * Options: check_finite (of q), the run's.
 * Report: passes, seconds.iterate, the run's; kernel.log_scale where y is outside the range.
 * Status: AKR_OK; AKR_PRECISION_LIMIT; AKR_E_NOT_FINITE; AKR_E_NUMERIC where an exponent overflows; usual.
 * Cost: queries n exponentials, 2 queries n (dim + nrhs) flops. Memory: a few MiB, 8 queries (dim + nrhs) and 16 n
 * nrhs bytes.
 * [shared] Since 0.1.
 */
AKR_API akr_status akr_kernel_predict_f64(const akr_kernel *kernel, int32_t normalize, int32_t layout, int64_t queries,
                                          const double *q, int64_t ldq, int64_t nrhs, const double *x, int64_t ldx,
                                          double *y, int64_t ldy, const akr_options *options, akr_report *report);
AKR_API akr_status akr_kernel_predict_f32(const akr_kernel *kernel, int32_t normalize, int32_t layout, int64_t queries,
                                          const float *q, int64_t ldq, int64_t nrhs, const float *x, int64_t ldx,
                                          float *y, int64_t ldy, const akr_options *options, akr_report *report);

/*
 * Exact attention: out = softmax(scale Q K') V, the softmax along each row. q is queries x dim, k is keys x dim, v is
 * keys x value_dim, out is queries x value_dim, all in one layout with leading dimensions of their own: at least the
 * columns for AKR_ROW_MAJOR, the rows for AKR_COL_MAJOR. scale is finite, of either sign. causal = 1: query i takes the
 * keys j <= i + keys - queries, so that the last query takes all of them; a query that takes no key gets zeros. causal
 * = 0: each takes all. All of it in the function's precision, sums of weights in double: the error of an entry is at
 * most (2 E + dim E + keys + 20) u times the largest |v|, E the largest |scale| ||q_i|| ||k_j||; a tenth of it was
 * seen. Means of values whose sum would overflow are finite.
 * Options: check_finite (of q, k, v), the run's.
 * Report: seconds.iterate, the run's.
 * Status: AKR_OK; AKR_E_NOT_FINITE; AKR_E_NUMERIC where an exponent overflows, which none does while E fits the
 * precision; usual.
 * Cost: queries keys exponentials and 2 queries keys (dim + value_dim) flops, half of both with causal. Memory: at
 * most 8192 rows of out, and 64 rows of q a thread.
 * [any thread] Since 0.1.
 */
AKR_API akr_status akr_attention_f64(int32_t layout, int64_t queries, int64_t keys, int64_t dim, int64_t value_dim,
                                     double scale, int32_t causal, const double *q, int64_t ldq, const double *k,
                                     int64_t ldk, const double *v, int64_t ldv, double *out, int64_t ldout,
                                     const akr_options *options, akr_report *report);
AKR_API akr_status akr_attention_f32(int32_t layout, int64_t queries, int64_t keys, int64_t dim, int64_t value_dim,
                                     double scale, int32_t causal, const float *q, int64_t ldq, const float *k,
                                     int64_t ldk, const float *v, int64_t ldv, float *out, int64_t ldout,
                                     const akr_options *options, akr_report *report);

/* Frees a kernel; NULL is fine. Preconditioners of it live on. [shared] Since 0.1. */
AKR_API void akr_kernel_destroy(akr_kernel *kernel);

#ifdef __cplusplus
}
#endif

#endif
