#include "services/index/index_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/file.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view magic = "mlrepro1";
constexpr std::size_t head = 16;
constexpr off_t largest = off_t{512} << 20;

// At the start of a file; the mark that it tells.
std::optional<std::uint64_t> mark_in(const UniqueFd& fd) {
  std::array<char, head> start{};
  if (!fd.valid() || ::read(fd.get(), start.data(), head) != static_cast<ssize_t>(head)) return std::nullopt;
  if (!std::string_view(start.data(), head).starts_with(magic)) return std::nullopt;
  std::uint64_t told = 0;
  std::memcpy(&told, start.data() + magic.size(), 8);
  return told;
}

}  // namespace

// A few bytes a cycle.
std::uint64_t IndexCache::mark_of(std::string_view bytes) {
  std::uint64_t sum = 0x9E3779B97F4A7C15ULL ^ bytes.size();
  const auto mix = [&](std::uint64_t word) {
    sum = (sum ^ word) * 0xFF51AFD7ED558CCDULL;
    sum ^= sum >> 32;
  };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    mix(word);
  }
  std::uint64_t word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  mix(word);
  return sum;
}

std::string IndexCache::path_of(const std::string& key) const {
  return (folder_ / key.substr(0, 2) / key).string();
}

std::optional<KeptText> IndexCache::find(const std::string& key) const {
  const UniqueFd fd(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC));
  const auto told = mark_in(fd);
  struct stat state {};
  if (!told || ::fstat(fd.get(), &state) != 0 || !S_ISREG(state.st_mode)) return std::nullopt;
  if (state.st_size < static_cast<off_t>(head) || state.st_size > largest) return std::nullopt;
  KeptText kept{std::string(static_cast<std::size_t>(state.st_size) - head, '\0'), *told};
  for (std::size_t got = 0; got < kept.text.size();) {
    const ssize_t one = ::read(fd.get(), kept.text.data() + got, kept.text.size() - got);
    if (one <= 0) return std::nullopt;
    got += static_cast<std::size_t>(one);
  }
  if (kept.mark != mark_of(kept.text)) return std::nullopt;
  return kept;
}

std::optional<std::uint64_t> IndexCache::mark(const std::string& key) const {
  return mark_in(UniqueFd(::open(path_of(key).c_str(), O_RDONLY | O_CLOEXEC)));
}

void IndexCache::keep(const std::string& key, std::string_view text) const noexcept {
  try {
    const std::filesystem::path path = path_of(key);
    std::string temporary = (path.parent_path() / ("." + key + ".XXXXXX")).string();
    UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd.valid()) {
      make_directories(path.parent_path());
      temporary.replace(temporary.size() - 6, 6, "XXXXXX");
      fd = UniqueFd(::mkostemp(temporary.data(), O_CLOEXEC));
      if (!fd.valid()) return;
    }
    try {
      const std::uint64_t mark = mark_of(text);
      std::string start(magic);
      start.append(reinterpret_cast<const char*>(&mark), 8);
      write_all(fd.get(), start.append(text), temporary);
      if (::rename(temporary.c_str(), path.c_str()) == 0) return;
    } catch (...) {
      // The disk is full, or the like: the temporary file goes.
    }
    ::unlink(temporary.c_str());
  } catch (...) {
    // No folder can be made here.
  }
}

void CacheWriter::number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    bytes_ += static_cast<char>(0x80 | (value & 0x7F));
  bytes_ += static_cast<char>(value);
}

void CacheWriter::text(std::string_view value) {
  number(value.size());
  bytes_ += value;
}

void CacheReader::fail() noexcept {
  failed_ = true;
  rest_ = {};
}

std::uint64_t CacheReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) break;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  fail();
  return 0;
}

std::string_view CacheReader::raw(std::size_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const auto out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

std::string_view CacheReader::text() {
  const auto size = number();
  return raw(static_cast<std::size_t>(size));
}

}  // namespace mlrepro
