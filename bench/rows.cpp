// SPDX-License-Identifier: BSD-3-Clause
// Least squares with a matrix that is a file, read in blocks of rows: seconds and memory against the number of rows.
//
//   akr_bench_rows --rows 125000,250000,500000,1000000,2000000 --cols 100 --kappa 1e6 --repeats 3 --json out.jsonl
//
// The file lies in $TMPDIR [/tmp] and is gone when the program ends; what the system keeps of it in memory counts as
// the system's. "Resident" is by how much the process grew beyond what it held before the solve, b and x among that.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "handles.hpp"
#include "harness.hpp"
#include "problem.hpp"

namespace {

using bench::check;

// Of /proc/self/status, in bytes; 0 where there is none.
double process_bytes(const std::string &key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, key.size() + 1, key + ":") == 0) return 1024 * std::stod(line.substr(key.size() + 1));
  return 0;
}

// Since Linux 4.0 this sets VmHWM, the most that was resident, back to what is now.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

// n rows of G M on disk, where G is random and M has the condition number asked for; b = A x + noise.
class MatrixFile {
 public:
  MatrixFile(int cols, double kappa) : cols_(cols), mixing_(bench::make_problem(2 * cols, cols, kappa, 1).a) {
    const char *folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/akr_bench_XXXXXX";
    file_ = mkstemp(path.data());
    check(file_ >= 0, "cannot make a file in " + path);
    unlink(path.c_str());
  }
  ~MatrixFile() { close(file_); }
  MatrixFile(const MatrixFile &) = delete;
  MatrixFile &operator=(const MatrixFile &) = delete;

  void grow(int rows) {
    constexpr int together = 4096;
    bench::Vector g(bench::count(together, 2 * cols_)), block(bench::count(together, cols_)), noise(together);
    while (rows_ < rows) {
      const int count = std::min(together, rows - rows_);
      bench::fill_normal(g, static_cast<std::uint64_t>(rows_) + 1);
      bench::fill_normal(noise, static_cast<std::uint64_t>(rows_) + 2);
      // Rows of the file one after the other: (G M)' by columns.
      cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, cols_, count, 2 * cols_, 1, mixing_.data(), 2 * cols_,
                  g.data(), 2 * cols_, 0, block.data(), cols_);
      const auto bytes = static_cast<ssize_t>(sizeof(double) * bench::count(count, cols_));
      check(pwrite(file_, block.data(), static_cast<std::size_t>(bytes), offset(rows_)) == bytes, "writing failed");
      for (int i = 0; i < count; ++i) {
        double sum = 0.01 * noise[static_cast<std::size_t>(i)];
        for (int j = 0; j < cols_; ++j) sum += block[bench::count(i, cols_) + static_cast<std::size_t>(j)];
        b_.push_back(sum);
      }
      rows_ += count;
    }
  }
  const bench::Vector &b() const { return b_; }
  double bytes_read() const { return read_; }

  static std::int32_t read(void *user, std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
    auto &file = *static_cast<MatrixFile *>(user);
    const std::size_t row = sizeof(double) * static_cast<std::size_t>(file.cols_);
    const bool packed = ld == file.cols_;
    const std::int64_t pieces = packed ? 1 : count;
    const std::size_t piece = packed ? row * static_cast<std::size_t>(count) : row;
    for (std::int64_t i = 0; i < pieces; ++i) {
      char *to = reinterpret_cast<char *>(block + i * ld);
      for (std::size_t done = 0; done < piece;) {
        const ssize_t got =
            pread(file.file_, to + done, piece - done, file.offset(first + i) + static_cast<off_t>(done));
        if (got <= 0) return 1;
        done += static_cast<std::size_t>(got);
      }
    }
    file.read_ += static_cast<double>(row) * static_cast<double>(count);
    return 0;
  }

 private:
  off_t offset(std::int64_t row) const { return static_cast<off_t>(8 * row * cols_); }

  int cols_, rows_ = 0;
  bench::Vector mixing_;  // 2d x d, of about the condition number asked for
  bench::Vector b_;
  int file_ = -1;
  double read_ = 0;
};

void measure(MatrixFile &file, int n, int d, double kappa, int threads, int repeats, std::FILE *json) {
  file.grow(n);
  bench::Handles handles;
  handles.set("threads", std::to_string(threads));
  akr_matrix *a = nullptr;
  check(akr_matrix_create_rows_f64(n, d, MatrixFile::read, &file, handles.options(), &a) == AKR_OK, akr_last_error());
  bench::Vector x(bench::count(d, 1)), seconds;
  double resident = 0, read = 0;
  akr_status status = AKR_OK;
  for (int turn = 0; turn <= repeats; ++turn) {
    forget_peak();
    const double before = process_bytes("VmRSS"), read_before = file.bytes_read(), start = bench::now();
    status = akr_lsq_solve_f64(a, nullptr, 0, 1, file.b().data(), n, x.data(), d, handles.options(), handles.report());
    if (turn > 0 || repeats == 0) seconds.push_back(bench::now() - start);
    check(status >= 0, akr_last_error());
    resident = std::max(resident, process_bytes("VmHWM") - before);
    read = file.bytes_read() - read_before;
  }
  akr_matrix_destroy(a);
  const double median = bench::median(seconds), peak = static_cast<double>(handles.integer("peak_bytes"));
  const double bytes = 8.0 * n * d;
  std::printf(
      "%8d x %d, kappa %.0e, file %6.0f MB: %7.3f s, %.3f us a row, read %.1f times at %.2f GB/s, own memory "
      "%.1f MB, resident %.1f MB, %s, %s\n",
      n, d, kappa, bytes / 1e6, median, 1e6 * median / n, read / bytes, read / median / 1e9, peak / 1e6, resident / 1e6,
      akr_status_name(status), handles.text("method").c_str());
  std::fflush(stdout);
  bench::Json()
      .add("bench", "rows")
      .add("rows", std::int64_t(n))
      .add("cols", std::int64_t(d))
      .add("kappa", kappa)
      .add("seconds", median)
      .add("seconds_q1", bench::quantile(seconds, 0.25))
      .add("seconds_q3", bench::quantile(seconds, 0.75))
      .add("read_over_file", read / bytes)
      .add("peak_bytes", peak)
      .add("resident_bytes", resident)
      .add("method", handles.text("method"))
      .add("status", std::int64_t(status))
      .write(json);
}

}  // namespace

int main(int argc, char **argv) {
  bench::Arguments arguments(argc, argv);
  const auto rows = arguments.list("rows", "125000,250000,500000,1000000,2000000");
  const int d = arguments.number("cols", 100);
  const double kappa = arguments.real("kappa", "1e6");
  const int threads = arguments.number("threads", 0);
  const int repeats = arguments.number("repeats", 3);
  const bench::JsonFile json(arguments.text("json", ""));
  arguments.finish();
  check(d > 0 && kappa >= 1 && repeats >= 0, "cols and kappa must be at least 1, repeats at least 0");
  std::printf("%s\n", akr_build_info());
  MatrixFile file(d, kappa);
  for (const std::string &n : rows) {
    const int count = std::stoi(n);
    check(count >= d, "rows " + n + ": at least cols");
    measure(file, count, d, kappa, threads, repeats, json.get());
  }
}
