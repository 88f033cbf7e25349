#include "store/blob_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hex.hpp"
#include "base/parallel.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// A writer holds flock() on its temporary as long as it lives; the kernel drops that with the process, in
// whatever container it ran. So a temporary that can be locked has no writer any more. File systems without
// flock(), and files of other users, are judged by age.
void remove_leftovers(const fs::path& folder) {
  constexpr std::time_t day = 24 * 60 * 60;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path& path = entry->path();
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    bool abandoned = false;
    if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      abandoned = true;
    } else if (!fd.valid() || errno != EWOULDBLOCK) {
      abandoned = info.st_mtime < ::time(nullptr) - day;
    }
    if (abandoned) ::unlink(path.c_str());
  }
}

// The digest of the open file, from its start.
Sha256 hash_of(int fd, const fs::path& path) {
  Sha256Hasher hasher;
  read_chunks(fd, path.string(), [&](std::string_view piece) { hasher.update(piece); });
  return hasher.finish();
}

// Absent where there is no regular file of that name.
std::optional<Sha256> hash_of(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::nullopt;
    throw system_error(errno, "open " + path.string());
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw system_error(errno, "stat " + path.string());
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  // For `store gc`; where the file is another user's it stays as it is.
  if (info.st_mtime < ::time(nullptr) - 60 * 60) (void)::futimens(fd.get(), nullptr);
  return hash_of(fd.get(), path);
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
  for (;;) {
    temporary_ = store.root_ / "tmp" / ("blob." + random_hex(12));
    // Read-only for all whom the umask lets: a blob never changes. The descriptor made here may write all the
    // same.
    fd_.reset(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (!fd_.valid()) {
      const int error_number = errno;
      const std::string name = std::exchange(temporary_, {}).string();
      if (error_number == EEXIST) continue;
      throw system_error(error_number, "write " + name);
    }
    const bool locked = ::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
    const bool taken = !locked && errno == EWOULDBLOCK;
    struct stat info {};
    // Between open and flock another process that cleans up may have locked or removed the file.
    if (!taken && ::fstat(fd_.get(), &info) == 0 && info.st_nlink > 0) return;
  }
}

BlobStore::Writer::Writer(Writer&& other) noexcept
    : store_(other.store_),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      hasher_(std::move(other.hasher_)),
      size_(std::exchange(other.size_, 0)) {}

BlobStore::Writer::~Writer() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void BlobStore::Writer::write(std::string_view bytes) {
  write_all(fd_.get(), bytes, temporary_.string());
  hasher_.update(bytes);
  size_ += bytes.size();
}

void BlobStore::Writer::keep(const Sha256& digest, bool sync) {
  if (sync && ::fsync(fd_.get()) != 0) throw system_error(errno, "write " + temporary_.string());
  const fs::path target = store_->path_of(digest);
  if (::mkdir(target.parent_path().c_str(), 0777) != 0 && errno != EEXIST) {
    throw system_error(errno, "make folder " + target.parent_path().string());
  }
  if (::rename(temporary_.c_str(), target.c_str()) != 0)
    throw system_error(errno, "write " + target.string());
  temporary_.clear();
  fd_.reset();
}

Sha256 BlobStore::Writer::commit_unsynced() {
  const Sha256 digest = hasher_.finish();
  keep(digest, false);
  return digest;
}

Sha256 BlobStore::Writer::commit() {
  const Sha256 digest = hasher_.finish();
  keep(digest);
  return digest;
}

void BlobStore::Writer::commit_as(const Sha256& expected, std::optional<std::uint64_t> expected_size,
                                  const std::string& what) {
  const Sha256 digest = hasher_.finish();
  std::string difference;
  if (expected_size && *expected_size != size_) {
    difference = "it has " + std::to_string(size_) + " bytes, expected " + std::to_string(*expected_size);
  } else if (digest != expected) {
    difference = "its SHA-256 is " + digest.hex() + ", expected " + expected.hex();
  }
  if (!difference.empty()) {
    ::unlink(temporary_.c_str());
    temporary_.clear();
    fd_.reset();
    throw Error(ErrorKind::input, "hash-mismatch",
                what + " is not the file that was asked for: " + difference,
                "the file changed at its source or on its way; lock anew only if you trust the new one");
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
  fs::path path = path_of(digest);
  const std::optional<Sha256> actual = hash_of(path);
  if (!actual) return std::nullopt;
  if (*actual == digest) return path;
  const bool moved = set_aside(digest);
  if (warning != nullptr) {
    *warning = "the stored blob " + digest.tagged() + " was damaged (its SHA-256 is now " + actual->hex() +
               "); " + (moved ? "moved to " + (root_ / "damaged" / digest.hex()).string() : "it is not used");
  }
  return std::nullopt;
}

bool BlobStore::set_aside(const Sha256& digest) const {
  const fs::path aside = root_ / "damaged" / digest.hex();
  make_directories(aside.parent_path());
  return ::rename(path_of(digest).c_str(), aside.c_str()) == 0;
}

fs::path BlobStore::get(const Sha256& digest, const std::string& what) const {
  std::string warning;
  if (std::optional<fs::path> path = find(digest, &warning)) return *std::move(path);
  if (!warning.empty()) {
    throw Error(ErrorKind::input, "blob-damaged", "cannot use " + what + ": " + warning,
                "run the command again: what is missing is downloaded again");
  }
  throw Error(ErrorKind::input, "blob-missing",
              "cannot use " + what + ": " + digest.tagged() + " is not in the store",
              "run `mlrepro build`, which downloads what is missing");
}

std::vector<Sha256> BlobStore::blobs() const {
  std::vector<Sha256> found;
  for (const auto& folder : fs::directory_iterator(root_ / "sha256")) {
    if (!folder.is_directory() || folder.is_symlink()) continue;
    for (const auto& entry : fs::directory_iterator(folder.path())) {
      const std::string name = entry.path().filename().string();
      const std::optional<Sha256> digest = Sha256::parse(name);
      if (digest && path_of(*digest) == entry.path() && contains(*digest)) found.push_back(*digest);
    }
  }
  std::ranges::sort(found);
  return found;
}

BlobStore::Info BlobStore::info() const {
  Info info;
  for (const Sha256& digest : blobs()) {
    std::error_code code;
    const std::uintmax_t size = fs::file_size(path_of(digest), code);
    if (code) continue;
    ++info.blobs;
    info.bytes += size;
  }
  return info;
}

std::vector<Sha256> BlobStore::check() const {
  std::vector<Sha256> damaged;
  for (const Sha256& digest : blobs()) {
    const std::optional<Sha256> actual = hash_of(path_of(digest));
    if (actual && *actual != digest) damaged.push_back(digest);
  }
  return damaged;
}

std::vector<Sha256> BlobStore::heal(Progress& progress) const {
  const std::vector<Sha256> all = blobs();
  std::vector<char> damaged(all.size(), 0);
  std::atomic<std::uint64_t> done{0};
  run_parallel(all.size(), [&](std::size_t i) {
    try {
      const std::optional<Sha256> actual = hash_of(path_of(all[i]));
      damaged[i] = actual && *actual != all[i] ? 1 : 0;
    } catch (const Error& error) {
      progress.warning(error.message());
      damaged[i] = 1;
    }
    if (damaged[i] != 0) set_aside(all[i]);
    progress.update("check", ++done, all.size(), Unit::items);
  });
  progress.finish("check");
  std::vector<Sha256> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (damaged[i] != 0) found.push_back(all[i]);
  }
  return found;
}

}  // namespace mlrepro
