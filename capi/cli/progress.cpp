// SPDX-License-Identifier: BSD-3-Clause
#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "handles.hpp"
#include "report_view.hpp"
#include "text.hpp"

namespace akr::cli {

namespace {

std::size_t terminal_width() {
  struct winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string bar(double fraction) {
  constexpr int width = 24;
  const int full = static_cast<int>(std::lround(fraction * width));
  return concat("[", std::string(static_cast<std::size_t>(full), '#'),
                std::string(static_cast<std::size_t>(width - full), '.'), "]");
}

std::string describe(const ReportView &now, double time_limit) {
  std::string line;
  const double fraction = std::min(1.0, now.real("fraction").value_or(-1));
  const double seconds = now.real("seconds").value_or(0);
  if (fraction >= 0) line = concat(bar(fraction), " ", std::lround(100 * fraction), "%  ");
  line += now.text("phase").value_or("");
  if (const auto done = now.integer("iterations"); done && *done > 0) line += concat("  iteration ", *done);
  const double residual = now.real("residual_norm").value_or(-1);
  if (residual >= 0) line += concat("  residual ", rounded(residual, 3));
  line += concat("  ", duration(seconds));
  // Too early a guess of the time left would only jump.
  if (fraction > 0.02 && fraction < 1 && seconds > 0.3) {
    line += concat(", ", duration(seconds * (1 - fraction) / fraction), " left");
  } else if (time_limit > 0) {
    line += concat(", at most ", duration(std::max(0.0, time_limit - seconds)), " left");
  }
  return line;
}

}  // namespace

bool progress_can_be_seen() {
  const char *terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (!terminal || std::string_view(terminal) != "dumb");
}

std::string duration(double seconds) {
  if (!(seconds < 1e9)) return "long";
  if (seconds < 9.95) return concat(rounded(std::round(10 * seconds) / 10, 3), " s");
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  const auto two = [](std::int64_t n) { return concat(n < 10 ? "0" : "", n); };
  if (whole < 60) return concat(whole, " s");
  if (whole < 3600) return concat(whole / 60, " min ", two(whole % 60), " s");
  return concat(whole / 3600, " h ", two(whole / 60 % 60), " min");
}

void ProgressLine::attach(akr_options *options) {
  check(akr_options_get_f64(options, "time_limit", &time_limit_));
  check(akr_options_set_progress(options, &on_progress, this));
}

std::int32_t ProgressLine::on_progress(void *user, const akr_report *now) {
  auto &self = *static_cast<ProgressLine *>(user);
  self.show(describe(ReportView(now), self.time_limit_));
  return 0;
}

void ProgressLine::show(const std::string &line) {
  const std::string cut = line.substr(0, terminal_width() - 1);  // a full line would wrap
  const std::string rest(shown_ > cut.size() ? shown_ - cut.size() : 0, ' ');
  std::fputs(concat("\r", cut, rest).c_str(), stderr);
  std::fflush(stderr);
  shown_ = cut.size();
}

void ProgressLine::clear() {
  if (shown_ == 0) return;
  std::fputs(concat("\r", std::string(shown_, ' '), "\r").c_str(), stderr);
  std::fflush(stderr);
  shown_ = 0;
}

}  // namespace akr::cli
