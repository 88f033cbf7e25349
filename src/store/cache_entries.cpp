#include "store/cache_entries.hpp"

#include <algorithm>
#include <system_error>

#include "base/file.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;

std::optional<struct stat> status_of(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    entries.push_back(entry->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::optional<Sha256> noted_digest(const fs::path& note) {
  std::error_code ignored;
  if (!fs::is_regular_file(note, ignored)) return std::nullopt;
  return Sha256::parse(trim(read_file(note, 4096)));
}

}  // namespace mlrepro
