#include "services/image/deb_data.hpp"

#include <fcntl.h>

#include <string_view>

#include "adapters/archive/decompress.hpp"
#include "base/file.hpp"
#include "services/image/form_writer.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view kind = "data";

bool is_slow(std::string_view member) {
  return member.ends_with(".xz") || member.ends_with(".lzma") || member.ends_with(".bz2");
}

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
  FormWriter form(*kept_);
  read_tar(
      [&](std::span<char> into) {
        const std::size_t got = tar(into);
        form.write({into.data(), got});
        return got;
      },
      deb_.name + ", data.tar", take);
  form.keep(kind, digest_);
}

}  // namespace mlrepro
