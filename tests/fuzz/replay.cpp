// SPDX-License-Identifier: BSD-3-Clause
// For compilers without libFuzzer, and for the normal suite: runs a target on every file of the folders given, then on
// so many mutations of them, always the same.
//   PROGRAM MUTATIONS FOLDER...
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "input.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return bound > 0 ? static_cast<std::size_t>(next() % bound) : 0; }

 private:
  std::uint64_t state_ = 1;
};

std::vector<Bytes> read_folders(int count, char **folders) {
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < count; ++i)
    for (const auto &entry : std::filesystem::directory_iterator(folders[i])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Bytes> all;
  for (const auto &path : files) {
    std::ifstream file(path, std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return all;
}

void mutate_once(Random &random, const std::vector<Bytes> &corpus, Bytes &bytes) {
  const std::size_t at = random.below(bytes.size() + 1);
  const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  static const std::uint8_t telling[] = {0, 1, 2, 0x7f, 0x80, 0xff, '-', '9', ' ', '\n'};
  switch (random.below(6)) {
    case 0:
      if (at < bytes.size()) bytes[at] ^= static_cast<std::uint8_t>(1u << random.below(8));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = telling[random.below(std::size(telling))];
      break;
    case 2:
      bytes.insert(here, 1 + random.below(8), static_cast<std::uint8_t>(random.next()));
      break;
    case 3:
      bytes.erase(here,
                  here + static_cast<std::ptrdiff_t>(random.below(std::min<std::size_t>(bytes.size() - at, 16) + 1)));
      break;
    case 4: {  // the rest of another input
      const Bytes &other = corpus[random.below(corpus.size())];
      const std::size_t from = random.below(other.size() + 1);
      bytes.resize(at);
      bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      break;
    }
    default:
      if (at < bytes.size()) bytes[at] = static_cast<std::uint8_t>(random.next());
      break;
  }
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s MUTATIONS FOLDER...\n", argv[0]);
    return 2;
  }
  const long mutations = std::atol(argv[1]);
  const std::vector<Bytes> corpus = read_folders(argc - 2, argv + 2);
  if (corpus.empty()) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  for (const Bytes &bytes : corpus) LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  Random random;
  const char *only = std::getenv("AKR_FUZZ_ONLY");  // the number of the mutation that fails, for a debugger
  for (long k = 0; k < mutations; ++k) {
    Bytes bytes = corpus[random.below(corpus.size())];
    for (std::size_t count = 1 + random.below(6); count > 0; --count) mutate_once(random, corpus, bytes);
    if (only != nullptr && std::atol(only) != k) continue;
    if (std::getenv("AKR_FUZZ_TALK")) std::fprintf(stderr, "mutation %ld\n", k);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu inputs, %zu executions\n", corpus.size(), corpus.size() + static_cast<std::size_t>(mutations));
  return 0;
}
