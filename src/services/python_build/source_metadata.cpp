#include "services/python_build/source_metadata.hpp"

#include <map>

#include "base/error.hpp"
#include "services/python_build/source_archive.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_text = std::uint64_t{16} << 20;
constexpr std::size_t most_folders = 4;  // an sdist has one; what has more has none of note

// PKG-INFO, pyproject.toml, setup.py or setup.cfg of the project at `subdirectory` of an archive's root or of
// its one folder.
class Collector {
 public:
  Collector(std::string subdirectory, bool checkout) : checkout_(checkout) {
    if (!subdirectory.empty()) below_ = std::move(subdirectory) + "/";
  }

  void see(const TreeEntry& entry, const Content& content) {
    if (!checkout_) top_.see(entry);
    if (entry.type != EntryType::file) return;
    std::string_view path = entry.path;
    std::string folder;
    if (!path.starts_with(below_) || !is_wanted(path.substr(below_.size()))) {
      const auto slash = path.find('/');
      if (slash == std::string_view::npos) return;
      folder = path.substr(0, slash);
      path.remove_prefix(slash + 1);
      if (!path.starts_with(below_) || !is_wanted(path.substr(below_.size()))) return;
    }
    if (!texts_.contains(folder) && texts_.size() == most_folders) return;
    std::string text;
    // Nobody asks what is in setup.py.
    if (!path.ends_with("/setup.py") && path != "setup.py" && entry.size <= most_text) {
      text.reserve(static_cast<std::size_t>(entry.size));
      content([&](std::string_view piece) { text.append(piece); });
    }
    texts_[folder][std::string(path.substr(below_.size()))] = std::move(text);
  }

  SourceTexts take() {
    const auto found = texts_.find(checkout_ ? std::string() : top_.name());
    if (found == texts_.end()) return {};
    auto& files = found->second;
    SourceTexts out;
    if (const auto at = files.find("PKG-INFO"); at != files.end()) out.pkg_info = std::move(at->second);
    if (const auto at = files.find("pyproject.toml"); at != files.end())
      out.pyproject = std::move(at->second);
    out.setup = files.contains("setup.py") || files.contains("setup.cfg");
    return out;
  }

 private:
  static bool is_wanted(std::string_view path) {
    return path == "PKG-INFO" || path == "pyproject.toml" || path == "setup.py" || path == "setup.cfg";
  }

  bool checkout_;
  std::string below_;
  TopFolder top_;
  std::map<std::string, std::map<std::string, std::string>> texts_;  // top folder -> file -> bytes
};

}  // namespace

SourceMetadata read_source_metadata(const SourceArchive& source, const BlobStore& store) {
  const std::string& name = source.file.name;
  const auto file = store.get(source.file.sha256, name);
  Collector collector(source.subdirectory, name.ends_with(".tar"));
  read_source(file, name,
              [&](const TreeEntry& entry, const Content& content) { collector.see(entry, content); });
  return judge_source(collector.take(), name);
}

}  // namespace mlrepro
