// SPDX-License-Identifier: BSD-3-Clause
#include "bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "failure.hpp"
#include "gzip.hpp"
#include "text.hpp"

namespace akr::cli {

Descriptor::~Descriptor() {
  if (number_ >= 0 && number_ != STDIN_FILENO) close(number_);
}

int open_input(const std::string &name) {
  if (name == "-") return STDIN_FILENO;
  if (name.empty()) throw Failure(Exit::usage, "the name of a file must not be empty");
  const int descriptor = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Failure(Exit::no_input, concat(name, ": ", std::strerror(errno)));
  struct stat facts = {};
  if (fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    close(descriptor);
    throw Failure(Exit::no_input, concat(name, ": is a directory"));
  }
  return descriptor;
}

Bytes::~Bytes() {
  if (mapping_) munmap(mapping_, mapped_size_);
}

// A mapping costs no memory of its own: a matrix as large as the memory still fits.
bool Bytes::map(int descriptor) {
  struct stat facts = {};
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_size <= 0) return false;
  const auto size = static_cast<std::size_t>(facts.st_size);
  void *address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (address == MAP_FAILED) return false;
  mapping_ = address;
  mapped_size_ = size;
  view_ = std::string_view(static_cast<const char *>(address), size);
  return true;
}

void Bytes::read_all(int descriptor, const std::string &shown) {
  std::size_t filled = 0;
  for (;;) {
    if (filled == owned_.size()) owned_.resize(owned_.empty() ? std::size_t{1} << 16 : 2 * owned_.size());
    const ssize_t count = read(descriptor, owned_.data() + filled, owned_.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Failure(Exit::input_output, concat(shown, ": ", std::strerror(errno)));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  owned_.resize(filled);
  view_ = std::string_view(owned_.data(), filled);
}

std::shared_ptr<const Bytes> Bytes::load(const std::string &name) {
  const Descriptor descriptor(open_input(name));
  const std::string shown = shown_name(name);
  std::shared_ptr<Bytes> bytes(new Bytes);
  // A redirected stdin may stand in the middle of its file; read() honours that, a mapping would not.
  if (name == "-" || !bytes->map(descriptor.number())) bytes->read_all(descriptor.number(), shown);
  if (!is_gzip(bytes->view())) return bytes;
  std::shared_ptr<Bytes> inflated(new Bytes);
  inflated->owned_ = inflate_gzip(bytes->view(), shown);
  inflated->view_ = std::string_view(inflated->owned_.data(), inflated->owned_.size());
  return inflated;
}

}  // namespace akr::cli
