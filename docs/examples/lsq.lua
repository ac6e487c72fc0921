-- SPDX-License-Identifier: BSD-3-Clause
-- Least squares from LuaJIT through its FFI: read a sparse matrix and a right-hand side, solve min |A x - b|, look at the
-- report, provoke an error, cancel a solve.
--
--   luajit lsq.lua data/well1033.mtx data/well1033_rhs1.mtx
--
-- The library is found by the dynamic linker, or where the environment variable LIBAKR says. An example, not a benchmark.
local ffi = require("ffi")
local jit = require("jit")

ffi.cdef [[
typedef struct akr_options_s akr_options;
typedef struct akr_report_s akr_report;
typedef struct akr_matrix_s akr_matrix;
typedef struct akr_precond_s akr_precond;
typedef int32_t (*akr_progress_fn)(void *user, const akr_report *now);
int32_t akr_version(void);
const char *akr_last_error(void);
const char *akr_status_name(int32_t status);
int32_t akr_options_create(akr_options **options);
int32_t akr_options_set_progress(akr_options *options, akr_progress_fn fn, void *user);
void akr_options_destroy(akr_options *options);
int32_t akr_report_create(akr_report **report);
int32_t akr_report_get_i64(const akr_report *report, const char *key, int64_t *value);
int32_t akr_report_get_f64(const akr_report *report, const char *key, double *value);
int32_t akr_report_get_str(const akr_report *report, const char *key, char *buf, int64_t capacity, int64_t *length);
void akr_report_destroy(akr_report *report);
int32_t akr_matrix_create_sparse_f64(int32_t layout, int64_t rows, int64_t cols, int32_t index_bits, int32_t index_base,
                                     const void *start, const void *index, const double *value,
                                     const akr_options *options, akr_matrix **matrix);
void akr_matrix_destroy(akr_matrix *matrix);
int32_t akr_lsq_solve_f64(const akr_matrix *a, const akr_precond *m, double ridge, int64_t nrhs, const double *b,
                          int64_t ldb, double *x, int64_t ldx, const akr_options *options, akr_report *report);
]]
local akr = ffi.load(os.getenv("LIBAKR") or "libakr.so.1")
local ROW_MAJOR = 1

local function name(status) return ffi.string(akr.akr_status_name(status)) end

-- Every call that can fail goes through here. Positive statuses are results, not errors.
local function require_ok(status)
  if status < 0 then error(name(status) .. ": " .. ffi.string(akr.akr_last_error()), 0) end
  return status
end

-- The lines of a Matrix Market file behind its comments, as lists of numbers.
local function market_numbers(path)
  local file = assert(io.open(path))
  local lines = {}
  for line in file:lines() do
    if line:sub(1, 1) ~= "%" then
      local numbers = {}
      for word in line:gmatch("%S+") do numbers[#numbers + 1] = assert(tonumber(word), path .. ": not a number") end
      lines[#lines + 1] = numbers
    end
  end
  file:close()
  return lines
end

-- rows, cols, count, row starts, columns, values, counted from 0. The file goes column by column.
local function read_matrix(path)
  local lines = market_numbers(path)
  local rows, cols, count = lines[1][1], lines[1][2], lines[1][3]
  assert(#lines == count + 1, path .. ": the number of entries is not as announced")
  local start, column = ffi.new("int64_t[?]", rows + 2), ffi.new("int64_t[?]", count)
  local value = ffi.new("double[?]", count)
  for k = 2, #lines do start[lines[k][1] + 1] = start[lines[k][1] + 1] + 1 end
  for i = 2, rows + 1 do start[i] = start[i] + start[i - 1] end
  for k = 2, #lines do
    local i = lines[k][1]
    local place = tonumber(start[i])
    start[i] = place + 1
    column[place], value[place] = lines[k][2] - 1, lines[k][3]
  end
  return rows, cols, count, start, column, value
end

if #arg ~= 2 then
  io.stderr:write("usage: lsq.lua MATRIX.mtx RIGHT_HAND_SIDE.mtx\n")
  os.exit(1)
end
local version = akr.akr_version()
print(("libakr %d.%d.%d"):format(version / 10000, version / 100 % 100, version % 100))
local rows, cols, count, start, column, value = read_matrix(arg[1])
local side = market_numbers(arg[2])
assert(#side == rows + 1, "the right-hand side does not fit the matrix")
local b, x = ffi.new("double[?]", rows), ffi.new("double[?]", cols)
for i = 1, rows do b[i - 1] = side[i + 1][1] end
print(("matrix: %d x %d, %d entries"):format(rows, cols, count))

-- 1. Solve. The matrix borrows the arrays: keep them in variables that live until it is destroyed.
local matrix, report = ffi.new("akr_matrix *[1]"), ffi.new("akr_report *[1]")
require_ok(akr.akr_matrix_create_sparse_f64(ROW_MAJOR, rows, cols, 64, 0, start, column, value, nil, matrix))
require_ok(akr.akr_report_create(report))
local status = require_ok(akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, cols, nil, report[0]))
print("status: " .. name(status))

local function real(key)
  local out = ffi.new("double[1]")
  require_ok(akr.akr_report_get_f64(report[0], key, out))
  return out[0]
end
local text, length, rank = ffi.new("char[32]"), ffi.new("int64_t[1]"), ffi.new("int64_t[1]")
require_ok(akr.akr_report_get_str(report[0], "stopped_by", text, 32, length))
require_ok(akr.akr_report_get_i64(report[0], "rank", rank))
print("stopped by: " .. ffi.string(text))
print(("residual norm: %.6f"):format(real("residual_norm")))
print("backward error below 1e-14: " .. (real("backward_error") < 1e-14 and "yes" or "no"))
print("rank: " .. tonumber(rank[0]))
local square = 0
for j = 0, cols - 1 do square = square + x[j] * x[j] end
print(("solution norm: %.4f, first: %.5f, last: %.5f"):format(math.sqrt(square), x[0], x[cols - 1]))

-- 2. An error: the status says what kind, the text what exactly. x is left as it was.
status = akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, cols - 1, nil, report[0])
print("error: " .. name(status) .. ": " .. ffi.string(akr.akr_last_error()))

-- 3. A solve that the progress callback cancels. A callback must not come up from compiled Lua code: the call that leads
-- to it is left to the interpreter.
local calls = 0
local cancel_at_once = ffi.cast("akr_progress_fn", function() calls = calls + 1; return 1 end)
local options = ffi.new("akr_options *[1]")
require_ok(akr.akr_options_create(options))
require_ok(akr.akr_options_set_progress(options[0], cancel_at_once, nil))
local function solve() return akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, cols, options[0], report[0]) end
jit.off(solve)
print(("cancelled: %s, after calls: %d"):format(name(require_ok(solve())), calls))

akr.akr_options_destroy(options[0])
akr.akr_report_destroy(report[0])
akr.akr_matrix_destroy(matrix[0])
cancel_at_once:free()
