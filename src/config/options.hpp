// SPDX-License-Identifier: BSD-3-Clause
// The options of a call, and THE table that describes each of them: one row an option, read by the setters, the
// getters, the command-line client and the manual alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace akr {

enum class Method : std::int64_t { automatic, sketch, sketch_cholqr, cholesky, qr, gradient, cgls };
enum class SketchChoice : std::int64_t { automatic, srht, sparse_sign, gaussian };
enum class ResidualPrecision : std::int64_t { working, doubled };
enum class StorageChoice : std::int64_t { automatic, dense, tiles };
enum class KernelChoice : std::int64_t { automatic, rpcholesky, rpcholesky_diag, nystrom, tensor_sketch, dense };
enum class GramMethod : std::int64_t { automatic, recursion, factor, krylov };
enum class TransformChoice : std::int64_t { automatic, hartley, cosine, hadamard };

// Values only: a copy is a snapshot. Options with choices hold the choice's index in the table's list.
struct Options {
  double rtol = 0;
  std::int64_t max_iter = 0;
  double time_limit = 0;
  std::int64_t seed = 0;
  std::int64_t memory_limit = 0;
  std::int64_t threads = 0;
  std::int64_t check_finite = 1;
  std::int64_t copy = 0;
  std::int64_t log_level = 2;
  std::int64_t warm_start = 0;
  std::int64_t method = 0;
  double rank_tol = 0;
  std::int64_t sketch_kind = 0;
  std::int64_t sketch_transform = 0;
  double sketch_factor = 0;
  std::int64_t sketch_nonzeros = 0;
  std::int64_t residual_precision = 0;
  std::int64_t gram_method = 0;
  std::int64_t kernel_storage = 0;
  std::int64_t kernel_precond = 0;
  std::int64_t kernel_rank = 0;

  Method chosen_method() const { return static_cast<Method>(method); }
  SketchChoice chosen_sketch() const { return static_cast<SketchChoice>(sketch_kind); }
  ResidualPrecision chosen_precision() const { return static_cast<ResidualPrecision>(residual_precision); }
  GramMethod chosen_gram_method() const { return static_cast<GramMethod>(gram_method); }
  StorageChoice chosen_kernel_storage() const { return static_cast<StorageChoice>(kernel_storage); }
  KernelChoice chosen_kernel_precond() const { return static_cast<KernelChoice>(kernel_precond); }
  TransformChoice chosen_transform() const { return static_cast<TransformChoice>(sketch_transform); }
};

struct OptionRow {
  const char *key;
  const char *type;           // "i64", "f64" or "str"
  const char *default_value;  // as text
  const char *min;            // as text; "" where there is none
  const char *max;
  const char *choices;  // "auto|srht|…", "" where free
  const char *help;
  const char *read_by;  // comma-separated functions
  const char *since;
  std::int64_t Options::*integer;  // exactly one of the two is set; choices use `integer`
  double Options::*real;
};

// All rows, in the order in which they are listed to users.
const std::vector<OptionRow> &option_table();
// Null where no option has that key.
const OptionRow *find_option(std::string_view key);
// The known key nearest to a mistyped one (edit distance), for messages.
const char *nearest_option(std::string_view key);

// Each throws Error(e_option) naming key, value and rule; options are unchanged then.
void set_option(Options &options, std::string_view key, std::int64_t value);
void set_option(Options &options, std::string_view key, double value);
void set_option(Options &options, std::string_view key, std::string_view value);  // parses any type, C locale
std::int64_t get_option_integer(const Options &options, std::string_view key);
double get_option_real(const Options &options, std::string_view key);
std::string get_option_text(const Options &options, std::string_view key);  // any type; reads back to the same value

}  // namespace akr
