#include "services/provenance/data_state.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct Merkle {
  Sha256 sha256;
  std::uint64_t size = 0;
};

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder))
    entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end(), [](const fs::path& a, const fs::path& b) {
    return a.filename().native() < b.filename().native();
  });
  return entries;
}

struct stat status_of(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) throw system_error(errno, "look at " + path.string());
  return info;
}

Merkle tree_of(const fs::path& folder, int depth) {
  if (depth > 200) throw Error(ErrorKind::input, "bad-data", folder.string() + " is nested too deep");
  std::string lines;
  std::uint64_t size = 0;
  for (const auto& path : sorted_entries(folder)) {
    const std::string name = path.filename().string();
    const auto info = status_of(path);
    if (S_ISDIR(info.st_mode)) {
      const Merkle below = tree_of(path, depth + 1);
      size += below.size;
      lines += "dir " + below.sha256.hex() + " " + name + "\n";
    } else if (S_ISLNK(info.st_mode)) {
      lines += "link " + sha256(fs::read_symlink(path).native()).hex() + " " + name + "\n";
    } else if (S_ISREG(info.st_mode)) {
      const auto bytes = static_cast<std::uint64_t>(info.st_size);
      size += bytes;
      lines += std::string("file ") + ((info.st_mode & 0100U) != 0 ? "x " : "- ") + std::to_string(bytes) +
               " " + sha256_file(path).hex() + " " + name + "\n";
    } else {
      throw Error(ErrorKind::input, "bad-data",
                  path.string() + " is a device, socket or pipe, which has no content to lock");
    }
  }
  return {sha256(lines), size};
}

template <typename Visit>
void walk(const fs::path& folder, const std::string& prefix, const Visit& visit) {
  for (const auto& path : sorted_entries(folder)) {
    const std::string name =
        prefix.empty() ? path.filename().string() : prefix + "/" + path.filename().string();
    const auto info = status_of(path);
    if (S_ISDIR(info.st_mode)) {
      if (name != ".mlrepro") walk(path, name, visit);
    } else if (S_ISREG(info.st_mode)) {
      visit(path, name);
    }
  }
}

RecordedFile recorded(const fs::path& path, const std::string& name) {
  return {name, static_cast<std::uint64_t>(fs::file_size(path)), sha256_file(path)};
}

FileStamp stamp_of(const fs::path& path) {
  const auto info = status_of(path);
  return {info.st_ino, static_cast<std::uint64_t>(info.st_size), info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
}

// One name against one pattern without '/'. Linear in practice: only the last `*` is ever taken back.
bool matches_name(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  const auto one = [&](std::size_t& at) -> bool {
    if (pattern[at] != '[') {
      const bool fits = pattern[at] == '?' || pattern[at] == name[n];
      ++at;
      return fits;
    }
    const auto end = pattern.find(']', at + 2);
    if (end == std::string_view::npos) return pattern[at++] == name[n];
    std::string_view set = pattern.substr(at + 1, end - at - 1);
    const bool negated = set.front() == '!' || set.front() == '^';
    if (negated) set.remove_prefix(1);
    bool inside = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (i + 2 < set.size() && set[i + 1] == '-') {
        inside = inside || (set[i] <= name[n] && name[n] <= set[i + 2]);
        i += 2;
      } else {
        inside = inside || set[i] == name[n];
      }
    }
    at = end + 1;
    return inside != negated;
  };
  while (n < name.size()) {
    std::size_t next = p;
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_name = n;
    } else if (p < pattern.size() && one(next)) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*')
    ++p;
  return p == pattern.size();
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  while (pattern.starts_with("./"))
    pattern.remove_prefix(2);
  const auto wanted = split(pattern, '/');
  const auto names = split(path, '/');
  // reach[j]: the pattern's parts so far fit the first j names.
  std::vector<bool> reach(names.size() + 1, false);
  reach[0] = true;
  for (const auto part : wanted) {
    std::vector<bool> next(names.size() + 1, false);
    if (part == "**") {
      bool open = false;
      for (std::size_t j = 0; j <= names.size(); ++j)
        next[j] = open = open || reach[j];
    } else {
      for (std::size_t j = 0; j < names.size(); ++j)
        next[j + 1] = reach[j] && matches_name(part, names[j]);
    }
    reach = std::move(next);
  }
  return reach[names.size()];
}

LockedData data_state(const fs::path& folder, const std::string& path) {
  const fs::path full = folder / path;
  std::error_code code;
  const auto type = fs::status(full, code).type();
  if (type == fs::file_type::directory) {
    const Merkle tree = tree_of(full, 0);
    return {path, tree.size, tree.sha256};
  }
  if (type == fs::file_type::regular)
    return {path, static_cast<std::uint64_t>(fs::file_size(full)), sha256_file(full)};
  if (type == fs::file_type::not_found) {
    throw Error(ErrorKind::input, "data-missing", "the data set " + path + " is not there",
                "check [[data]] path in mlrepro.toml");
  }
  throw Error(ErrorKind::input, "bad-data", path + " is neither a file nor a folder");
}

std::vector<RecordedFile> hash_files(const fs::path& folder, const std::string& path) {
  std::vector<RecordedFile> files;
  std::error_code code;
  if (fs::is_directory(folder / path, code)) {
    walk(folder / path, path,
         [&](const fs::path& file, const std::string& name) { files.push_back(recorded(file, name)); });
  } else if (fs::is_regular_file(folder / path, code)) {
    files.push_back(recorded(folder / path, path));
  } else {
    throw Error(ErrorKind::input, "data-missing", "the input " + path + " is not there",
                "check [[data]] path in mlrepro.toml");
  }
  return files;
}

FileStamps stamp_matching(const fs::path& folder, const std::vector<std::string>& patterns) {
  FileStamps stamps;
  if (patterns.empty()) return stamps;
  walk(folder, "", [&](const fs::path& path, const std::string& name) {
    const bool wanted = std::any_of(patterns.begin(), patterns.end(),
                                    [&](const auto& glob) { return matches_glob(glob, name); });
    if (wanted) stamps.emplace(name, stamp_of(path));
  });
  return stamps;
}

MatchedFiles hash_matching(const fs::path& folder, const std::vector<std::string>& patterns,
                           const FileStamps& before) {
  MatchedFiles result;
  std::vector<bool> used(patterns.size(), false);
  for (const auto& [name, stamp] : stamp_matching(folder, patterns)) {
    const auto old = before.find(name);
    if (old != before.end() && old->second == stamp) continue;
    for (std::size_t i = 0; i < patterns.size(); ++i)
      used[i] = used[i] || matches_glob(patterns[i], name);
    result.files.push_back(recorded(folder / name, name));
  }
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!used[i]) result.missing.push_back(patterns[i]);
  }
  return result;
}

}  // namespace mlrepro
