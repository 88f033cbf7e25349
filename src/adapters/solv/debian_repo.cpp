#include "adapters/solv/debian_repo.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/solv/packages_text.hpp"
#include "adapters/solv/solvext_library.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

extern "C" {
#include <solv/repo_deb.h>
#include <solv/repo_solv.h>
#include <solv/repo_write.h>
#include <solv/solv_xfopen.h>
}

namespace mlrepro::solv {
namespace {

constexpr int cache_format = 4;
constexpr std::uint64_t largest_index = std::uint64_t{1} << 30;  // unpacked; Debian's are below 60 MB
constexpr std::size_t digest_line = 65;

using FileHandle = std::unique_ptr<std::FILE, Deleter<std::fclose>>;

// SOLVABLE_GROUP is libsolv's key for a section-like word; "essential" has none of its own.
Id essential_key(Pool* pool) {
  return pool_str2id(pool, "debian:essential", 1);
}

Id important_key(Pool* pool) {
  return pool_str2id(pool, "debian:important", 1);
}

Id mention_key(Pool* pool) {
  return pool_str2id(pool, "debian:mention", 1);
}

// libsolv keeps the values of these keys apart and unpacks them only where they are asked for.
constexpr Id breaks_key = SOLVABLE_MESSAGEDEL;
constexpr Id needs_order_key = SOLVABLE_DESCRIPTION;
constexpr Id recommends_order_key = SOLVABLE_EULA;
constexpr Id mentions_key = SOLVABLE_MESSAGEINS;  // of the file: what is kept with the rest slows all reading

std::string text_of(Solvable* package, Id key) {
  const char* text = solvable_lookup_str(package, key);
  return text == nullptr ? std::string() : std::string(text);
}

// libsolv chooses a decompressor by file name; a blob in the store has none.
const char* name_by_magic(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return "Packages.gz";
  if (head.starts_with(std::string_view("\xfd"
                                        "7zXZ",
                                        5)))
    return "Packages.xz";
  if (head.starts_with("BZh")) return "Packages.bz2";
  if (head.starts_with("\x28\xb5\x2f\xfd")) return "Packages.zst";
  return "Packages";
}

// For reading; nothing writes through it. Null where there are no bytes.
std::FILE* stream_over(std::string_view bytes) {
  return ::fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "r");
}

std::string read_packages(const std::filesystem::path& file) {
  load_solvext();
  UniqueFd fd = open_file(file, O_RDONLY);
  std::array<char, 8> head{};
  const auto got = pread(fd.get(), head.data(), head.size(), 0);
  const char* name =
      name_by_magic(std::string_view(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0));
  const FileHandle stream(solv_xfopen_fd(name, fd.get(), "r"));
  if (!stream) {
    throw Error(ErrorKind::input, "bad-index",
                "cannot read the package index " + file.string() + ": it is no file that libsolv can unpack");
  }
  (void)fd.release();  // the stream owns it now

  std::string text;
  std::array<char, 1 << 16> piece;
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), stream.get())) {
    if (text.size() + count > largest_index) {
      throw Error(ErrorKind::input, "bad-index",
                  "cannot read the package index " + file.string() + ": it unpacks to more than 1 GiB");
    }
    text.append(piece.data(), count);
  }
  if (std::ferror(stream.get()) != 0) {
    throw Error(ErrorKind::input, "bad-index",
                "cannot read the package index " + file.string() + ": the compressed data is damaged");
  }
  return text;
}

