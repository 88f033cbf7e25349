#include "services/index/kept_page.hpp"

#include <algorithm>
#include <array>

#include "services/index/index_cache.hpp"

namespace mlrepro {
namespace {

using python::SimpleFile;

constexpr std::uint64_t format = 1;

// What a file's record holds; the rest is absent from it.
enum Part : std::uint64_t {
  has_sha256 = 1,
  has_size = 2,
  has_python = 4,
  has_yanked = 8,
  has_time = 16,
  has_metadata = 32,
  has_metadata_sha256 = 64,
  url_ends_with_name = 128,
  same_python = 256,  // as the file before it
};

std::string_view raw(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.bytes().data()), digest.bytes().size()};
}

std::optional<Sha256> digest_of(CacheReader& in) {
  const auto bytes = in.raw(32);
  if (bytes.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 32> out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return Sha256(out);
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void file(const SimpleFile& file) {
    const bool ends = file.url.ends_with(file.filename);
    const bool same = file.requires_python && file.requires_python == python_;
    std::uint64_t parts = 0;
    const auto mark = [&](bool holds, Part part) { parts |= holds ? std::uint64_t{part} : 0U; };
    mark(file.sha256.has_value(), has_sha256);
    mark(file.size.has_value(), has_size);
    mark(file.requires_python.has_value(), has_python);
    mark(file.yanked.has_value(), has_yanked);
    mark(file.upload_time.has_value(), has_time);
    mark(file.core_metadata, has_metadata);
    mark(file.core_metadata_sha256.has_value(), has_metadata_sha256);
    mark(ends, url_ends_with_name);
    mark(same, same_python);
    number(parts);
    text(file.filename);
    const std::string_view url =
        std::string_view(file.url).substr(0, file.url.size() - (ends ? file.filename.size() : 0));
    const auto common = static_cast<std::size_t>(
        std::mismatch(url.begin(), url.end(), url_.begin(), url_.end()).first - url.begin());
    number(common);
    text(url.substr(common));
    url_ = url;
    if (file.sha256) out_ += raw(*file.sha256);
    if (file.size) number(*file.size);
    if (file.requires_python && !same) text(*file.requires_python);
    if (file.requires_python) python_ = file.requires_python;
    if (file.yanked) text(*file.yanked);
    if (file.upload_time) number(static_cast<std::uint64_t>(*file.upload_time));
    if (file.core_metadata_sha256) out_ += raw(*file.core_metadata_sha256);
  }
  void number(std::uint64_t value) {
    CacheWriter writer;
    writer.number(value);
    out_ += writer.bytes();
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }

 private:
  std::string& out_;
  std::string_view url_;
  std::optional<std::string> python_;
};

class Reader {
 public:
  explicit Reader(CacheReader& in) : in_(in) {}

  SimpleFile file() {
    SimpleFile out;
    const auto parts = in_.number();
    out.filename = in_.text();
    const auto common = std::min<std::uint64_t>(in_.number(), url_.size());
    url_.resize(static_cast<std::size_t>(common));
    url_ += in_.text();
    out.url.reserve(url_.size() + out.filename.size());
    out.url = url_;
    if ((parts & url_ends_with_name) != 0) out.url += out.filename;
    if ((parts & has_sha256) != 0) out.sha256 = digest_of(in_);
    if ((parts & has_size) != 0) out.size = in_.number();
    if ((parts & has_python) != 0) {
      if ((parts & same_python) == 0) python_ = in_.text();
      out.requires_python = python_;
    }
    if ((parts & has_yanked) != 0) out.yanked = in_.text();
    if ((parts & has_time) != 0) out.upload_time = static_cast<UnixTime>(in_.number());
    out.core_metadata = (parts & has_metadata) != 0;
    if ((parts & has_metadata_sha256) != 0) out.core_metadata_sha256 = digest_of(in_);
    return out;
  }

 private:
  CacheReader& in_;
  std::string url_;
  std::string python_;
};

}  // namespace

std::string render_kept_page(const KeptPage& page) {
  std::string out;
  Writer writer(out);
  writer.number(format);
  writer.number(page.known ? 1 : 0);
  writer.text(page.etag);
  writer.text(page.modified);
  writer.number(page.page.files.size());
  for (const auto& file : page.page.files)
    writer.file(file);
  return out;
}

std::optional<KeptPage> parse_kept_page(std::string_view bytes) {
  CacheReader in(bytes);
  if (in.number() != format) return std::nullopt;
  KeptPage out;
  out.known = in.number() != 0;
  out.etag = in.text();
  out.modified = in.text();
  const auto count = in.number();
  if (count > in.rest().size()) return std::nullopt;
  out.page.files.reserve(static_cast<std::size_t>(count));
  Reader reader(in);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
    out.page.files.push_back(reader.file());
  if (in.failed() || !in.rest().empty()) return std::nullopt;
  return out;
}

}  // namespace mlrepro
