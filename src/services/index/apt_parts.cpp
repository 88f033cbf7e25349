#include "services/index/apt_parts.hpp"

#include <algorithm>

#include "base/characters.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

bool is_plain(const std::string& name) {
  return !name.starts_with('.') && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

std::vector<fs::path> apt_parts(const fs::path& folder, const std::set<std::string>& endings) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (is_plain(entry.path().filename().string()) && endings.contains(entry.path().extension().string()) &&
        entry.is_regular_file(ignored))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mlrepro
