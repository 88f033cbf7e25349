#include "store/cache_use.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "codec/json.hpp"
#include "store/cache_entries.hpp"
#include "store/cache_names.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr const char* use_file = ".in-use";
constexpr const char* notes_folder = "locks";
constexpr UnixTime fresh = 60 * 60;
constexpr std::uint64_t most_note = std::uint64_t{64} << 20;

UniqueFd open_use_file(const fs::path& cache) {
  std::error_code ignored;
  fs::create_directories(cache, ignored);
  // Others of the same cache may be other users: whoever may read it may share it.
  return UniqueFd(::open((cache / use_file).c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0666));
}

Json list_of(const std::set<Sha256>& digests) {
  Json list = Json::array();
  for (const auto& digest : digests)
    list.push_back(digest.hex());
  return list;
}

std::set<Sha256> digests_in(const Json& note, const char* key) {
  std::set<Sha256> digests;
  for (const auto& each : note.at(key)) {
    if (const auto digest = Sha256::parse(each.get<std::string>())) digests.insert(*digest);
  }
  return digests;
}

void add_packages(const std::vector<PythonPackage>& packages, LockNeeds& needs) {
  for (const auto& package : packages)
    needs.blobs.insert(package.file.sha256);
}

}  // namespace

CacheUse::CacheUse(const fs::path& cache) : fd_(open_use_file(cache)) {
  while (fd_.valid() && ::flock(fd_.get(), LOCK_SH) != 0) {
    if (errno != EINTR) fd_.reset();
  }
}

CacheAlone::CacheAlone(const fs::path& cache, double patience, Progress& progress)
    : fd_(open_use_file(cache)) {
  if (!fd_.valid()) throw system_error(errno, "write to the cache " + cache.string());
  const auto started = std::chrono::steady_clock::now();
  bool told = false;
  while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw system_error(errno, "lock " + cache.string());
    const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - started;
    if (waited.count() > patience) {
      throw Error(ErrorKind::surroundings, "cache-busy",
                  "other commands are at work in the cache " + cache.string() + ": nothing was removed",
                  "run it again when they have ended");
    }
    if (!std::exchange(told, true)) progress.note("waiting for other commands that use this cache");
    progress.update("wait", 0, 0, Unit::items);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (told) progress.finish("wait");
}

UniqueFd hold_image(const fs::path& folder) {
  UniqueFd fd(::open((folder / cache_names::complete).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return {};
  (void)::futimens(fd.get(), nullptr);  // when it was used last
  return fd;
}

bool file_is_held(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  return fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

bool image_is_held(const fs::path& folder) {
  return file_is_held(folder / cache_names::complete);
}

void unmark_image(const fs::path& folder) {
  if (::unlink((folder / cache_names::complete).c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
    throw system_error(errno, "remove " + folder.string());
}

LockNeeds needs_of(const Lockfile& lock) {
  LockNeeds needs;
  for (const auto& target : lock.views()) {
    if (*target.os) {
      for (const auto& package : (*target.os)->packages)
        needs.blobs.insert(package.sha256);
      if (const auto& base = (*target.os)->base) {
        needs.blobs.insert({base->digest, base->config_digest});
        for (const auto& layer : base->layers)
          needs.blobs.insert(layer.digest);
      }
      for (const auto& release : (*target.os)->releases) {
        needs.blobs.insert(release.sha256);
        for (const auto& index : release.indexes)
          needs.blobs.insert(index.sha256);
      }
    }
    if (*target.python) {
      add_packages((*target.python)->packages, needs);
      for (const auto& build : (*target.python)->builds) {
        needs.blobs.insert(build.source);
        add_packages(build.packages, needs);
      }
    }
    if (*target.image) {
      needs.images.insert((*target.image)->digest);
      for (const auto& wheel : (*target.image)->wheels)
        needs.blobs.insert(wheel.sha256);
    }
  }
  return needs;
}

std::string this_host() {
  struct utsname names {};
  return ::uname(&names) == 0 ? names.nodename : "";
}

void note_lock(const fs::path& cache, const fs::path& lockfile) noexcept {
  try {
    const fs::path path = fs::weakly_canonical(lockfile);
    const auto lock_status = status_of(path);
    if (!lock_status) return;
    const fs::path file = cache / notes_folder / sha256(path.string()).hex();
    const auto note_status = status_of(file);
    if (note_status && note_status->st_mtime > now() - fresh &&
        note_status->st_mtime > std::max(lock_status->st_mtime, lock_status->st_ctime))
      return;
    const LockNeeds needs = needs_of(read_lockfile(path));
    const Json note = {{"lockfile", path.string()},
                       {"host", this_host()},
                       {"blobs", list_of(needs.blobs)},
                       {"images", list_of(needs.images)}};
    write_file_atomically(file, canonical_json(note));
  } catch (...) {
    // A cache that cannot be written to is not cleaned up either.
  }
}

std::vector<LockNote> lock_notes(const fs::path& cache, std::vector<fs::path>& unreadable) {
  std::vector<LockNote> notes;
  std::error_code code;
  for (fs::directory_iterator entry(cache / notes_folder, code), end; !code && entry != end;
       entry.increment(code)) {
    const fs::path& file = entry->path();
    if (!Sha256::parse(file.filename().string())) continue;
    try {
      const Json json = parse_json(read_file(file, most_note), file.string());
      LockNote note;
      note.file = file;
      note.lockfile = json.at("lockfile").get<std::string>();
      note.host = json.at("host").get<std::string>();
      note.needs = {digests_in(json, "blobs"), digests_in(json, "images")};
      if (const auto info = status_of(file)) note.used = info->st_mtime;
      notes.push_back(std::move(note));
    } catch (const std::exception&) {
      unreadable.push_back(file);
    }
  }
  std::sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return notes;
}

}  // namespace mlrepro
