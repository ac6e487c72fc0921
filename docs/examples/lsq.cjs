// SPDX-License-Identifier: BSD-3-Clause
// Least squares from Node.js through koffi: read a sparse matrix and a right-hand side, solve min |A x - b|, look at
// the report, provoke an error, cancel a solve.
//
//   npm install koffi
//   node lsq.cjs data/well1033.mtx data/well1033_rhs1.mtx
//
// The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a
// benchmark.
'use strict';
const fs = require('node:fs');
const koffi = require('koffi');

// Handles are pointers to types that nobody outside the library knows. Typed ones, so that koffi refuses a report where
// an options object belongs.
koffi.opaque('akr_matrix');
koffi.opaque('akr_options');
koffi.opaque('akr_precond');
koffi.opaque('akr_report');
koffi.proto('int32_t akr_progress_fn(void *user, const akr_report *now)');

const lib = koffi.load(process.env.LIBAKR || 'libakr.so.1');
const akr = {
  version: lib.func('int32_t akr_version(void)'),
  lastError: lib.func('const char *akr_last_error(void)'),
  statusName: lib.func('const char *akr_status_name(int32_t status)'),
  optionsCreate: lib.func('int32_t akr_options_create(_Out_ akr_options **options)'),
  setProgress: lib.func('int32_t akr_options_set_progress(akr_options *options, akr_progress_fn *fn, void *user)'),
  optionsDestroy: lib.func('void akr_options_destroy(akr_options *options)'),
  reportCreate: lib.func('int32_t akr_report_create(_Out_ akr_report **report)'),
  getI64: lib.func('int32_t akr_report_get_i64(const akr_report *report, const char *key, _Out_ int64_t *value)'),
  getF64: lib.func('int32_t akr_report_get_f64(const akr_report *report, const char *key, _Out_ double *value)'),
  getStr: lib.func(`int32_t akr_report_get_str(const akr_report *report, const char *key, _Out_ uint8_t *buf,
                                               int64_t capacity, _Out_ int64_t *length)`),
  reportDestroy: lib.func('void akr_report_destroy(akr_report *report)'),
  matrixCreate: lib.func(`int32_t akr_matrix_create_sparse_f64(int32_t layout, int64_t rows, int64_t cols,
                              int32_t index_bits, int32_t index_base, const int32_t *start, const int32_t *index,
                              const double *value, const akr_options *options, _Out_ akr_matrix **matrix)`),
  matrixDestroy: lib.func('void akr_matrix_destroy(akr_matrix *matrix)'),
  solve: lib.func(`int32_t akr_lsq_solve_f64(const akr_matrix *a, const akr_precond *m, double ridge, int64_t nrhs,
                       const double *b, int64_t ldb, _Inout_ double *x, int64_t ldx, const akr_options *options,
                       akr_report *report)`),
};
const COL_MAJOR = 0;

// Every call that can fail goes through here. Positive statuses are results, not errors.
function required(status) {
  if (status < 0) throw new Error(`${akr.statusName(status)}: ${akr.lastError()}`);
  return status;
}

// What `fill` writes to its one argument, an out parameter.
function out(fill) {
  const box = [null];
  required(fill(box));
  return box[0];
}

// The lines of a Matrix Market file behind its comments, as lists of numbers.
function marketNumbers(path) {
  const lines = fs.readFileSync(path, 'ascii').split('\n').filter((line) => line.trim() && !line.startsWith('%'));
  return lines.map((line) => line.trim().split(/\s+/).map(Number));
}

// Column by column, counted from 1, as the file has it.
function readMatrix(path) {
  const [[rows, cols, count], ...entries] = marketNumbers(path);
  if (entries.length !== count) throw new Error(`${path}: the number of entries is not as announced`);
  entries.sort((p, q) => p[1] - q[1]);
  const start = new Int32Array(cols + 1);
  for (const [, j] of entries) ++start[j];
  start[0] = 1;
  for (let j = 1; j <= cols; ++j) start[j] += start[j - 1];
  return {rows, cols, count, start, row: Int32Array.from(entries, (e) => e[0]),
          value: Float64Array.from(entries, (e) => e[2])};
}

if (process.argv.length !== 4) {
  console.error('usage: lsq.cjs MATRIX.mtx RIGHT_HAND_SIDE.mtx');
  process.exit(1);
}
const version = akr.version();
console.log(`libakr ${Math.floor(version / 10000)}.${Math.floor(version / 100) % 100}.${version % 100}`);
const a = readMatrix(process.argv[2]);
const b = Float64Array.from(marketNumbers(process.argv[3]).slice(1), (line) => line[0]);
if (b.length !== a.rows) throw new Error('the right-hand side does not fit the matrix');
const x = new Float64Array(a.cols);
console.log(`matrix: ${a.rows} x ${a.cols}, ${a.count} entries`);

// 1. Solve. Compressed columns are turned into rows at once and not borrowed: the garbage collector may have the
// arrays. Compressed rows and dense arrays are borrowed; from JavaScript give those the option copy = 1.
const matrix = out((m) => akr.matrixCreate(COL_MAJOR, a.rows, a.cols, 32, 1, a.start, a.row, a.value, null, m));
const report = out(akr.reportCreate);
let status = required(akr.solve(matrix, null, 0, 1, b, a.rows, x, a.cols, null, report));
console.log(`status: ${akr.statusName(status)}`);

const real = (key) => out((value) => akr.getF64(report, key, value));
const text = Buffer.alloc(32), length = [0];
required(akr.getStr(report, 'stopped_by', text, text.length, length));
console.log(`stopped by: ${text.toString('utf8', 0, length[0])}`);
console.log(`residual norm: ${real('residual_norm').toFixed(6)}`);
console.log(`backward error below 1e-14: ${real('backward_error') < 1e-14 ? 'yes' : 'no'}`);
console.log(`rank: ${out((value) => akr.getI64(report, 'rank', value))}`);
const norm = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
console.log(`solution norm: ${norm.toFixed(4)}, first: ${x[0].toFixed(5)}, last: ${x[a.cols - 1].toFixed(5)}`);

// 2. An error: the status says what kind, the text what exactly. x is left as it was. The last error is that of a
// thread: after a call through koffi's .async() the text is in the report, under the key message.
status = akr.solve(matrix, null, 0, 1, b, a.rows, x, a.cols - 1, null, report);
console.log(`error: ${akr.statusName(status)}: ${akr.lastError()}`);

// 3. A solve that the progress callback cancels. Registered, not given as a function: koffi lets go of a plain function
// when the call that took it returns, and the options keep it for longer.
let calls = 0;
const cancelAtOnce = koffi.register((_user, _now) => {  // now has the keys phase, iterations, fraction, residual_norm
  ++calls;
  return 1;
}, koffi.pointer('akr_progress_fn'));
const options = out(akr.optionsCreate);
required(akr.setProgress(options, cancelAtOnce, null));
status = required(akr.solve(matrix, null, 0, 1, b, a.rows, x, a.cols, options, report));
console.log(`cancelled: ${akr.statusName(status)}, after calls: ${calls}`);

akr.optionsDestroy(options);
akr.reportDestroy(report);
akr.matrixDestroy(matrix);
koffi.unregister(cancelAtOnce);
