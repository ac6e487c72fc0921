// SPDX-License-Identifier: BSD-3-Clause
// Everything that can be done with one matrix, preconditioner, sketch and kernel of each kind, by two threads of the
// host at once, each call with a team of its own: first the same call, begun together, then each thread all of them in
// an order of its own, so that unlike calls meet. Meant for the thread sanitizer; without it, the answers must be those
// of one thread, to the last bit.
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "on_threads.hpp"
#include "precisions.hpp"

namespace {

constexpr std::int64_t rows = 1400, cols = 8, sketch_rows = 40;
constexpr std::int64_t points = 560, dim = 4;  // more than a tile of a kernel
constexpr std::int64_t nrhs = 2;
constexpr double ridge = 0.1, scale = 0.5;
constexpr int hosts = 2;

struct Answer {
  akr_status status = AKR_E_INTERNAL;
  std::string error;
  std::vector<double> numbers;
  bool operator==(const Answer &o) const { return status == o.status && numbers == o.numbers; }
};

struct Work {
  std::string name;
  std::function<Answer()> run;
};

// fill(out) is the call; out has `count` numbers.
template <class T, class Fill>
Work work(std::string name, std::int64_t count, Fill fill) {
  return {std::move(name) + (sizeof(T) == 4 ? ", f32" : ""), [count, fill] {
            std::vector<T> out(static_cast<std::size_t>(count));
            Answer answer;
            answer.status = fill(out.data());
            if (answer.status < 0) answer.error = akr_last_error();
            answer.numbers.assign(out.begin(), out.end());
            return answer;
          }};
}

constexpr const char *sketch_kinds[] = {"srht", "sparse-sign", "gaussian"};
constexpr const char *kernel_preconds[] = {"rpcholesky", "rpcholesky-diag", "nystrom", "tensor-sketch", "dense"};

// All of it is made on one thread, before the others begin. Options are shared too: nobody sets one.
template <class T>
struct Shared {
  using F = Akr<T>;
  const Problem<T> p{rows, cols}, cloud{points, dim};
  std::vector<T> b, values;
  const OptionsPtr options = options_with("method", "auto"), by_sketch = options_with("method", "sketch"),
                   tiles = options_with("kernel.storage", "tiles"), krylov = options_with("gram.method", "krylov");
  std::vector<MatrixPtr> matrices;
  std::vector<PrecondPtr> preconds;
  std::vector<SketchPtr> sketches;
  KernelPtr kernel;
  std::vector<OptionsPtr> kernel_options;
  std::vector<PrecondPtr> kernel_preconds_made;

