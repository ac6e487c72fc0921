// SPDX-License-Identifier: BSD-3-Clause
// A matrix larger than the memory a process may have: 1 GiB on disk, read in row blocks under an address-space limit of
// 400 MB (AKR_TEST_LONG=1: 4 GiB). Rows that hold data are spread evenly over the file, the rest is holes, which read
// as zeros: they cost disk reads and arithmetic like any others but little disk space.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "reference/bounds.hpp"
#include "reference/files.hpp"
#include "reference/problem_reference.hpp"
#include "reference/problems.hpp"

#include "reference/api.hpp"

namespace {

using namespace numeric;

constexpr std::int64_t kCols = 64, kDataRows = 4096;
constexpr rlim_t kAddressSpace = 400'000'000;

bool long_mode() {
  const char *value = std::getenv("AKR_TEST_LONG");
  return value && std::strcmp(value, "1") == 0;
}

// A number of kB from /proc/self/status; 0 where there is none.
std::int64_t status_kb(const std::string &key) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, key.size() + 1, key + ":") == 0) return std::stoll(line.substr(key.size() + 1));
  return 0;
}

class MatrixFile {
 public:
  MatrixFile(const Array<double> &data, std::int64_t rows) : rows_(rows), stride_(rows / data.rows()) {
    const char *folder = std::getenv("TMPDIR");
    std::string path = std::string(folder ? folder : "/tmp") + "/akr_rows_XXXXXX";
    file_ = mkstemp(path.data());
    if (file_ < 0) throw std::runtime_error("cannot make a file in " + path);
    unlink(path.c_str());  // gone with the last descriptor, however the test ends
    if (ftruncate(file_, rows * row_bytes()) != 0) throw std::runtime_error("no room for the matrix file");
    Array<double> row(kCols);
    for (std::int64_t i = 0; i < data.rows(); ++i) {
      for (std::int64_t j = 0; j < kCols; ++j) row[j] = data(i, j);
      if (pwrite(file_, row.data(), static_cast<std::size_t>(row_bytes()), i * stride_ * row_bytes()) != row_bytes())
        throw std::runtime_error("write failed");
    }
    akr_matrix *p = nullptr;
    require(akr_matrix_create_rows_f64(rows, kCols, read_rows, this, nullptr, &p));
    matrix.reset(p);
  }
  ~MatrixFile() { close(file_); }
  MatrixFile(const MatrixFile &) = delete;
  MatrixFile &operator=(const MatrixFile &) = delete;

  Array<double> spread(const Array<double> &b) const {
    Array<double> out(rows_);
    for (std::int64_t i = 0; i < b.size(); ++i) out[i * stride_] = b[i];
    return out;
  }

  Matrix matrix;
  std::int64_t bytes_read = 0;

 private:
  static constexpr std::int64_t row_bytes() { return kCols * static_cast<std::int64_t>(sizeof(double)); }

  static std::int32_t read_rows(void *user, std::int64_t first, std::int64_t count, double *block, std::int64_t ld) {
    auto &self = *static_cast<MatrixFile *>(user);
    for (std::int64_t i = 0; i < count;) {
      const std::int64_t rows = ld == kCols ? count - i : 1;
      const ssize_t got =
          pread(self.file_, block + i * ld, static_cast<std::size_t>(rows * row_bytes()), (first + i) * row_bytes());
      if (got <= 0 || got % row_bytes() != 0) return 5;
      i += got / row_bytes();
      self.bytes_read += got;
    }
    return 0;
  }

  std::int64_t rows_, stride_;
  int file_ = -1;
};

TEST(RowsOnDisk, LargerThanTheAddressSpace) {
  const std::int64_t bytes = long_mode() ? std::int64_t(4) << 30 : std::int64_t(1) << 30;
  const std::int64_t rows = bytes / (kCols * 8);
  const Problem<double> small = make_problem(kDataRows, kCols, 1e5, 1e-3, 141);
  MatrixFile file(small.a, rows);
  const Array<double> b = file.spread(small.b);
  const Reference reference(small.a);
  for (const char *method : {"auto", "sketch"}) {
    if (std::string(method) == "sketch" && !long_mode()) continue;  // some forty passes
    SCOPED_TRACE(method);
    file.bytes_read = 0;
    Report report;
    const std::int64_t before = status_kb("VmHWM");
    const Solution<double> solution = solve(file.matrix, b, Options({{"method", method}}), {0, nullptr, report.get()});
    ASSERT_EQ(solution.status, AKR_OK) << solution.message;
    EXPECT_LE(reference.backward_error(small.a, small.b, solution.x), ok_backward_error<double>);
    EXPECT_GE(file.bytes_read, bytes);
    const std::int64_t growth = status_kb("VmHWM") - before;
    std::printf("  %s: %lld MiB of A, %lld passes, resident peak %lld MiB (+%lld), ours %.1f MiB, %.1f s\n", method,
                static_cast<long long>(bytes >> 20), static_cast<long long>(report.integer("passes")),
                static_cast<long long>(status_kb("VmHWM") >> 10), static_cast<long long>(growth >> 10),
                static_cast<double>(report.integer("peak_bytes")) / 1048576, report.real("seconds"));
    // Flat: blocks, sketches and d x d arrays, whatever the number of rows; 1/16 of A at 1 GiB, 1/64 at 4 GiB.
    EXPECT_LT(report.integer("peak_bytes"), std::int64_t(64) << 20);
    EXPECT_LT(growth, 100 * 1024);
    // A pass that is given up early, once a partial Gram matrix has shown that it would not do, counts as one.
    EXPECT_GE(report.integer("passes") * bytes, file.bytes_read);
    EXPECT_LE(report.integer("passes"), file.bytes_read / bytes + 1);
  }
}

// Negative control: the limit is real, a copy of A cannot be had.
TEST(RowsOnDisk, TheLimitHolds) {
  void *copy = std::malloc(std::size_t(1) << 30);
  EXPECT_EQ(copy, nullptr);
  std::free(copy);
}

}  // namespace

// The limits must stand before the BLAS makes its buffers, one a thread: the program starts itself again under them.
int main(int argc, char **argv) {
  if (!std::getenv("AKR_TEST_LIMITED")) {
    setenv("AKR_TEST_LIMITED", "1", 1);
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    const rlimit limit = {kAddressSpace, kAddressSpace};
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    execv("/proc/self/exe", argv);
    return 2;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
