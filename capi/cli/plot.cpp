// SPDX-License-Identifier: BSD-3-Clause
#include "plot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text.hpp"

namespace akr::cli {

namespace {

constexpr double width = 640, height = 400, left = 76, right = 24, top = 60, bottom = 56;

std::string number(double value) { return rounded(std::round(value * 100) / 100, 7); }

std::string escaped(const std::string &text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string label(double x, double y, const std::string &anchor, const std::string &text, const char *extra = "") {
  return concat("<text x=\"", number(x), "\" y=\"", number(y), "\" text-anchor=\"", anchor, "\"", extra, ">", text,
                "</text>\n");
}

std::string line(double x1, double y1, double x2, double y2, const char *kind) {
  return concat("<line x1=\"", number(x1), "\" y1=\"", number(y1), "\" x2=\"", number(x2), "\" y2=\"", number(y2),
                "\" class=\"", kind, "\"/>\n");
}

// Both axes, from what is to be shown.
class Axes {
 public:
  Axes(const std::vector<std::pair<double, double>> &points, double level) {
    low_ = 0, high_ = -1;
    for (const auto &point : points) include(point.second);
    if (level > 0) include(level);
    if (low_ > high_) low_ = -16, high_ = 0;
    if (low_ == high_) ++high_;
    last_ = points.empty() ? 1 : std::max(1.0, points.back().first);
  }

  double x(double index) const { return left + (width - left - right) * index / last_; }
  double y(double value) const { return at_exponent(std::log10(value)); }

  std::string draw() const {
    std::string out;
    // At most about 8 powers of ten and 10 steps are labelled.
    const int decades = std::max(1, (high_ - low_ + 7) / 8);
    for (int e = high_; e >= low_; e -= decades) {
      const double at = at_exponent(e);
      out += line(left, at, width - right, at, "grid");
      out += label(left - 8, at + 4, "end", concat("1e", e));
    }
    const double step = std::max(1.0, std::ceil(last_ / 10));
    for (int tick = 0; tick * step <= last_; ++tick) {
      const double k = tick * step;
      out += line(x(k), height - bottom, x(k), height - bottom + 4, "axis");
      out += label(x(k), height - bottom + 18, "middle", number(k));
    }
    out += line(left, height - bottom, width - right, height - bottom, "axis");
    return out + line(left, top, left, height - bottom, "axis");
  }

 private:
  void include(double value) {
    const int below = static_cast<int>(std::floor(std::log10(value)));
    const int above = static_cast<int>(std::ceil(std::log10(value)));
    if (low_ > high_) low_ = below, high_ = above;
    low_ = std::min(low_, below);
    high_ = std::max(high_, above);
  }
  double at_exponent(double e) const { return top + (height - top - bottom) * (high_ - e) / (high_ - low_); }

  int low_, high_;
  double last_;
};

}  // namespace

std::string convergence_svg(const Convergence &what) {
  std::vector<std::pair<double, double>> points;
  for (std::size_t k = 0; k < what.history.size(); ++k) {
    const double value = what.history[k];
    if (value > 0 && std::isfinite(value)) points.emplace_back(static_cast<double>(k + 1), value);
  }
  const Axes axes(points, what.level);
  std::string out = concat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", number(width), " ",
                           number(height), "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n");
  out +=
      "<style>.grid{stroke:#e4e4e4}.axis{stroke:#777}.level{stroke:#b33;stroke-dasharray:5 4}"
      ".curve{fill:none;stroke:#1f5fa8;stroke-width:2}.point{fill:#1f5fa8}</style>\n";
  out += concat("<rect width=\"", number(width), "\" height=\"", number(height), "\" fill=\"#fff\"/>\n");
  out += label(left, 24, "start", escaped(what.title), " font-size=\"14\"");
  out += label(left, 44, "start", escaped(what.quantity));
  out += axes.draw();
  out += label((left + width - right) / 2, height - 14, "middle", escaped(what.step));
  if (what.level > 0) {
    out += line(left, axes.y(what.level), width - right, axes.y(what.level), "level");
    out += label(width - right, axes.y(what.level) - 5, "end", escaped(what.level_name));
  }
  std::string curve;
  for (const auto &[index, value] : points)
    append(curve, concat(number(axes.x(index)), ",", number(axes.y(value)), " "));
  out += concat("<polyline class=\"curve\" points=\"", trim(curve), "\"/>\n");
  for (const auto &[index, value] : points) {
    out += concat("<circle class=\"point\" r=\"3\" cx=\"", number(axes.x(index)), "\" cy=\"", number(axes.y(value)),
                  "\"/>\n");
  }
  if (points.empty()) out += label((left + width - right) / 2, height / 2, "middle", escaped(what.note));
  return out + "</svg>\n";
}

}  // namespace akr::cli