  Shared() {
    b = p.b;
    b.insert(b.end(), p.a.begin(), p.a.begin() + rows);
    values = cloud.b;
    values.insert(values.end(), cloud.a.begin(), cloud.a.begin() + points);
    for (int s = 0; s < storage_count; ++s) {
      matrices.push_back(stored(p, s));
      akr_precond *made = nullptr;
      EXPECT_EQ(akr_precond_create(matrices.back().get(), 0, options.get(), nullptr, &made), AKR_OK);
      preconds.emplace_back(made);
    }
    for (const char *kind : sketch_kinds) {
      akr_sketch *made = nullptr;
      const OptionsPtr o = options_with("sketch.kind", kind);
      EXPECT_EQ(akr_sketch_create(sketch_rows, rows, o.get(), nullptr, &made), AKR_OK);
      sketches.emplace_back(made);
    }
    akr_kernel *made = nullptr;
    EXPECT_EQ(F::kernel(AKR_COL_MAJOR, points, dim, scale, cloud.a.data(), points, nullptr, &made), AKR_OK);
    kernel.reset(made);
    for (const char *kind : kernel_preconds) {
      akr_precond *m = nullptr;
      kernel_options.push_back(options_with("kernel.precond", kind));
      EXPECT_EQ(akr_kernel_precond_create(made, ridge, kernel_options.back().get(), nullptr, &m), AKR_OK);
      kernel_preconds_made.emplace_back(m);
    }
  }
};

template <class T>
void add_matrix_work(const Shared<T> &s, std::vector<Work> &all) {
  using F = Akr<T>;
  for (std::size_t i = 0; i < storage_count; ++i) {
    const akr_matrix *a = s.matrices[i].get();
    const akr_precond *m = s.preconds[i].get();
    const std::string of = std::string(" of ") + storages[i];
    all.push_back(work<T>("least squares" + of, cols * nrhs, [&s, a, m](T *x) {
      return F::lsq(a, m, 0, nrhs, s.b.data(), rows, x, cols, s.options.get(), nullptr);
    }));
    all.push_back(work<T>("ridge by a sketch" + of, cols * nrhs, [&s, a](T *x) {
      return F::lsq(a, nullptr, ridge, nrhs, s.b.data(), rows, x, cols, s.by_sketch.get(), nullptr);
    }));
    all.push_back(work<T>("leverage scores" + of, rows,
                          [&s, a, m](T *scores) { return F::leverage(a, m, 0, scores, s.options.get(), nullptr); }));
    all.push_back(work<T>("preconditioner" + of, cols * cols, [&s, a](T *r) {
      akr_precond *made = nullptr;
      const akr_status status = akr_precond_create(a, ridge, s.by_sketch.get(), nullptr, &made);
      const PrecondPtr own(made);
      return status != AKR_OK ? status : F::get_r(made, r, cols);
    }));
    for (const std::int32_t part : {AKR_PRECOND_FULL, AKR_PRECOND_RIGHT}) {
      all.push_back(work<T>("preconditioner" + of + " applied", cols * nrhs, [&s, m, part](T *y) {
        return F::precond_apply(m, part, part, nrhs, s.b.data(), rows, y, cols, s.options.get(), nullptr);
      }));
    }
    all.push_back(work<T>("factor" + of, cols * cols, [m](T *r) { return F::get_r(m, r, cols); }));
    for (std::size_t k = 0; k < s.sketches.size(); ++k) {
      const akr_sketch *sketch = s.sketches[k].get();
      all.push_back(work<T>(sketch_kinds[k] + of, sketch_rows * cols, [&s, a, sketch](T *sa) {
        return F::sketch(sketch, a, sa, sketch_rows, s.options.get(), nullptr);
      }));
    }
  }
}

template <class T>
void add_power_work(const Shared<T> &s, std::vector<Work> &all) {
  using F = Akr<T>;
  for (std::size_t i = 0; i < storage_count; ++i) {
    const akr_matrix *a = s.matrices[i].get();
    const akr_precond *m = s.preconds[i].get();
    const std::string of = std::string(" of ") + storages[i];
    all.push_back(work<T>("even power" + of, cols * nrhs, [&s, a, m](T *x) {
      return F::even_power(a, m, 1, nrhs, s.b.data(), rows, x, cols, s.options.get(), nullptr);
    }));
    all.push_back(work<T>("odd power" + of, cols, [&s, a, m](T *x) {
      return F::odd_power(a, m, 1, 1, s.b.data(), rows, x, cols, s.options.get(), nullptr);
    }));
    all.push_back(work<T>("exponential" + of, cols, [&s, a, m](T *x) {
      return F::exponential(a, m, 1e-3, 1, s.b.data(), cols, x, cols, s.options.get(), nullptr);
    }));
    all.push_back(work<T>("exponential by Krylov" + of, cols, [&s, a](T *x) {
      return F::exponential(a, nullptr, 1e-3, 1, s.b.data(), cols, x, cols, s.krylov.get(), nullptr);
    }));
  }
}

template <class T>
void add_sketch_work(const Shared<T> &s, const std::vector<SketchPtr> &sketches, std::vector<Work> &all) {
  for (std::size_t k = 0; k < sketches.size(); ++k) {
    const akr_sketch *sketch = sketches[k].get();
    for (const std::int32_t transpose : {0, 1}) {
      const std::int64_t out = transpose != 0 ? rows : sketch_rows, in = transpose != 0 ? sketch_rows : rows;
      all.push_back(work<T>(std::string(sketch_kinds[k]) + " applied", out * nrhs, [=, &s](T *y) {
        return Akr<T>::sketch_dense(sketch, transpose, nrhs, s.b.data(), in, y, out, s.options.get(), nullptr);
      }));
    }
  }
}

template <class T>
void add_kernel_work(const Shared<T> &s, std::vector<Work> &all) {
  using F = Akr<T>;
  const akr_kernel *kernel = s.kernel.get();
  all.push_back(work<T>("kernel", points * nrhs, [&s, kernel](T *y) {
    return F::kernel_apply(kernel, nrhs, s.values.data(), points, y, points, s.options.get(), nullptr);
  }));
  for (const std::int32_t normalize : {0, 1}) {
    all.push_back(work<T>("prediction", points * nrhs, [&s, kernel, normalize](T *y) {
      return F::predict(kernel, normalize, AKR_ROW_MAJOR, points, s.cloud.by_rows.data(), dim, nrhs, s.values.data(),
                        points, y, points, s.options.get(), nullptr);
    }));
    const std::int32_t layout = normalize != 0 ? AKR_COL_MAJOR : AKR_ROW_MAJOR;
    const T *array = (normalize != 0 ? s.cloud.a : s.cloud.by_rows).data();
    const std::int64_t ld = normalize != 0 ? points : dim;
    all.push_back(work<T>("attention", points * dim, [=, &s](T *out) {
      return F::attention(layout, points, points, dim, dim, scale, normalize, array, ld, array, ld, array, ld, out, ld,
                          s.options.get(), nullptr);
    }));
  }
  all.push_back(work<T>("kernel solve by tiles", points, [&s, kernel](T *x) {
    return F::kernel_solve(kernel, nullptr, ridge, 1, s.values.data(), points, x, points, s.tiles.get(), nullptr);
  }));
  for (std::size_t k = 0; k < s.kernel_options.size(); ++k) {
    const akr_precond *m = s.kernel_preconds_made[k].get();
    const akr_options *o = s.kernel_options[k].get();
    const std::string by = std::string(" by ") + kernel_preconds[k];
    all.push_back(work<T>("kernel solve" + by, points * nrhs, [=, &s](T *x) {
      return F::kernel_solve(kernel, m, ridge, nrhs, s.values.data(), points, x, points, o, nullptr);
    }));
    all.push_back(work<T>("kernel preconditioner" + by, points * nrhs, [=, &s](T *y) {
      return F::precond_apply(m, AKR_PRECOND_FULL, 0, nrhs, s.values.data(), points, y, points, o, nullptr);
    }));
    if (std::is_same_v<T, float>) continue;  // made alike
    all.push_back(work<T>("another kernel preconditioner" + by, points, [=, &s](T *y) {
      akr_precond *made = nullptr;
      const akr_status status = akr_kernel_precond_create(kernel, ridge, o, nullptr, &made);
      const PrecondPtr own(made);
      if (status != AKR_OK) return status;
      return F::precond_apply(made, AKR_PRECOND_FULL, 0, 1, s.values.data(), points, y, points, o, nullptr);
    }));
  }
}

void expect_the_same_from_all_hosts(const std::vector<Work> &all) {
  std::vector<Answer> alone;
  for (const Work &each : all) {
    alone.push_back(each.run());
    // Not every power of rows that are all alike is certified: other tests are about that.
    EXPECT_GE(alone.back().status, AKR_OK) << each.name << ": " << alone.back().error;
  }
  std::array<std::vector<std::string>, hosts> different;
  const auto run = [&](int host, std::size_t at) {
    if (!(all[at].run() == alone[at])) different[static_cast<std::size_t>(host)].push_back(all[at].name);
  };
  // Begun together: the locks of the allocator and the BLAS order calls that are further apart, and the sanitizer takes
  // them at that.
  pthread_barrier_t together;
  pthread_barrier_init(&together, nullptr, hosts);
  on_threads(hosts, [&](int host) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      pthread_barrier_wait(&together);
      run(host, i);
    }
  });
  pthread_barrier_destroy(&together);
  on_threads(hosts, [&](int host) {
    for (std::size_t i = 0; i < all.size(); ++i) run(host, host == 0 ? i : all.size() - 1 - i);
  });
  for (const auto &names : different) {
    for (const std::string &name : names) ADD_FAILURE() << name << ": not what one thread gets";
  }
}

