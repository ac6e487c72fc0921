/* SPDX-License-Identifier: BSD-3-Clause
 * What R needs to call libakr: the functions behind lsq.R, for .Call.
 *
 *   PKG_CFLAGS=$(pkg-config --cflags akr) PKG_LIBS=$(pkg-config --libs akr) R CMD SHLIB lsq_r.c
 *
 * R's errors are jumps. They pass over C code without a chance to clean up, so every handle belongs to an R object
 * whose finalizer destroys it; and they must not pass over libakr, so what a callback does in R is fenced in. */
#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>
#include <akr.h>

static akr_status require(akr_status status) {
  if (status < 0) Rf_error("%s: %s", akr_status_name(status), akr_last_error());
  return status;
}

/* An external pointer to nothing yet. Making it can fail, hence it comes before the handle that it is to hold. The tag
 * tells the kinds apart: R code can hand any object to any function. */
static SEXP make_holder(const char *kind, R_CFinalizer_t destroy) {
  SEXP holder = PROTECT(R_MakeExternalPtr(NULL, Rf_install(kind), R_NilValue));
  if (destroy != NULL) R_RegisterCFinalizer(holder, destroy);
  UNPROTECT(1);
  return holder;
}

/* NULL for a handle out of a saved session: libakr refuses it. */
static void *held(SEXP holder, const char *kind) {
  if (TYPEOF(holder) != EXTPTRSXP || R_ExternalPtrTag(holder) != Rf_install(kind)) Rf_error("this is no %s", kind);
  return R_ExternalPtrAddr(holder);
}

static void destroy_matrix(SEXP holder) { akr_matrix_destroy(R_ExternalPtrAddr(holder)); }
static void destroy_options(SEXP holder) { akr_options_destroy(R_ExternalPtrAddr(holder)); }
static void destroy_report(SEXP holder) { akr_report_destroy(R_ExternalPtrAddr(holder)); }

SEXP lsq_version(void) { return Rf_ScalarInteger(akr_version()); }

/* A matrix by columns, indices counted from 1. R's integers are int32_t; sizes come as doubles, which hold more. The
 * columns are turned into rows here and not borrowed: R may drop its vectors. */
SEXP lsq_matrix(SEXP rows, SEXP cols, SEXP start, SEXP row, SEXP value) {
  const int64_t n = (int64_t)Rf_asReal(rows), d = (int64_t)Rf_asReal(cols);
  SEXP holder = PROTECT(make_holder("akr_matrix", destroy_matrix));
  akr_matrix *matrix = NULL;
  if (XLENGTH(start) != d + 1 || XLENGTH(row) != XLENGTH(value) || INTEGER(start)[d] - 1 != XLENGTH(value))
    Rf_error("start, row and value do not fit each other");
  require(akr_matrix_create_sparse_f64(AKR_COL_MAJOR, n, d, 32, 1, INTEGER(start), INTEGER(row), REAL(value), NULL,
                                       &matrix));
  R_SetExternalPtrAddr(holder, matrix);
  UNPROTECT(1);
  return holder;
}

SEXP lsq_report(void) {
  SEXP holder = PROTECT(make_holder("akr_report", destroy_report));
  akr_report *report = NULL;
  require(akr_report_create(&report));
  R_SetExternalPtrAddr(holder, report);
  UNPROTECT(1);
  return holder;
}

/* A number if it is one (get_f64 reads whole numbers too, and R has no 64-bit integers), else a text. */
SEXP lsq_get(SEXP report, SEXP key) {
  const akr_report *from = held(report, "akr_report");
  const char *name = CHAR(Rf_asChar(key));
  double number = 0;
  char text[1024];
  if (akr_report_get_f64(from, name, &number) == AKR_OK) return Rf_ScalarReal(number);
  require(akr_report_get_str(from, name, text, sizeof text, NULL));
  return Rf_ScalarString(Rf_mkCharCE(text, CE_UTF8));
}

/* A function of R's that libakr calls through on_progress. */
typedef struct {
  SEXP call, view; /* call: the R function applied to view, which holds the report while it can be read */
  int cancel, failed;
} progress;

static void evaluate(void *user) {
  progress *p = user;
  p->cancel = Rf_asLogical(Rf_eval(p->call, R_GlobalEnv)) == TRUE;
}

/* R_ToplevelExec stops every jump: errors, interrupts, restarts. */
static int32_t on_progress(void *user, const akr_report *now) {
  progress *p = user;
  R_SetExternalPtrAddr(p->view, (void *)now);
  if (!R_ToplevelExec(evaluate, p)) p->failed = 1;
  R_ClearExternalPtr(p->view);
  return p->failed || p->cancel;
}

/* list(x, status): x has `cols` numbers; progress is NULL or a function of the report so far, TRUE cancels. */
SEXP lsq_solve(SEXP matrix, SEXP b, SEXP cols, SEXP report, SEXP fn) {
  const char *names[] = {"x", "status", ""};
  const int64_t d = (int64_t)Rf_asReal(cols);
  SEXP result = PROTECT(Rf_mkNamed(VECSXP, names)), x = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)d));
  SEXP holder = PROTECT(make_holder("akr_options", destroy_options));
  SEXP view = PROTECT(make_holder("akr_report", NULL)), call = PROTECT(Rf_lang2(fn, view));
  progress p = {call, view, 0, 0};
  akr_options *options = NULL;
  akr_status status;
  require(akr_options_create(&options));
  R_SetExternalPtrAddr(holder, options);
  if (fn != R_NilValue) require(akr_options_set_progress(options, on_progress, &p));
  status = akr_lsq_solve_f64(held(matrix, "akr_matrix"), NULL, 0.0, 1, REAL(b), XLENGTH(b), REAL(x), d, options,
                             held(report, "akr_report"));
  if (p.failed) Rf_error("the progress function failed");
  SET_VECTOR_ELT(result, 0, x);
  SET_VECTOR_ELT(result, 1, Rf_mkString(akr_status_name(require(status))));
  UNPROTECT(5);
  return result;
}
