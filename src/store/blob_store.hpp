// Content-addressed blobs: CACHE/store/sha256/ab/abcdef..., shared by all projects of a user.
//
// Two processes may put the same blob at once: each writes its own temporary file and renames; the bytes are
// equal. A blob is hashed again whenever it is used; what does not fit its name is moved aside (never
// served).
//
//   ROOT/sha256/ab/abcdef...   64 digits; read-only, the umask decides for whom
//   ROOT/tmp/blob.RANDOM       being written, flock()ed by its writer; those without a writer go at open
//   ROOT/damaged/abcdef...     what no longer fitted its name, for a person to look at
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.hpp"
#include "base/progress.hpp"
#include "codec/digest.hpp"

namespace mlrepro {

class BlobStore {
 public:
  // `root` is CACHE/store; made if missing. A Writer must not outlive the store that made it.
  explicit BlobStore(std::filesystem::path root);

  // A blob being written, invisible until commit. Destroyed uncommitted: nothing stays.
  class Writer {
   public:
    Writer(Writer&& other) noexcept;
    Writer& operator=(Writer&&) = delete;
    ~Writer();
    void write(std::string_view bytes);
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    // Names it by what was written and returns that digest. fsync, rename.
    Sha256 commit();
    // As commit(), without waiting for the disk: for what can be made again. After a power failure it may be
    // damaged, which whoever wants it sees.
    Sha256 commit_unsynced();
    // As commit(), but throws Error(input, "hash-mismatch") and keeps nothing where the digest or size is
    // another; `what` names the thing ("numpy-2.0.whl") in the message.
    void commit_as(const Sha256& expected, std::optional<std::uint64_t> expected_size,
                   const std::string& what);

   private:
    friend class BlobStore;
    explicit Writer(const BlobStore& store);
    void keep(const Sha256& digest, bool sync = true);
    const BlobStore* store_;
    std::filesystem::path temporary_;
    UniqueFd fd_;
    Sha256Hasher hasher_;
    std::uint64_t size_ = 0;
  };

  [[nodiscard]] Writer writer() const;
  Sha256 put(std::string_view bytes) const;

  // Whether a blob of that name and size lies here; does not hash. For planning downloads.
  [[nodiscard]] bool contains(const Sha256& digest, std::optional<std::uint64_t> size = {}) const;

  // The file, hashed just now; absent where it is missing or was damaged. A damaged one is moved to
  // STORE/damaged/ and `warning`, where given, gets the line to show.
  [[nodiscard]] std::optional<std::filesystem::path> find(const Sha256& digest,
                                                          std::string* warning = nullptr) const;
  // As find, but throws Error(input, "blob-damaged"|"blob-missing") naming `what`.
  [[nodiscard]] std::filesystem::path get(const Sha256& digest, const std::string& what) const;

  struct Info {
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Info info() const;
  // In order of digest; not hashed.
  [[nodiscard]] std::vector<Sha256> blobs() const;
  // Every blob in order of digest, hashed; returns those whose content does not fit. Moves nothing.
  [[nodiscard]] std::vector<Sha256> check() const;
  // The same by all processors; what does not fit its name, or cannot be read, is moved to STORE/damaged/, so
  // that it is fetched again when it is needed next. Returns those, in order of digest.
  [[nodiscard]] std::vector<Sha256> heal(Progress& progress) const;
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return root_; }

 private:
  [[nodiscard]] std::filesystem::path path_of(const Sha256& digest) const;
  bool set_aside(const Sha256& digest) const;
  std::filesystem::path root_;
};

}  // namespace mlrepro
