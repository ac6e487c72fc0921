// SPDX-License-Identifier: BSD-3-Clause
#include "surroundings.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cfenv>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <new>
#include <sstream>
#include <vector>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

extern char **environ;

namespace {

// The names in a folder of /proc, with what they point to.
std::string listing(const char *folder) {
  DIR *dir = opendir(folder);
  if (dir == nullptr) return "?";
  std::map<std::string, std::string> entries;
  const int own = dirfd(dir);
  while (const dirent *entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name[0] == '.' || name == std::to_string(own)) continue;
    char target[512];
    const ssize_t length = readlink((std::string(folder) + "/" + name).c_str(), target, sizeof target);
    entries[name] = std::string(target, length > 0 ? static_cast<std::size_t>(length) : 0);
  }
  closedir(dir);
  std::string all;
  for (const auto &[name, target] : entries) all += name + "=" + target + " ";
  return all;
}

// A worker that has been joined may stay listed for a moment: wait until the list holds still.
std::string thread_count() {
  std::size_t count = 0;
  for (int look = 0; look < 200; ++look) {
    std::size_t now = 0;
    DIR *dir = opendir("/proc/self/task");
    if (dir == nullptr) return "?";
    while (const dirent *entry = readdir(dir)) now += entry->d_name[0] != '.';
    closedir(dir);
    if (now == count) break;
    count = now;
    usleep(2000);
  }
  return std::to_string(count);
}

std::string signals() {
  std::ostringstream out;
  for (int s = 1; s < NSIG; ++s) {
    struct sigaction action;
    if (sigaction(s, nullptr, &action) != 0) continue;
    const int flags = action.sa_flags & ~0x04000000;  // less SA_RESTORER, which the C library adds for itself
    if (action.sa_handler != SIG_DFL || flags != 0) {
      out << s << ":" << reinterpret_cast<void *>(action.sa_handler) << "/" << flags << " ";
    }
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  out << "blocked:";
  for (int s = 1; s < NSIG; ++s) {
    if (sigismember(&mask, s) == 1) out << " " << s;
  }
  stack_t stack = {};
  sigaltstack(nullptr, &stack);
  out << ", stack " << stack.ss_sp << "/" << stack.ss_size << "/" << stack.ss_flags;
  return out.str();
}

// Asking umask() itself would change it for a moment.
std::string file_mask() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Umask:", 0) == 0) return line;
  }
  return "?";
}

// That of the process, and whether the thread has one of its own.
std::string current_locale() {
  std::ostringstream out;
  out << std::setlocale(LC_ALL, nullptr) << ", thread ";
  const locale_t own = uselocale(nullptr);
  if (own == LC_GLOBAL_LOCALE) {
    out << "the same";
  } else {
    out << own;
  }
  return out.str();
}

std::string floating_point() {
  std::ostringstream out;
  out << "rounding " << std::fegetround();
#if defined(__x86_64__)
  out << ", mxcsr " << (_mm_getcsr() & ~0x3FU);  // less the sticky exception flags, which every addition sets
#endif
#if defined(__GLIBC__)
  out << ", traps " << fegetexcept();
#endif
  return out.str();
}

std::string cancel_state() {
  int state = 0;
  int type = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
  pthread_setcancelstate(state, nullptr);
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  pthread_setcanceltype(type, nullptr);
  return std::to_string(state) + "/" + std::to_string(type);
}

}  // namespace

Surroundings look_around() {
  Surroundings s;
  s["threads"] = thread_count();
  // Asked of the BLAS that the process has loaded, whoever brought it.
  if (const auto blas_threads = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"))) {
    s["blas threads"] = std::to_string(blas_threads());
  }
  s["floating point"] = floating_point();
  s["signals"] = signals();
  s["locale"] = current_locale();
  s["umask"] = file_mask();
  char folder[4096];
  s["working folder"] = getcwd(folder, sizeof folder) != nullptr ? folder : "?";
  s["open files"] = listing("/proc/self/fd");
  s["cancellation"] = cancel_state();
  std::ostringstream handlers;
  handlers << reinterpret_cast<void *>(std::get_terminate()) << " " << reinterpret_cast<void *>(std::get_new_handler());
  s["C++ handlers"] = handlers.str();
  for (char **variable = environ; *variable != nullptr; ++variable) s["environment"] += std::string(*variable) + "\n";
  return s;
}

std::string difference(const Surroundings &before, const Surroundings &after) {
  std::string text;
  for (const auto &[key, value] : before) {
    const auto found = after.find(key);
    const std::string now = found == after.end() ? "gone" : found->second;
    if (now != value) text += key + ": before [" + value + "], after [" + now + "]\n";
  }
  return text;
}

void warm_up_blas() {
  using Dgemm =
      void (*)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
  const auto dgemm = reinterpret_cast<Dgemm>(dlsym(RTLD_DEFAULT, "cblas_dgemm"));
  if (dgemm == nullptr) return;
  constexpr int n = 256;
  std::vector<double> a(n * n, 1.0), c(n * n);
  dgemm(102, 111, 111, n, n, n, 1.0, a.data(), n, a.data(), n, 0.0, c.data(), n);
}

OutputWatch::OutputWatch() {
  std::fflush(nullptr);
  char name[] = "/tmp/akr_output_XXXXXX";
  file_ = mkstemp(name);
  unlink(name);
  saved_out_ = dup(STDOUT_FILENO);
  saved_err_ = dup(STDERR_FILENO);
  dup2(file_, STDOUT_FILENO);
  dup2(file_, STDERR_FILENO);
}

OutputWatch::~OutputWatch() {
  std::fflush(nullptr);
  dup2(saved_out_, STDOUT_FILENO);
  dup2(saved_err_, STDERR_FILENO);
  close(saved_out_);
  close(saved_err_);
  close(file_);
}

long OutputWatch::bytes() const {
  std::fflush(nullptr);
  struct stat status;
  return fstat(file_, &status) == 0 ? static_cast<long>(status.st_size) : -1;
}

std::string OutputWatch::text() const {
  std::string all(static_cast<std::size_t>(bytes()), '\0');
  const ssize_t got = pread(file_, all.data(), all.size(), 0);
  all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return all;
}
