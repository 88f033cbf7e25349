#include "store/blob_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr UnixTime leftover_age = 24 * 60 * 60;

// What killed processes left in STORE/tmp. A living writer touches its file more often than once a day.
void remove_leftovers(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    struct stat info {};
    if (::lstat(entry.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (now() - info.st_mtime > leftover_age) ::unlink(entry.path().c_str());
  }
}

}  // namespace

BlobStore::BlobStore(fs::path root) : root_(std::move(root)) {
  make_directories(root_ / "sha256");
  make_directories(root_ / "tmp");
  remove_leftovers(root_ / "tmp");
}

fs::path BlobStore::path_of(const Sha256& digest) const {
  const std::string hex = digest.hex();
  return root_ / "sha256" / hex.substr(0, 2) / hex;
}

BlobStore::Writer::Writer(const BlobStore& store) : store_(&store) {
  std::string name = (store.root_ / "tmp" / "blob.XXXXXX").string();
  fd_.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd_.valid()) throw system_error(errno, "write into the store " + store.root_.string());
  temporary_ = name;
}

BlobStore::Writer::~Writer() {
  if (fd_.valid()) ::unlink(temporary_.c_str());
}

void BlobStore::Writer::write(std::string_view bytes) {
  write_all(fd_.get(), bytes, "into the store " + store_->root_.string());
  hasher_.update(bytes);
  size_ += bytes.size();
}

void BlobStore::Writer::keep(const Sha256& digest) {
  const fs::path path = store_->path_of(digest);
  const auto fail = [&](const char* step) { throw system_error(errno, step + path.string()); };
  make_directories(path.parent_path());
  if (::fchmod(fd_.get(), 0444) != 0 || ::fsync(fd_.get()) != 0) fail("write ");
  // rename replaces a blob of the same name, which holds the same bytes or was damaged.
  if (::rename(temporary_.c_str(), path.c_str()) != 0) fail("rename into ");
  fd_.reset();
}

Sha256 BlobStore::Writer::commit() {
  const Sha256 digest = hasher_.finish();
  keep(digest);
  return digest;
}

void BlobStore::Writer::commit_as(const Sha256& expected, std::optional<std::uint64_t> expected_size,
                                  const std::string& what) {
  const Sha256 digest = hasher_.finish();
  if (expected_size && *expected_size != size_) {
    throw Error(
        ErrorKind::input, "hash-mismatch",
        what + " has " + std::to_string(size_) + " bytes, expected " + std::to_string(*expected_size));
  }
  if (digest != expected) {
    throw Error(ErrorKind::input, "hash-mismatch",
                what + " is " + digest.tagged() + ", expected " + expected.tagged(),
                "the file was changed on its way or at its source; do not use it");
  }
  keep(digest);
}

BlobStore::Writer BlobStore::writer() const {
  return Writer(*this);
}

Sha256 BlobStore::put(std::string_view bytes) const {
  Writer blob = writer();
  blob.write(bytes);
  return blob.commit();
}

bool BlobStore::contains(const Sha256& digest, std::optional<std::uint64_t> size) const {
  struct stat info {};
  if (::lstat(path_of(digest).c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  return !size || static_cast<std::uint64_t>(info.st_size) == *size;
}

std::optional<fs::path> BlobStore::find(const Sha256& digest, std::string* warning) const {
  const fs::path path = path_of(digest);
  if (!contains(digest)) return std::nullopt;
  if (sha256_file(path) == digest) return path;
  make_directories(root_ / "damaged");
  const fs::path aside = root_ / "damaged" / digest.hex();
  if (::rename(path.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    throw system_error(errno, "set aside the damaged blob " + path.string());
  }
  if (warning != nullptr) *warning = "the stored blob " + digest.tagged() + " was damaged and is set aside";
  return std::nullopt;
}

fs::path BlobStore::get(const Sha256& digest, const std::string& what) const {
  std::string damage;
  if (auto path = find(digest, &damage)) return *path;
  if (!damage.empty()) {
    throw Error(ErrorKind::input, "blob-damaged", what + ": " + damage,
                "run the command again: it will be fetched anew");
  }
  throw Error(ErrorKind::input, "blob-missing",
              what + " (" + digest.tagged() + ") is not in the store " + root_.string(),
              "run the command without --offline, so that it can be fetched");
}

namespace {

// Calls `use` with each blob's path and the digest its name says; other names are passed over.
template <typename Use>
void each_blob(const fs::path& root, const Use& use) {
  for (const auto& folder : fs::directory_iterator(root / "sha256")) {
    if (!folder.is_directory()) continue;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      const auto digest = Sha256::parse(entry.path().filename().string());
      if (digest && entry.symlink_status().type() == fs::file_type::regular) use(entry.path(), *digest);
    }
  }
}

}  // namespace

BlobStore::Info BlobStore::info() const {
  Info info;
  each_blob(root_, [&](const fs::path& path, const Sha256&) {
    std::error_code gone;
    const auto size = fs::file_size(path, gone);
    if (gone) return;
    ++info.blobs;
    info.bytes += size;
  });
  return info;
}

std::vector<Sha256> BlobStore::check() const {
  std::vector<Sha256> damaged;
  each_blob(root_, [&](const fs::path& path, const Sha256& digest) {
    if (sha256_file(path) != digest) damaged.push_back(digest);
  });
  std::sort(damaged.begin(), damaged.end());
  return damaged;
}

}  // namespace mlrepro
