-- SPDX-License-Identifier: BSD-3-Clause
-- libakr from LuaJIT.   smoke.lua LIBRARY DECLARATIONS
local ffi = require("ffi")
local file = assert(io.open(arg[2]))
ffi.cdef(file:read("*a"))
file:close()
local akr = ffi.load(arg[1])

local function done(status)
  if status < 0 then error(ffi.string(akr.akr_status_name(status)) .. ": " .. ffi.string(akr.akr_last_error())) end
  return status
end

local rows, cols = 2000, 5
local a, b, x = ffi.new("double[?]", rows * cols), ffi.new("double[?]", rows), ffi.new("double[?]", cols)
for i = 0, rows - 1 do
  for j = 0, cols - 1 do
    local entry = (i % cols == j and 1 or 0) + 1 / (1 + i % 11 + j)
    a[i * cols + j] = entry
    b[i] = b[i] + entry * (j + 1)
  end
end

local matrix = ffi.new("akr_matrix *[1]")
done(akr.akr_matrix_create_dense_f64(akr.AKR_ROW_MAJOR, rows, cols, a, cols, nil, matrix))
local report = ffi.new("akr_report *[1]")
done(akr.akr_report_create(report))

assert(akr.akr_version() > 0)
assert(done(akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, cols, nil, report[0])) == akr.AKR_OK)
for j = 0, cols - 1 do assert(math.abs(x[j] - (j + 1)) < 1e-10, "wrong answer") end
local rank = ffi.new("int64_t[1]")
done(akr.akr_report_get_i64(report[0], "rank", rank))
assert(rank[0] == cols)

assert(akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, 1, nil, nil) == akr.AKR_E_ARGUMENT)
assert(ffi.string(akr.akr_last_error()):find("ldx"))

local calls = 0
local callback = ffi.cast("akr_progress_fn", function() calls = calls + 1; return 1 end)
local options = ffi.new("akr_options *[1]")
done(akr.akr_options_create(options))
done(akr.akr_options_set_progress(options[0], callback, nil))
-- A callback must not come up from compiled Lua code: leave this call to the interpreter.
local function cancelled() return akr.akr_lsq_solve_f64(matrix[0], nil, 0, 1, b, rows, x, cols, options[0], report[0]) end
require("jit").off(cancelled)
assert(done(cancelled()) == akr.AKR_CANCELLED and calls > 0)

akr.akr_options_destroy(options[0])
akr.akr_report_destroy(report[0])
akr.akr_matrix_destroy(matrix[0])
callback:free()
