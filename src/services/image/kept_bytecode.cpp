#include "services/image/kept_bytecode.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/image/wheel_installer.hpp"
#include "standards/python/bytecode.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view note = "bytecode";

// A file that two wheels bring is compiled with one of them: which ones were compiled together counts.
std::string key_of(const PythonPackage& package, const std::vector<std::string>& sources) {
  return sha256(package.file.sha256.hex() + "\n" + join(sources, "\n")).hex();
}

// Whether all of it is there now. What does not compile has none in either image.
bool linked(const std::vector<std::string>& sources, const std::string& minor, SafeFolder& from,
            SafeFolder& to) {
  for (const auto& source : sources) {
    const std::string path = python::bytecode_path(fs::path(source).relative_path().string(), minor);
    const auto info = from.status(path);
    if (!info) continue;
    if (!S_ISREG(info->st_mode)) return false;
    const auto there = from.place(path);
    const auto here = to.make_place(path);
    if (::linkat(there.folder, there.name.c_str(), here.folder, here.name.c_str(), 0) != 0 && errno != EEXIST)
      return false;
  }
  return true;
}

}  // namespace

void note_bytecode(const PythonSection& section, const std::vector<std::vector<std::string>>& sources,
                   const fs::path& folder) {
  std::set<std::string> keys;
  for (std::size_t i = 0; i < sources.size(); ++i)
    keys.insert(key_of(section.packages[i], sources[i]));
  std::string text;
  for (const auto& key : keys)
    text += key + "\n";
  write_file_atomically(folder / note, text);
}

std::vector<std::vector<std::string>> take_over_bytecode(const PythonSection& section,
                                                         std::vector<std::vector<std::string>> sources,
                                                         const fs::path& folder, const fs::path& tree) {
  const auto text = SafeFolder(folder).read(note, std::uint64_t{16} << 20);
  if (!text) return sources;
  const auto lines = split(*text, '\n');
  const std::set<std::string_view> known(lines.begin(), lines.end());
  const std::string minor = python_series(section.interpreter);
  SafeFolder from(folder / "rootfs");
  SafeFolder to(tree);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (known.contains(key_of(section.packages[i], sources[i])) && linked(sources[i], minor, from, to))
      sources[i].clear();
  }
  return sources;
}

}  // namespace mlrepro
