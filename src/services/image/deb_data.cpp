#include "services/image/deb_data.hpp"

#include <fcntl.h>

#include <optional>
#include <string_view>

#include "adapters/archive/decompress.hpp"
#include "adapters/archive/zstd_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view kind = "data";

bool is_slow(std::string_view member) {
  return member.ends_with(".xz") || member.ends_with(".lzma") || member.ends_with(".bz2");
}

// A form that is being written. What goes wrong here costs time later, never this build.
class Keeping {
 public:
  explicit Keeping(const KeptForms& kept) : kept_(kept) {
    attempt([&] {
      blob_.emplace(kept.writer());
      compressor_.emplace([this](std::string_view piece) { blob_->write(piece); });
    });
  }
  Keeping(const Keeping&) = delete;
  Keeping& operator=(const Keeping&) = delete;

  void write(std::string_view bytes) {
    attempt([&] {
      if (compressor_) compressor_->write(bytes);
    });
  }

  void keep(const Sha256& digest) {
    attempt([&] {
      if (!compressor_) return;
      compressor_->finish();
      kept_.keep(kind, digest, *blob_);
    });
  }

 private:
  template <typename Work>
  void attempt(Work work) {
    try {
      work();
    } catch (const Error&) {
      compressor_.reset();
      blob_.reset();
    }
  }

  const KeptForms& kept_;
  std::optional<BlobStore::Writer> blob_;
  std::optional<ZstdWriter> compressor_;
};

}  // namespace

DebData::DebData(const Deb& deb, const Sha256& digest, const KeptForms* kept,
                 std::function<void(std::uint64_t)> passed)
    : deb_(deb), digest_(digest), kept_(kept), passed_(std::move(passed)) {}

void DebData::read(const Take& take) const {
  if (kept_ == nullptr || !is_slow(deb_.data.name))
    return read_tar(stream_of(deb_, deb_.data, passed_), deb_.name + ", data.tar", take);
  if (!read_kept(take)) read_and_keep(take);
}

bool DebData::read_kept(const Take& take) const {
  const auto file = kept_->find(kind, digest_);
  if (!file) return false;
  const UniqueFd fd = open_file(*file, O_RDONLY);
  read_tar(read_from(fd.get(), file->string()), deb_.name + ", data.tar", take);
  passed_(deb_.data.size);
  return true;
}

void DebData::read_and_keep(const Take& take) const {
  const ReadNext tar = decompressed(stream_of(deb_, deb_.data, passed_), deb_.name + ", data.tar");
  Keeping keeping(*kept_);
  read_tar(
      [&](std::span<char> into) {
        const std::size_t got = tar(into);
        keeping.write({into.data(), got});
        return got;
      },
      deb_.name + ", data.tar", take);
  keeping.keep(digest_);
}

}  // namespace mlrepro
