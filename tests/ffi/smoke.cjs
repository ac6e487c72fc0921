// SPDX-License-Identifier: BSD-3-Clause
// libakr from Node through koffi.   smoke.cjs LIBRARY
const assert = require('node:assert');
const koffi = require('koffi');

const akr = koffi.load(process.argv[2]);
const version = akr.func('int32_t akr_version()');
const lastError = akr.func('const char *akr_last_error()');
const createDense = akr.func(
    'int32_t akr_matrix_create_dense_f64(int32_t, int64_t, int64_t, const double *, int64_t, void *, _Out_ void **)');
const destroy = akr.func('void akr_matrix_destroy(void *)');
const solve = akr.func(
    'int32_t akr_lsq_solve_f64(void *, void *, double, int64_t, const double *, int64_t, _Out_ double *, int64_t, void *, void *)');
const createOptions = akr.func('int32_t akr_options_create(_Out_ void **)');
const destroyOptions = akr.func('void akr_options_destroy(void *)');
const Progress = koffi.proto('int32_t Progress(void *user, void *now)');
const setProgress = akr.func('int32_t akr_options_set_progress(void *, Progress *, void *)');

const rows = 2000, cols = 5;
const a = new Float64Array(rows * cols), b = new Float64Array(rows), x = new Float64Array(cols);
for (let i = 0; i < rows; ++i) {
  for (let j = 0; j < cols; ++j) {
    a[i * cols + j] = (i % cols === j ? 1 : 0) + 1 / (1 + i % 11 + j);
    b[i] += a[i * cols + j] * (j + 1);
  }
}

assert(version() > 0);
const matrix = [null], options = [null];
assert.strictEqual(createDense(1, rows, cols, a, cols, null, matrix), 0, lastError());
assert.strictEqual(solve(matrix[0], null, 0, 1, b, rows, x, cols, null, null), 0, lastError());
x.forEach((value, j) => assert(Math.abs(value - (j + 1)) < 1e-10));
assert.strictEqual(solve(matrix[0], null, 0, 1, b, rows, x, 1, null, null), -1);
assert(lastError().includes('ldx'));

let calls = 0;
const callback = koffi.register(() => { ++calls; return 1; }, koffi.pointer(Progress));
assert.strictEqual(createOptions(options), 0);
assert.strictEqual(setProgress(options[0], callback, null), 0);
assert.strictEqual(solve(matrix[0], null, 0, 1, b, rows, x, cols, options[0], null), 2, lastError());
assert(calls > 0);
destroyOptions(options[0]);
destroy(matrix[0]);
koffi.unregister(callback);