// Packages text -> .solv bytes, through a pool that is thrown away.
std::string to_solv(const std::filesystem::path& file, const Sha256& digest,
                    const std::string& architecture) {
  if (const Sha256 found = sha256_file(file); found != digest) {
    throw Error(
        ErrorKind::input, "hash-mismatch",
        "the package index " + file.string() + " has SHA-256 " + found.hex() + ", not " + digest.hex());
  }
  const PackagesText packages = condense_packages(read_packages(file), architecture);
  const PoolHandle pool = solv::new_pool();
  pool_setdisttype(pool.get(), DISTTYPE_DEB);
  Repo* repo = repo_create(pool.get(), "index");
  {
    const FileHandle control(stream_over(packages.control));
    if (!packages.control.empty() && (!control || repo_add_debpackages(repo, control.get(), 0) != 0)) {
      throw Error(
          ErrorKind::input, "bad-index",
          "cannot read the package index " + file.string() + ": " + std::string(pool_errstr(pool.get())));
    }
  }
  if (static_cast<std::size_t>(repo->nsolvables) != packages.facts.size()) {
    throw Error(ErrorKind::input, "bad-index",
                "cannot read the package index " + file.string() + ": " +
                    std::to_string(packages.facts.size()) + " packages in it, but libsolv sees " +
                    std::to_string(repo->nsolvables));
  }
  Repodata* data = repo_add_repodata(repo, REPO_REUSE_REPODATA | REPO_NO_INTERNALIZE);
  Id id = repo->start;
  for (const auto& facts : packages.facts) {
    repodata_set_num(data, id, SOLVABLE_DOWNLOADSIZE, facts.size);
    if (!facts.priority.empty()) repodata_set_poolstr(data, id, SOLVABLE_GROUP, facts.priority.c_str());
    if (facts.essential) repodata_set_void(data, id, essential_key(pool.get()));
    if (facts.important) repodata_set_void(data, id, important_key(pool.get()));
    if (!facts.breaks.empty()) repodata_set_str(data, id, breaks_key, facts.breaks.c_str());
    if (!facts.needs_order.empty()) repodata_set_str(data, id, needs_order_key, facts.needs_order.c_str());
    if (!facts.recommends_order.empty())
      repodata_set_str(data, id, recommends_order_key, facts.recommends_order.c_str());
    repodata_set_num(data, id, mention_key(pool.get()), facts.mention);
    ++id;
  }
  repodata_set_str(data, SOLVID_META, mentions_key, packages.mentions.c_str());
  repodata_internalize(data);

  char* bytes = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&bytes, &size);
  if (out == nullptr) throw system_error(errno, "keep a package index in memory");
  const int failed = repo_write(repo, out);
  const int closed = std::fclose(out);
  const std::unique_ptr<char, Deleter<std::free>> owner(bytes);
  if (failed != 0 || closed != 0) {
    throw Error(ErrorKind::internal, "solv-write", "libsolv cannot write the package index " + file.string());
  }
  return std::string(bytes, size);
}

std::filesystem::path cache_file(const std::filesystem::path& cache, const Sha256& digest,
                                 const std::string& architecture) {
  return cache / (digest.hex() + "-" + architecture + "-" + loaded_solv_version() + "-" +
                  std::to_string(cache_format) + ".solv");
}

// libsolv's reader trusts what it reads: the digest stands between it and a damaged disk.
std::string read_cache(const std::filesystem::path& file) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none)) return {};
  try {
    std::string bytes = read_file(file);
    if (bytes.size() <= digest_line || bytes[digest_line - 1] != '\n') return {};
    const auto expected = Sha256::parse(std::string_view(bytes).substr(0, digest_line - 1));
    bytes.erase(0, digest_line);
    return expected && sha256(bytes) == *expected ? bytes : std::string();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Repo* load_packages(Pool* pool, const std::filesystem::path& packages_file, const Sha256& digest,
                    const std::string& architecture, const std::filesystem::path& cache) {
  const auto file = cache.empty() ? cache : cache_file(cache, digest, architecture);
  std::string bytes = cache.empty() ? std::string() : read_cache(file);
  if (bytes.empty()) {
    bytes = to_solv(packages_file, digest, architecture);
    if (!cache.empty()) {
      try {
        write_file_atomically(file, sha256(bytes).hex() + "\n" + bytes);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::surroundings) throw;
      }
    }
  }
  Repo* repo = repo_create(pool, digest.hex().c_str());
  const FileHandle stream(stream_over(bytes));
  if (!stream || repo_add_solv(repo, stream.get(), 0) != 0) {
    throw Error(
        ErrorKind::internal, "solv-read",
        "libsolv cannot read back the package index " + packages_file.string() + ": " + pool_errstr(pool));
  }
  return repo;
}

bool is_essential(Solvable* package) {
  return solvable_lookup_void(package, essential_key(package->repo->pool)) != 0;
}

bool is_important(Solvable* package) {
  return solvable_lookup_void(package, important_key(package->repo->pool)) != 0;
}

std::string breaks_of(Solvable* package) {
  return text_of(package, breaks_key);
}

std::string needs_order_of(Solvable* package) {
  return text_of(package, needs_order_key);
}

std::string recommends_order_of(Solvable* package) {
  return text_of(package, recommends_order_key);
}

std::uint64_t mention_of(Solvable* package) {
  return solvable_lookup_num(package, mention_key(package->repo->pool), 0);
}

std::optional<std::uint64_t> mention_in(Repo* repo, std::string_view name) {
  const char* listed = repo_lookup_str(repo, SOLVID_META, mentions_key);
  if (listed == nullptr) return std::nullopt;
  const std::string_view text(listed);
  const std::string line = "\n" + std::string(name) + " ";
  std::size_t at = text.starts_with(std::string_view(line).substr(1)) ? 0 : text.find(line);
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find(' ', at + 1);
  return parse_number(text.substr(at + 1, text.find('\n', at) - at - 1));
}

std::string priority_of(Solvable* package) {
  return text_of(package, SOLVABLE_GROUP);
}

}  // namespace mlrepro::solv
