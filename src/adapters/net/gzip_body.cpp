#include "adapters/net/gzip_body.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace mlrepro {
namespace {

constexpr std::size_t part_size = std::size_t{64} << 10;
constexpr int gzip_alone = 16 + MAX_WBITS;  // zlib.h: neither raw deflate nor a zlib header

}  // namespace

struct GzipBody::Stream {
  Stream() {
    if (inflateInit2(&zlib, gzip_alone) != Z_OK) throw std::bad_alloc();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { inflateEnd(&zlib); }

  z_stream zlib{};
  std::array<char, part_size> part{};
};

GzipBody::GzipBody() : stream_(std::make_unique<Stream>()) {}
GzipBody::GzipBody(GzipBody&&) noexcept = default;
GzipBody& GzipBody::operator=(GzipBody&&) noexcept = default;
GzipBody::~GzipBody() = default;

GzipBody::Judgement GzipBody::add(std::string_view piece, const std::function<bool(std::string_view)>& take) {
  z_stream& zlib = stream_->zlib;
  auto& part = stream_->part;
  while (!piece.empty()) {
    if (ended_ && inflateReset(&zlib) != Z_OK) return Judgement::damaged;
    ended_ = false;
    const auto given = std::min<std::size_t>(piece.size(), std::numeric_limits<uInt>::max());
    zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    zlib.avail_in = static_cast<uInt>(given);
    int result = Z_OK;
    do {
      zlib.next_out = reinterpret_cast<Bytef*>(part.data());
      zlib.avail_out = static_cast<uInt>(part.size());
      result = inflate(&zlib, Z_NO_FLUSH);
      // Z_BUF_ERROR: all that was given is used up, and nothing was left to come out.
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Judgement::damaged;
      const std::size_t out = part.size() - zlib.avail_out;
      if (out > 0 && !take({part.data(), out})) return Judgement::stopped;
    } while (result == Z_OK && (zlib.avail_in > 0 || zlib.avail_out == 0));
    ended_ = result == Z_STREAM_END;
    piece.remove_prefix(given - zlib.avail_in);
    if (!ended_ && zlib.avail_in > 0) return Judgement::damaged;
  }
  return Judgement::good;
}

}  // namespace mlrepro
