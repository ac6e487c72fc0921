// SPDX-License-Identifier: BSD-3-Clause
// Option keys and values of every kind: refused with a text, or kept and given back.
#include <akr.h>

#include <cmath>
#include <memory>

#include "input.hpp"

namespace {

using fuzz::Input;
using fuzz::require;

struct Destroy {
  void operator()(akr_options *o) const { akr_options_destroy(o); }
};
using Options = std::unique_ptr<akr_options, Destroy>;

std::string key_of(Input &in) {
  const int count = static_cast<int>(akr_option_count());
  if (in.rarely()) return in.text(40);
  std::string key = akr_option_key(in.choice(count));
  if (in.rarely()) key[static_cast<std::size_t>(in.choice(static_cast<int>(key.size())))] ^= 1;
  return key;
}

std::string get_text(const akr_options *options, const std::string &key, akr_status &status) {
  std::int64_t length = 0;
  status = akr_options_get_str(options, key.c_str(), nullptr, 0, &length);
  if (status != AKR_OK) return "";
  std::string out(static_cast<std::size_t>(length) + 1, '#');
  require(akr_options_get_str(options, key.c_str(), out.data(), length + 1, &length) == AKR_OK, "the length was wrong");
  require(out[static_cast<std::size_t>(length)] == '\0', "no NUL behind the text");
  out.resize(static_cast<std::size_t>(length));
  return out;
}

void check_status(akr_status status, const char *function) {
  if (status == AKR_OK) return;
  require(status == AKR_E_OPTION || status == AKR_E_ARGUMENT, "status " + std::to_string(status));
  require(std::string(akr_last_error()).find(function) == 0, std::string("the text does not name ") + function);
}

// What was accepted reads back, and reading it back into another object gives the same.
void check_round_trip(const akr_options *options, const std::string &key) {
  akr_status status;
  const std::string text = get_text(options, key, status);
  require(status == AKR_OK, "a value that was set cannot be read as text: " + key);
  akr_options *made = nullptr;
  require(akr_options_create(&made) == AKR_OK, "create");
  const Options other(made);
  require(akr_options_set_str(made, key.c_str(), text.c_str()) == AKR_OK, "does not take back " + key + " = " + text);
  require(get_text(made, key, status) == text, "changed on its way: " + key + " = " + text);
  double a = 0, b = 0;
  const akr_status one = akr_options_get_f64(options, key.c_str(), &a),
                   two = akr_options_get_f64(made, key.c_str(), &b);
  require(one == two && (one != AKR_OK || a == b), "another number came back: " + key + " = " + text);
}

void one_step(Input &in, Options &options) {
  const std::string key = key_of(in);
  akr_status status = AKR_OK;
  switch (in.choice(7)) {
    case 0:
      status = akr_options_set_i64(options.get(), key.c_str(), in.flip() ? in.raw<std::int64_t>() : in.choice(40) - 8);
      check_status(status, "akr_options_set_i64");
      break;
    case 1:
      status = akr_options_set_f64(options.get(), key.c_str(), in.number());
      check_status(status, "akr_options_set_f64");
      break;
    case 2:
    case 3: {
      const char *choices = akr_option_info(key.c_str(), "choices");
      std::string value = in.text(24);
      if (in.flip() && choices != nullptr) {
        value = choices;
        value = value.substr(0, value.find(' '));
      }
      status = akr_options_set_str(options.get(), key.c_str(), value.c_str());
      check_status(status, "akr_options_set_str");
      break;
    }
    case 4: {
      akr_options *copy = nullptr;
      require(akr_options_clone(options.get(), &copy) == AKR_OK && copy != nullptr, "clone");
      options.reset(copy);
      return;
    }
    case 5: {
      const std::string field = in.text(12);
      (void)akr_option_info(key.c_str(), field.c_str());
      (void)akr_option_key(in.raw<std::int64_t>());
      return;
    }
    default: {
      akr_status as_text;
      (void)get_text(options.get(), key, as_text);
      check_status(as_text, "akr_options_get_str");
      char small[4] = {'#', '#', '#', '#'};
      std::int64_t length = -1;
      (void)akr_options_get_str(options.get(), key.c_str(), small, 3, &length);
      require(small[3] == '#', "wrote beyond the capacity");
      return;
    }
  }
  if (status == AKR_OK) check_round_trip(options.get(), key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Input in(data, size);
  akr_options *made = nullptr;
  require(akr_options_create(&made) == AKR_OK, "create");
  Options options(made);
  while (!in.empty()) one_step(in, options);
  return 0;
}
