#include "store/garbage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/cache_entries.hpp"
#include "store/cache_names.hpp"
#include "store/cache_use.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr UnixTime day = 24 * 60 * 60;
// Locks of other hosts, and what only saves asking again.
constexpr UnixTime long_unused = 30 * day;

// What a folder's files take, links and hard links counted once.
std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code code;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, code), end; !code && entry != end;
       entry.increment(code)) {
    const auto info = status_of(entry->path());
    if (info && S_ISREG(info->st_mode))
      bytes += static_cast<std::uint64_t>(info->st_size) / std::max<std::uint64_t>(1, info->st_nlink);
  }
  return bytes;
}

class Search {
 public:
  Search(const fs::path& cache, UnixTime keep_seconds, Progress& progress)
      : cache_(cache), now_(now()), keep_(keep_seconds), progress_(progress) {}

  GarbageSearch run() {
    look_at_locks();
    look_at_blobs();
    look_at_store_leftovers();
    look_at_images();
    look_at_leftovers();
    for (const char* folder : {"kept", "metadata", "releases", "solv"})
      look_at_answers(cache_ / folder);
    progress_.finish("look");
    result_.needed_blobs = needs_.blobs.size();
    result_.needed_images = needs_.images.size();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool unused(const struct stat& info, UnixTime seconds) const {
    return info.st_mtime <= now_ - seconds;
  }

  void add(GarbageKind kind, const fs::path& path, std::uint64_t bytes, std::string what) {
    result_.found.push_back({kind, path, bytes, std::move(what), std::nullopt});
  }

  void need(const LockNeeds& needs) {
    ++result_.locks;
    needs_.blobs.insert(needs.blobs.begin(), needs.blobs.end());
    needs_.images.insert(needs.images.begin(), needs.images.end());
  }

  void look_at_locks() {
    std::vector<fs::path> unreadable;
    for (const auto& note : lock_notes(cache_, unreadable)) {
      const bool young = note.used > now_ - std::max(keep_, long_unused);
      struct stat info {};
      if (::stat(note.lockfile.c_str(), &info) == 0) {
        need(needs_now(note));
      } else if (young && (note.host != this_host() || (errno != ENOENT && errno != ENOTDIR))) {
        need(note.needs);
      } else if (note.used > now_ - keep_) {
        need(note.needs);
      } else {
        const auto size = status_of(note.file);
        add(GarbageKind::note, note.file, size ? static_cast<std::uint64_t>(size->st_size) : 0,
            note.lockfile.string());
      }
    }
    for (const auto& file : unreadable)
      add(GarbageKind::note, file, 0, file.filename().string());
  }

  // Of a lock that cannot be read, what it needed when it was last used.
  [[nodiscard]] LockNeeds needs_now(const LockNote& note) const {
    try {
      return needs_of(read_lockfile(note.lockfile));
    } catch (const Error& error) {
      progress_.warning("what it needed last is kept for " + note.lockfile.string() + ": " + error.message());
      return note.needs;
    }
  }

  void look_at_leftovers() {
    for (auto& each : find_leftovers(cache_, now_ - std::max(keep_, long_unused))) {
      const auto info = status_of(each.path);
      const bool is_file = info && S_ISREG(info->st_mode);
      const std::uint64_t bytes =
          is_file ? static_cast<std::uint64_t>(info->st_size) : bytes_below(each.path);
      add(kind_of(each.kind), each.path, bytes, each.what);
      result_.found.back().leftover = std::move(each);
    }
  }

  static GarbageKind kind_of(LeftoverKind kind) {
    switch (kind) {
      case LeftoverKind::build: return GarbageKind::build;
      case LeftoverKind::run: return GarbageKind::run;
      case LeftoverKind::repository: return GarbageKind::answer;
      case LeftoverKind::download: break;
    }
    return GarbageKind::download;
  }

  void look_at_blobs() {
    std::uint64_t seen = 0;
    for (const auto& folder : entries_of(cache_ / "store" / "sha256")) {
      for (const auto& file : entries_of(folder)) {
        progress_.update("look", ++seen, 0, Unit::items);
        const auto digest = Sha256::parse(file.filename().string());
        const auto info = status_of(file);
        if (!digest || !info || !S_ISREG(info->st_mode)) continue;
        if (needs_.blobs.contains(*digest) || !unused(*info, keep_)) continue;
        add(GarbageKind::blob, file, static_cast<std::uint64_t>(info->st_size), digest->tagged());
      }
    }
  }

  void look_at_store_leftovers() {
    for (const auto& file : entries_of(cache_ / "store" / "tmp")) {
      const auto info = status_of(file);
      if (!info || !S_ISREG(info->st_mode) || file_is_held(file)) continue;
      add(GarbageKind::download, file, static_cast<std::uint64_t>(info->st_size), file.filename().string());
    }
    for (const auto& file : entries_of(cache_ / "store" / "damaged")) {
      const auto info = status_of(file);
      if (!info || !S_ISREG(info->st_mode) || !unused(*info, keep_)) continue;
      add(GarbageKind::damaged, file, static_cast<std::uint64_t>(info->st_size), file.filename().string());
    }
  }

  void look_at_images() {
    const fs::path images = cache_ / "images";
    std::vector<fs::path> notes;
    for (const auto& path : entries_of(images)) {
      progress_.update("look", 0, 0, Unit::items);
      const std::string name = path.filename().string();
      const auto info = status_of(path);
      if (!info) continue;
      if (const auto digest = Sha256::parse(name); digest && S_ISDIR(info->st_mode)) {
        look_at_image(path, *digest);
      } else if (name.starts_with(cache_names::os_note_prefix) ||
                 name.starts_with(cache_names::base_note_prefix)) {
        notes.push_back(path);
      }
    }
    for (const auto& note : notes)
      look_at_os_note(images, note);
  }

  void look_at_image(const fs::path& folder, const Sha256& digest) {
    const auto marker = status_of(folder / cache_names::complete);
    if (marker && (needs_.images.contains(digest) || !unused(*marker, keep_) || image_is_held(folder)))
      return;
    add(marker ? GarbageKind::image : GarbageKind::build, folder, bytes_below(folder), digest.tagged());
    going_.insert(digest);
  }

  // Which image stands for the operating system of a lock; of use while that is there.
  void look_at_os_note(const fs::path& images, const fs::path& note) {
    const auto info = status_of(note);
    if (!info || !S_ISREG(info->st_mode) || info->st_size > 4096) return;
    const auto digest = noted_digest(note);
    if (!digest || going_.contains(*digest) || !status_of(images / digest->hex() / cache_names::complete))
      add(GarbageKind::note, note, 0, note.filename().string());
  }

  void look_at_answers(const fs::path& folder) {
    std::error_code code;
    for (fs::recursive_directory_iterator entry(folder, code), end; !code && entry != end;
         entry.increment(code)) {
      const auto info = status_of(entry->path());
      if (!info || !S_ISREG(info->st_mode) || !unused(*info, std::max(keep_, long_unused))) continue;
      add(GarbageKind::answer, entry->path(), static_cast<std::uint64_t>(info->st_size),
          entry->path().lexically_relative(cache_).string());
    }
  }

  const fs::path& cache_;
  UnixTime now_;
  UnixTime keep_;
  Progress& progress_;
  LockNeeds needs_;
  std::set<Sha256> going_;  // images
  GarbageSearch result_;
};

void remove_image(const fs::path& cache, const fs::path& folder) {
  unmark_image(folder);
  SafeFolder(cache / "images").remove(folder.filename().string());
}

}  // namespace

GarbageSearch find_garbage(const fs::path& cache, UnixTime keep_seconds, Progress& progress) {
  return Search(cache, keep_seconds, progress).run();
}

std::vector<Garbage> remove_garbage(const fs::path& cache, const std::vector<Garbage>& garbage,
                                    Progress& progress) {
  std::vector<Garbage> removed;
  std::uint64_t done = 0;
  for (const auto& each : garbage) {
    progress.update("remove", ++done, garbage.size(), Unit::items);
    try {
      if (each.leftover) {
        remove_leftover(*each.leftover);
      } else if (each.kind == GarbageKind::image || each.kind == GarbageKind::build) {
        remove_image(cache, each.path);
      } else if (::unlink(each.path.c_str()) != 0 && errno != ENOENT) {
        throw system_error(errno, "remove " + each.path.string());
      }
      removed.push_back(each);
    } catch (const Error& error) {
      progress.warning(error.message());
    }
  }
  progress.finish("remove");
  return removed;
}

}  // namespace mlrepro