template <class T>
class SharedHandles : public testing::Test {};
using Precisions = testing::Types<double, float>;
TYPED_TEST_SUITE(SharedHandles, Precisions);

TYPED_TEST(SharedHandles, MatricesOfEveryStorage) {
  const Shared<TypeParam> shared;
  std::vector<Work> all;
  add_matrix_work(shared, all);
  add_power_work(shared, all);
  expect_the_same_from_all_hosts(all);
}

TYPED_TEST(SharedHandles, KernelsAndAttention) {
  const Shared<TypeParam> shared;
  std::vector<Work> all;
  add_kernel_work(shared, all);
  expect_the_same_from_all_hosts(all);
}

// A sketch serves both precisions at once.
TEST(SharedSketches, OfBothPrecisions) {
  const Shared<double> shared;
  const Shared<float> single;
  std::vector<Work> all;
  add_sketch_work(shared, shared.sketches, all);
  add_sketch_work(single, shared.sketches, all);
  expect_the_same_from_all_hosts(all);
}

// No handle keeps a pointer to another: one thread destroys what a preconditioner was made of while the other uses it.
TEST(SharedPreconditioners, OutliveWhatTheyWereMadeOf) {
  Shared<double> s;
  const std::size_t kinds = s.kernel_options.size();
  std::vector<std::vector<double>> alone, apart;
  const auto apply_all = [&](std::vector<std::vector<double>> &out) {
    for (const auto *list : {&s.preconds, &s.kernel_preconds_made}) {
      for (const PrecondPtr &m : *list) {
        const std::int64_t size = list == &s.preconds ? cols : points;
        out.emplace_back(static_cast<std::size_t>(size));
        EXPECT_EQ(akr_precond_apply_f64(m.get(), AKR_PRECOND_FULL, 0, 1, s.values.data(), points, out.back().data(),
                                        size, s.options.get(), nullptr),
                  AKR_OK);
      }
    }
  };
  apply_all(alone);
  on_threads(2, [&](int host) {
    if (host == 0) {
      apply_all(apart);
      return;
    }
    s.matrices.clear();
    s.kernel.reset();
    s.kernel_options.clear();
    s.sketches.clear();
  });
  EXPECT_EQ(alone, apart);
  EXPECT_EQ(alone.size(), storage_count + kinds);
}

}  // namespace
