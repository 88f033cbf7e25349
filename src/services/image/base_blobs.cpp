#include "services/image/base_blobs.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "adapters/archive/tar_reader.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "services/image/base_registry.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

std::string blob_path(const Sha256& digest) {
  return "blobs/sha256/" + digest.hex();
}

[[noreturn]] void missing(const WantedBlob& blob, const fs::path& place) {
  throw Error(ErrorKind::input, "no-base",
              place.string() + " has no " + blob_path(blob.digest) + ", which is " + blob.what,
              "os.base is to name an OCI image layout, and the digest of an image in it");
}

void check_size(const WantedBlob& blob, std::uint64_t size) {
  if (blob.size ? size == *blob.size : size <= most_manifest_bytes) return;
  throw Error(ErrorKind::input, "hash-mismatch",
              blob.what + " has " + std::to_string(size) + " bytes, " +
                  (blob.size ? "not " + std::to_string(*blob.size) : "too many for a manifest"));
}

void from_layout(const fs::path& folder, const std::vector<WantedBlob>& blobs, const BlobStore& store,
                 Progress& progress) {
  SafeFolder layout(folder);
  std::uint64_t done = 0;
  for (const auto& blob : blobs) {
    const auto info = layout.status(blob_path(blob.digest));
    if (!info || !S_ISREG(info->st_mode)) missing(blob, folder);
    check_size(blob, static_cast<std::uint64_t>(info->st_size));
    const auto at = layout.place(blob_path(blob.digest));
    const UniqueFd fd(::openat(at.folder, at.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid()) throw system_error(errno, "open " + (folder / blob_path(blob.digest)).string());
    auto writer = store.writer();
    read_chunks(fd.get(), blob.what, [&](std::string_view piece) {
      writer.write(piece);
      progress.update("base image", done += piece.size(), 0, Unit::bytes);
    });
    writer.commit_as(blob.digest, blob.size, blob.what);
  }
}

void from_archive(const fs::path& file, const std::vector<WantedBlob>& blobs, const BlobStore& store,
                  Progress& progress) {
  std::map<std::string, const WantedBlob*> open;
  for (const auto& blob : blobs)
    open.emplace(blob_path(blob.digest), &blob);
  const UniqueFd fd = open_file(file, O_RDONLY);
  std::uint64_t done = 0;
  read_tar(
      read_from(fd.get(), file.string()), file.string(),
      [&](const TreeEntry& entry, const Content& content) {
        const auto found = open.find(entry.path);
        if (found == open.end() || entry.type != EntryType::file) return;
        const WantedBlob& blob = *found->second;
        check_size(blob, entry.size);
        auto writer = store.writer();
        content([&](std::string_view piece) {
          writer.write(piece);
          progress.update("base image", done += piece.size(), 0, Unit::bytes);
        });
        writer.commit_as(blob.digest, blob.size, blob.what);
        open.erase(found);
      },
      TarCompression::none);
  if (!open.empty()) missing(*open.begin()->second, file);
}

bool is_path(const std::string& place, const fs::path& path) {
  std::error_code ignored;
  return place.starts_with('/') || place.starts_with("./") || place.starts_with("../") ||
         fs::exists(path, ignored);
}

}  // namespace

void fetch_blobs(const BasePlace& place, const std::vector<WantedBlob>& blobs, HttpClient& client,
                 const BlobStore& store, Progress& progress) {
  std::vector<WantedBlob> wanted;
  for (const auto& blob : blobs) {
    const bool known = std::any_of(wanted.begin(), wanted.end(),
                                   [&](const auto& other) { return other.digest == blob.digest; });
    if (!known && !store.contains(blob.digest, blob.size)) wanted.push_back(blob);
  }
  if (wanted.empty()) return;
  const fs::path path = (place.folder / place.reference->place).lexically_normal();
  std::error_code ignored;
  if (!is_path(place.reference->place, path)) {
    const auto name = oci::parse_registry_name(place.reference->place);
    if (!name) {
      throw Error(ErrorKind::input, "no-base",
                  "os.base names \"" + place.reference->place +
                      "\", which is neither there nor the name of an image with its registry",
                  "write a path, or HOST/NAME: no registry is known by itself");
    }
    fetch_from_registry(*name, wanted, client, store, progress);
  } else if (!fs::exists(path, ignored)) {
    throw Error(ErrorKind::input, "no-base", "there is no " + path.string() + ", which os.base names",
                "mlrepro build --output oci:DIR writes an image as os.base takes it");
  } else if (fs::is_directory(path, ignored)) {
    from_layout(path, wanted, store, progress);
  } else {
    from_archive(path, wanted, store, progress);
  }
}

}  // namespace mlrepro
