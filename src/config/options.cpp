// SPDX-License-Identifier: BSD-3-Clause
#include "config/options.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/status.hpp"
#include "base/text.hpp"
#include "config/nearest.hpp"

namespace akr {

namespace {

constexpr const char *everything =
    "akr_matrix_create_dense, akr_matrix_create_sparse, akr_matrix_create_callback, akr_matrix_create_rows, "
    "akr_precond_create, akr_precond_apply, akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq, "
    "akr_gram_exp_solve, "
    "akr_leverage_scores, akr_sketch_create, akr_sketch_apply, akr_sketch_apply_dense, akr_kernel_create, "
    "akr_kernel_precond_create, akr_kernel_solve, akr_kernel_apply, akr_kernel_predict, akr_attention";
constexpr const char *kernels = "akr_kernel_precond_create, akr_kernel_solve";
constexpr const char *solving =
    "akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq, akr_gram_exp_solve, akr_kernel_solve";
constexpr const char *powers = "akr_gram_power_solve, akr_gram_power_lsq";
constexpr const char *gram = "akr_gram_power_solve, akr_gram_power_lsq, akr_gram_exp_solve";
constexpr const char *preconditioning =
    "akr_precond_create, akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq, akr_gram_exp_solve, "
    "akr_leverage_scores";
constexpr const char *sketching =
    "akr_precond_create, akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq, akr_gram_exp_solve, "
    "akr_leverage_scores, akr_sketch_create";
constexpr const char *seeded =
    "akr_precond_create, akr_lsq_solve, akr_gram_power_solve, akr_gram_power_lsq, akr_gram_exp_solve, "
    "akr_leverage_scores, akr_sketch_create, akr_kernel_precond_create, akr_kernel_solve";

template <class... Parts>
[[noreturn]] void refuse(const Parts &...parts) {
  throw Error(Status::e_option, text(parts...));
}

}  // namespace

const std::vector<OptionRow> &option_table() {
  static const std::vector<OptionRow> table = {
      {"rtol", "f64", "0", "0", "1", "",
       "Accept x when its backward error is at most rtol times the Frobenius norm of A. 0, or anything below the unit "
       "roundoff of A's precision: as accurate as a backward-stable direct solver, 2 unit roundoffs. Of Gram powers by "
       "gram.method = recursion: the residual of the power is at most rtol times the norm of b; of exponentials by "
       "krylov: the error is at most rtol times the norm of exp(-t A'A) times that of b. Of kernel regression: the "
       "residual "
       "is at most rtol times the norm of b.",
       solving, "0.1", nullptr, &Options::rtol},
      {"max_iter", "i64", "0", "0", "", "",
       "Most iterations of a solver; where it ends so, the status is AKR_NOT_CONVERGED and the report's stopped_by is "
       "max_iter. 0: chosen from the problem.",
       solving, "0.1", &Options::max_iter, nullptr},
      {"time_limit", "f64", "0", "0", "", "",
       "Seconds after which a call ends: a solver with its best iterate and AKR_NOT_CONVERGED, every other function "
       "with AKR_E_CANCELLED. Looked at between pieces of work, so a call may end a little later. 0: none.",
       everything, "0.1", nullptr, &Options::time_limit},
      {"seed", "i64", "0", "", "", "",
       "Seed of the random numbers of sketches and of a kernel's preconditioners; every value is a good one, and equal "
       "seeds give equal numbers.",
       seeded, "0.1", &Options::seed, nullptr},
      {"memory_limit", "i64", "0", "0", "", "",
       "Most bytes of libakr's own arrays in a call; more is AKR_E_MEMORY before anything is written. The caller's "
       "arrays and what BLAS and FFTW allocate for themselves are not counted. 0: none.",
       everything, "0.1", &Options::memory_limit, nullptr},
      {"threads", "i64", "0", "0", "1024", "",
       "Most threads of libakr's own that work at once, the calling one included; the BLAS follows its own setting. "
       "Results do not depend on it. 0: the processors this process may use.",
       everything, "0.1", &Options::threads, nullptr},
      {"check_finite", "i64", "1", "0", "1", "",
       "1: a matrix handle is made only where all entries are finite, else AKR_E_NOT_FINITE; that costs one pass. 0 "
       "skips "
       "it; most methods find such entries later, but not all do for certain. Right-hand sides are always looked at.",
       "akr_matrix_create_dense, akr_matrix_create_sparse, akr_kernel_create, akr_kernel_predict, akr_attention", "0.1",
       &Options::check_finite, nullptr},
      {"copy", "i64", "0", "0", "1", "",
       "1: the matrix handle keeps a copy of the caller's arrays, which may then be freed or changed at once. 0: it "
       "borrows them until it is destroyed.",
       "akr_matrix_create_dense, akr_matrix_create_sparse", "0.1", &Options::copy, nullptr},
      {"log_level", "i64", "2", "0", "3", "",
       "Which lines go to the log callback: 0 none, 1 warnings (AKR_LOG_WARN), 2 also what was chosen (AKR_LOG_INFO), "
       "3 also every iteration (AKR_LOG_DEBUG).",
       everything, "0.1", &Options::log_level, nullptr},
      {"warm_start", "i64", "0", "0", "1", "",
       "1: x holds a first guess on entry; its part in the null space of A is removed. 0: x is output only.",
       "akr_lsq_solve", "0.1", &Options::warm_start, nullptr},
      {"method", "str", "auto", "", "", "auto|sketch|sketch-cholqr|cholesky|qr|gradient|cgls",
       "How least squares is solved. sketch: a sketch's factor preconditions an iteration; sketch-cholqr: the "
       "preconditioned matrix is orthonormalised by a Cholesky QR first; cholesky: the Cholesky factor of the Gram "
       "matrix preconditions; qr: LAPACK's Householder QR; gradient: unit-step gradient descent on the sketched "
       "metric; cgls: conjugate gradients with scaled columns alone, for akr_lsq_solve; auto: what a cost model "
       "expects to be fastest.",
       preconditioning, "0.1", &Options::method, nullptr},
      {"rank.tol", "f64", "0", "0", "1", "",
       "Singular values of the column-scaled A below rank.tol times the largest count as zero; the largest itself "
       "never "
       "does. 0: a small multiple of the unit roundoff.",
       preconditioning, "0.1", nullptr, &Options::rank_tol},
      {"sketch.kind", "str", "auto", "", "", "auto|srht|sparse-sign|gaussian",
       "The family of random matrices: subsampled randomised transforms in blocks, sparse signs, or dense normal "
       "numbers. auto: chosen from the matrix.",
       sketching, "0.1", &Options::sketch_kind, nullptr},
      {"sketch.transform", "str", "auto", "", "", "auto|hartley|cosine|hadamard",
       "The orthogonal transform of an srht sketch. hartley and cosine need a build with FFTW (else "
       "AKR_E_UNSUPPORTED). auto: the fastest of this build.",
       sketching, "0.1", &Options::sketch_transform, nullptr},
      {"sketch.factor", "f64", "0", "0", "1000", "",
       "Rows of a preconditioner's sketch as a multiple of the columns of A. More rows: fewer iterations, dearer "
       "sketch. 0: chosen.",
       preconditioning, "0.1", nullptr, &Options::sketch_factor},
      {"sketch.nonzeros", "i64", "0", "0", "1024", "",
       "Nonzeros in each column of a sparse-sign sketch, at most its rows. 0: chosen (8).", sketching, "0.1",
       &Options::sketch_nonzeros, nullptr},
      {"residual.precision", "str", "working", "", "", "working|doubled",
       "Of the residuals that Gram powers are refined with. working: double; doubled: pairs of doubles, and the "
       "vectors "
       "between the stages too, so that digits are left where the condition number of the power exceeds 1e16. Needs "
       "the "
       "rows of A.",
       powers, "0.1", &Options::residual_precision, nullptr},
      {"gram.method", "str", "auto", "", "", "auto|recursion|factor|krylov",
       "How Gram powers and exponentials are solved. recursion: powers, one after the other with one preconditioner "
       "and "
       "products with A; factor: by an accurate triangular factor of A, or its singular value decomposition; krylov: "
       "exponentials, by the Lanczos process and products with A. auto: what a cost model expects to be fastest.",
       gram, "0.1", &Options::gram_method, nullptr},
      {"kernel.storage", "str", "auto", "", "", "auto|dense|tiles",
       "Whether a kernel's entries are kept for the products of a solve (dense: 4 n^2 bytes, or 2 n^2 in single "
       "precision where the ridge is large enough for that) or made again each time (tiles). auto: kept once an "
       "iteration goes on for long, where they fit.",
       "akr_kernel_solve", "0.1", &Options::kernel_storage, nullptr},
      {"kernel.precond", "str", "auto", "", "", "auto|rpcholesky|rpcholesky-diag|nystrom|tensor-sketch|dense",
       "What preconditions kernel regression. rpcholesky: a randomly pivoted Cholesky factor of low rank and the "
       "ridge; "
       "rpcholesky-diag: with the diagonal of what the factor leaves; nystrom: the same from products with random "
       "vectors; tensor-sketch: Taylor features of the points, sketched without looking at the kernel; dense: a "
       "Cholesky factor of everything in single precision. auto: by size and by the iteration's progress.",
       kernels, "0.1", &Options::kernel_precond, nullptr},
      {"kernel.rank", "i64", "0", "0", "", "",
       "Rank of the low-rank preconditioners of a kernel. 0: chosen, a twentieth of the points at first and a quarter "
       "at "
       "most.",
       kernels, "0.1", &Options::kernel_rank, nullptr},
  };
  return table;
}

const OptionRow *find_option(std::string_view key) {
  for (const OptionRow &row : option_table()) {
    if (key == row.key) return &row;
  }
  return nullptr;
}

const char *nearest_option(std::string_view key) {
  const char *nearest = "";
  std::size_t least = static_cast<std::size_t>(-1);
  for (const OptionRow &row : option_table()) {
    const std::size_t distance = edit_distance(key, row.key);
    if (distance < least) {
      least = distance;
      nearest = row.key;
    }
  }
  return nearest;
}

namespace {

const OptionRow &known_option(std::string_view key) {
  const OptionRow *row = find_option(key);
  if (row == nullptr) refuse("unknown option ", quoted(key), "; nearest is \"", nearest_option(key), "\"");
  return *row;
}

bool has_choices(const OptionRow &row) { return *row.choices != '\0'; }

// "auto, srht, …"
std::string listed(std::string_view choices) {
  std::string out;
  for (const char c : choices) {
    if (c == '|') {
      out.append(", ");
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// The index of a name in "auto|srht|…".
std::optional<std::int64_t> choice_index(std::string_view choices, std::string_view name) {
  for (std::int64_t index = 0;; ++index) {
    const std::size_t end = choices.find('|');
    if (choices.substr(0, end) == name) return index;
    if (end == std::string_view::npos) return std::nullopt;
    choices.remove_prefix(end + 1);
  }
}

std::string_view choice_name(std::string_view choices, std::int64_t index) {
  for (; index > 0; --index) choices.remove_prefix(choices.find('|') + 1);
  return choices.substr(0, choices.find('|'));
}

// A whole text as a number, whatever the locale. An explicit plus is allowed, as strtod allows it.
template <class Number>
std::errc parse(std::string_view value, Number &out) {
  if (value.size() > 1 && value[0] == '+' && value[1] != '-') value.remove_prefix(1);
  const auto result = std::from_chars(value.data(), value.data() + value.size(), out);
  if (result.ec == std::errc() && result.ptr != value.data() + value.size()) return std::errc::invalid_argument;
  return result.ec;
}

// `shown` is the value as the caller wrote it.
template <class Number, class Shown>
void check_range(const OptionRow &row, Number value, const Shown &shown) {
  Number bound{};
  if (*row.min != '\0' && parse(row.min, bound) == std::errc() && value < bound) {
    refuse(row.key, " = ", shown, ": must be at least ", row.min);
  }
  if (*row.max != '\0' && parse(row.max, bound) == std::errc() && value > bound) {
    refuse(row.key, " = ", shown, ": must be at most ", row.max);
  }
}

template <class Shown>
void store(Options &options, const OptionRow &row, std::int64_t value, const Shown &shown) {
  check_range(row, value, shown);
  options.*row.integer = value;
}

template <class Shown>
void store(Options &options, const OptionRow &row, double value, const Shown &shown) {
  if (!std::isfinite(value)) refuse(row.key, " = ", shown, ": must be a finite number");
  check_range(row, value, shown);
  options.*row.real = value;
}

[[noreturn]] void refuse_choice(const OptionRow &row, const std::string &shown) {
  refuse(row.key, " = ", shown, ": must be one of ", listed(row.choices));
}

constexpr double two_63 = 9223372036854775808.0;

}  // namespace

void set_option(Options &options, std::string_view key, std::int64_t value) {
  const OptionRow &row = known_option(key);
  if (has_choices(row)) refuse_choice(row, text(value));
  if (row.integer != nullptr) return store(options, row, value, value);
  const double real = static_cast<double>(value);
  if (real >= two_63 || static_cast<std::int64_t>(real) != value) {
    refuse(row.key, " = ", value, ": is not a double; set it with the f64 setter");
  }
  store(options, row, real, value);
}

void set_option(Options &options, std::string_view key, double value) {
  const OptionRow &row = known_option(key);
  if (has_choices(row)) refuse_choice(row, text(value));
  if (row.real != nullptr) return store(options, row, value, value);
  if (!(value >= -two_63 && value < two_63) || std::trunc(value) != value) {
    refuse(row.key, " = ", value, ": must be an integer of 64 bits");
  }
  store(options, row, static_cast<std::int64_t>(value), value);
}

void set_option(Options &options, std::string_view key, std::string_view value) {
  const OptionRow &row = known_option(key);
  const std::string shown = quoted(value);
  if (has_choices(row)) {
    const std::optional<std::int64_t> index = choice_index(row.choices, value);
    if (!index) refuse_choice(row, shown);
    options.*row.integer = *index;
  } else if (row.integer != nullptr) {
    std::int64_t integer = 0;
    if (parse(value, integer) != std::errc()) refuse(row.key, " = ", shown, ": must be an integer of 64 bits");
    store(options, row, integer, shown);
  } else {
    double real = 0;
    const std::errc error = parse(value, real);
    if (error == std::errc::result_out_of_range) refuse(row.key, " = ", shown, ": is beyond the range of a double");
    if (error != std::errc()) refuse(row.key, " = ", shown, ": must be a number such as 1e-8");
    store(options, row, real, shown);
  }
}

std::int64_t get_option_integer(const Options &options, std::string_view key) {
  const OptionRow &row = known_option(key);
  if (has_choices(row)) refuse(row.key, ": is a choice, read it with the str getter");
  if (row.integer == nullptr) refuse(row.key, ": is an f64 option, read it with the f64 getter");
  return options.*row.integer;
}

double get_option_real(const Options &options, std::string_view key) {
  const OptionRow &row = known_option(key);
  if (has_choices(row)) refuse(row.key, ": is a choice, read it with the str getter");
  if (row.real != nullptr) return options.*row.real;
  const std::int64_t value = options.*row.integer;
  const double real = static_cast<double>(value);
  if (real >= two_63 || static_cast<std::int64_t>(real) != value) {
    refuse(row.key, " = ", value, ": is not a double; read it with the i64 getter");
  }
  return real;
}

std::string get_option_text(const Options &options, std::string_view key) {
  const OptionRow &row = known_option(key);
  if (has_choices(row)) return std::string(choice_name(row.choices, options.*row.integer));
  return row.integer != nullptr ? text(options.*row.integer) : text(options.*row.real);
}

}  // namespace akr
