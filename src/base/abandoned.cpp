#include "base/abandoned.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <system_error>

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::time_t settled = 2;      // seconds
constexpr std::size_t random_part = 6;  // of mkdtemp(3)

UniqueFd open_folder(const fs::path& folder) {
  return UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool is_abandoned(const fs::path& folder) {
  const UniqueFd fd = open_folder(folder);
  struct stat info {};
  return fd.valid() && ::fstat(fd.get(), &info) == 0 && info.st_ctime <= ::time(nullptr) - settled &&
         ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

UniqueFd hold_folder(const fs::path& folder) {
  UniqueFd fd = open_folder(folder);
  if (fd.valid() && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) fd.reset();
  return fd;
}

void remove_abandoned(const fs::path& parent, std::string_view prefix) noexcept {
  try {
    for (const auto& folder : abandoned_folders(parent, prefix)) {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    }
  } catch (...) {
    // No memory: they stay.
  }
}

TemporaryDirectory make_folder(const fs::path& parent, std::string_view prefix) {
  remove_abandoned(parent, prefix);
  return TemporaryDirectory(parent, prefix);
}

}  // namespace

std::vector<fs::path> abandoned_folders(const fs::path& parent, std::string_view prefix) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::directory_iterator entry(parent, code), end; !code && entry != end; entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (name.size() == prefix.size() + 1 + random_part && name.starts_with(prefix) &&
        name[prefix.size()] == '.' && is_abandoned(entry->path()))
      found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

HeldDirectory::HeldDirectory(const fs::path& parent, std::string_view prefix)
    : folder_(make_folder(parent, prefix)), hold_(hold_folder(folder_.path())) {}

}  // namespace mlrepro
