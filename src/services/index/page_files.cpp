#include "services/index/page_files.hpp"

#include <algorithm>
#include <array>

namespace mlrepro {
namespace {

using python::SimpleFile;

// What a file's record holds; the rest is absent from it. A record:
//   parts | file name | bytes of the URL shared with the record before | the URL's other bytes | each part
enum Part : std::uint64_t {
  has_sha256 = 1,
  has_size = 2,
  has_python = 4,
  has_yanked = 8,
  has_time = 16,
  has_metadata = 32,
  has_metadata_sha256 = 64,
  url_ends_with_name = 128,
  same_python = 256,  // as the file before it that tells any
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

class Packer {
 public:
  void add(const SimpleFile& file) {
    const bool ends = file.url.ends_with(file.filename);
    const bool same = file.requires_python && python_ == file.requires_python;
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
    out_.number(parts);
    out_.text(file.filename);
    const auto url =
        std::string_view(file.url).substr(0, file.url.size() - (ends ? file.filename.size() : 0));
    const auto common = static_cast<std::size_t>(
        std::mismatch(url.begin(), url.end(), url_.begin(), url_.end()).first - url.begin());
    out_.number(common);
    out_.text(url.substr(common));
    url_ = url;
    if (file.sha256) out_.raw(raw(*file.sha256));
    if (file.size) out_.number(*file.size);
    if (file.requires_python && !same) out_.text(*file.requires_python);
    if (file.requires_python) python_ = *file.requires_python;
    if (file.yanked) out_.text(*file.yanked);
    if (file.upload_time) out_.number(static_cast<std::uint64_t>(*file.upload_time));
    if (file.core_metadata_sha256) out_.raw(raw(*file.core_metadata_sha256));
  }
  [[nodiscard]] std::string take() { return out_.take(); }

 private:
  CacheWriter out_;
  std::string_view url_;
  std::optional<std::string_view> python_;
};

}  // namespace

python::SimpleFile FileView::file() const {
  const auto owned = [](const std::optional<std::string_view>& text) {
    return text ? std::optional<std::string>(*text) : std::nullopt;
  };
  SimpleFile out;
  out.filename = filename;
  out.url.reserve(url_head.size() + filename.size());
  out.url = url_head;
  if (named_by_url) out.url += filename;
  out.sha256 = sha256;
  out.size = size;
  out.requires_python = owned(requires_python);
  out.yanked = owned(yanked);
  out.upload_time = upload_time;
  out.core_metadata = core_metadata;
  out.core_metadata_sha256 = core_metadata_sha256;
  return out;
}

PageFiles::PageFiles(const std::vector<SimpleFile>& files) : count_(files.size()) {
  Packer packer;
  for (const auto& file : files)
    packer.add(file);
  bytes_ = packer.take();
}

PageFiles::PageFiles(std::string bytes, std::size_t from, std::size_t count)
    : bytes_(std::move(bytes)), from_(std::min(from, bytes_.size())), count_(count) {}

std::vector<SimpleFile> PageFiles::all() const {
  std::vector<SimpleFile> out;
  Cursor cursor(*this);
  while (const FileView* file = cursor.next())
    out.push_back(file->file());
  return out;
}

const FileView* PageFiles::Cursor::next() {
  if (left_ == 0) return nullptr;
  --left_;
  const auto parts = in_.number();
  const auto has = [&](Part part) { return (parts & part) != 0; };
  file_ = {};
  file_.filename = in_.text();
  const auto common = std::min<std::uint64_t>(in_.number(), url_.size());
  url_.resize(static_cast<std::size_t>(common));
  url_ += in_.text();
  file_.url_head = url_;
  file_.named_by_url = has(url_ends_with_name);
  if (has(has_sha256)) file_.sha256 = digest_of(in_);
  if (has(has_size)) file_.size = in_.number();
  if (has(has_python)) {
    if (!has(same_python)) python_ = in_.text();
    file_.requires_python = python_;
  }
  if (has(has_yanked)) file_.yanked = in_.text();
  if (has(has_time)) file_.upload_time = static_cast<UnixTime>(in_.number());
  file_.core_metadata = has(has_metadata);
  if (has(has_metadata_sha256)) file_.core_metadata_sha256 = digest_of(in_);
  if (in_.failed()) left_ = 0;
  return in_.failed() ? nullptr : &file_;
}

}  // namespace mlrepro
