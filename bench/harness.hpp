// SPDX-License-Identifier: BSD-3-Clause
// What the benchmarks share: options, timing with interleaved repeats, medians and quartiles, and one JSON object a
// line for the plots.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Between neighbours by proportion, as numpy.percentile has it.
inline double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

inline double median(const std::vector<double> &values) { return quantile(values, 0.5); }

// One contestant: prepare() is not timed (fresh copies of what run() overwrites), run() is.
struct Contestant {
  std::string name;
  std::function<void()> prepare;
  std::function<void()> run;
  std::vector<double> seconds;

  double median_seconds() const { return median(seconds); }
  double quartile_seconds(int which) const { return quantile(seconds, 0.25 * which); }
};

// Runs all contestants in turn, `repeats` times over, so that a change of the machine's mood meets all of them alike.
// Each turn begins with another of them: what went before leaves caches and clocks as it likes.
// The first turn warms up caches, pages and thread pools and is dropped where there are others. The threads of a BLAS
// wait at full speed after their work (OpenBLAS's for some 20 ms) and take the cores from who comes next: a pause of so
// many seconds before each run keeps short runs clear of it.
inline void race(std::vector<Contestant> &contestants, int repeats, double pause = 0) {
  // Short runs are repeated up to so many times, as far as this much time allows.
  constexpr int most_turns = 40;
  constexpr double least_seconds = 0.2;
  // Runs of less than a millisecond are measured as they come in a loop, their code and data in cache.
  constexpr double brief = 1e-3;
  constexpr int in_a_row = 9;
  const auto once = [](Contestant &c) {
    if (c.prepare) c.prepare();
    const double start = now();
    c.run();
    return now() - start;
  };
  const double end = now() + least_seconds;
  for (int turn = 0; turn <= repeats || (turn <= most_turns && now() < end); ++turn) {
    for (std::size_t place = 0; place < contestants.size(); ++place) {
      Contestant &c = contestants[(static_cast<std::size_t>(turn) + place) % contestants.size()];
      if (c.prepare) c.prepare();
      if (pause > 0) std::this_thread::sleep_for(std::chrono::duration<double>(pause));
      const double start = now();
      c.run();
      double seconds = now() - start;
      if (seconds < brief) {
        std::vector<double> warm;
        for (int i = 0; i < in_a_row; ++i) warm.push_back(once(c));
        seconds = median(warm);
      }
      if (turn > 0) c.seconds.push_back(seconds);
    }
  }
}

// --key=value or --key value; --help lists what was asked for.
class Arguments {
 public:
  Arguments(int argc, char **argv) {
    for (int i = 1; i < argc; ++i) {
      std::string key = argv[i];
      if (key.compare(0, 2, "--") != 0) fail(key);
      key.erase(0, 2);
      const std::size_t equals = key.find('=');
      if (equals != std::string::npos)
        values_[key.substr(0, equals)] = key.substr(equals + 1);
      else if (i + 1 < argc && std::string(argv[i + 1]).compare(0, 2, "--") != 0)
        values_[key] = argv[++i];
      else
        values_[key] = "1";
    }
  }
  std::string text(const std::string &key, const std::string &otherwise) {
    known_.push_back(key + " (" + otherwise + ")");
    const auto found = values_.find(key);
    if (found == values_.end()) return otherwise;
    const std::string value = found->second;
    values_.erase(found);
    return value;
  }
  double real(const std::string &key, const char *otherwise) { return std::stod(text(key, otherwise)); }
  int number(const std::string &key, int otherwise) { return std::stoi(text(key, std::to_string(otherwise))); }
  std::vector<std::string> list(const std::string &key, const std::string &otherwise) {
    const std::string all = text(key, otherwise);
    std::vector<std::string> out;
    for (std::size_t from = 0; from <= all.size();) {
      const std::size_t comma = std::min(all.find(',', from), all.size());
      out.push_back(all.substr(from, comma - from));
      from = comma + 1;
    }
    return out;
  }
  // After all have been asked for: anything left is a mistake.
  void finish() {
    if (values_.empty()) return;
    fail(values_.begin()->first);
  }

 private:
  [[noreturn]] void fail(const std::string &what) {
    std::fprintf(stderr, "unknown argument %s; known, with defaults:\n", what.c_str());
    for (const std::string &key : known_) std::fprintf(stderr, "  --%s\n", key.c_str());
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
  std::vector<std::string> known_;
};

// One object, flat, in the order of the calls.
class Json {
 public:
  Json &add(const std::string &key, const std::string &value) { return raw(key, '"' + value + '"'); }
  Json &add(const std::string &key, const char *value) { return add(key, std::string(value)); }
  Json &add(const std::string &key, double value) {
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.6g", value);
    return raw(key, value - value == 0 ? buffer : "null");  // JSON has no NaN and no infinity
  }
  Json &add(const std::string &key, std::int64_t value) { return raw(key, std::to_string(value)); }
  void write(std::FILE *to) const {
    if (to) {
      std::fprintf(to, "{%s}\n", text_.c_str());
      std::fflush(to);
    }
  }

 private:
  Json &raw(const std::string &key, const std::string &value) {
    text_ += (text_.empty() ? "\"" : ", \"") + key + "\": " + value;
    return *this;
  }

  std::string text_;
};

// The file that --json names, or none.
class JsonFile {
 public:
  explicit JsonFile(const std::string &path) : file_(path.empty() ? nullptr : std::fopen(path.c_str(), "a")) {}
  ~JsonFile() {
    if (file_) std::fclose(file_);
  }
  JsonFile(const JsonFile &) = delete;
  JsonFile &operator=(const JsonFile &) = delete;
  std::FILE *get() const { return file_; }

 private:
  std::FILE *file_;
};

}  // namespace bench
