// SPDX-License-Identifier: BSD-3-Clause
#include "gzip.hpp"

#include "failure.hpp"
#include "text.hpp"

#ifdef AKR_CLI_HAVE_ZLIB
#include <zlib.h>

#include <algorithm>
#include <limits>
#endif

namespace akr::cli {

#ifdef AKR_CLI_HAVE_ZLIB

namespace {

// Inflates the next member into `out`, growing it, and returns how many bytes of `bytes` that member took.
std::size_t inflate_member(std::string_view bytes, const std::string &shown, std::vector<char> &out,
                           std::size_t &filled) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw Failure(Exit::memory, concat(shown, ": zlib cannot start"));
  struct End {
    z_stream *s;
    ~End() { inflateEnd(s); }
  } end{&stream};
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  std::size_t taken = 0;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    if (filled == out.size()) out.resize(std::max<std::size_t>(std::size_t{1} << 16, 2 * out.size()));
    const std::size_t have = std::min(bytes.size() - taken, most);
    const std::size_t room = std::min(out.size() - filled, most);
    // zlib's interface is not const-correct; it never writes there.
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data() + taken));
    stream.avail_in = static_cast<uInt>(have);
    stream.next_out = reinterpret_cast<Bytef *>(out.data() + filled);
    stream.avail_out = static_cast<uInt>(room);
    code = inflate(&stream, Z_NO_FLUSH);
    taken += have - stream.avail_in;
    filled += room - stream.avail_out;
    if (code == Z_BUF_ERROR || (code == Z_OK && taken == bytes.size() && stream.avail_out > 0)) {
      throw Failure(Exit::data, concat(shown, ": the gzip data end too early"));
    }
    if (code != Z_OK && code != Z_STREAM_END) {
      throw Failure(Exit::data,
                    concat(shown, ": the gzip data are damaged", stream.msg ? ": " : "", stream.msg ? stream.msg : ""));
    }
  }
  return taken;
}

}  // namespace

std::vector<char> inflate_gzip(std::string_view bytes, const std::string &shown) {
  std::vector<char> out;
  std::size_t filled = 0;
  while (is_gzip(bytes)) bytes.remove_prefix(inflate_member(bytes, shown, out, filled));
  // gzip itself ignores padding with zeros, and warns about anything else.
  if (bytes.find_first_not_of('\0') != std::string_view::npos) {
    throw Failure(Exit::data, concat(shown, ": the gzip data are followed by something else"));
  }
  out.resize(filled);
  return out;
}

#else

std::vector<char> inflate_gzip(std::string_view, const std::string &shown) {
  throw Failure(Exit::unavailable,
                concat(shown, ": is gzip, and this akr was built without zlib: gunzip the file first"));
}

#endif

}  // namespace akr::cli
