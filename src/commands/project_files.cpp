#include "commands/project_files.hpp"

#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/toml.hpp"
#include "documents/config/requirements_lines.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{16} << 20;

// What `-r FILE` and `-c FILE` name, however they are written.
std::optional<std::string> named_file(std::string_view line) {
  for (const std::string_view option : {"--requirement", "--constraint", "-r", "-c"}) {
    if (!line.starts_with(option)) continue;
    std::string_view rest = line.substr(option.size());
    const bool separate = rest.starts_with('=') || rest.starts_with(' ') || rest.starts_with('\t');
    if (option.starts_with("--") && !separate) continue;
    rest = trim(rest.starts_with('=') ? rest.substr(1) : rest);
    if (rest.size() > 1 && (rest.front() == '"' || rest.front() == '\'') && rest.back() == rest.front())
      rest = rest.substr(1, rest.size() - 2);
    if (!rest.empty()) return std::string(rest);
  }
  return std::nullopt;
}

class Collector {
 public:
  explicit Collector(const fs::path& folder) : folder_(folder) {}

  void add(const fs::path& named, bool requirements) {
    const fs::path full = (folder_ / named).lexically_normal();
    const fs::path path = full.lexically_relative(folder_.lexically_normal());
    if (path.empty() || *path.begin() == "..") {
      throw Error(ErrorKind::input, "file-outside",
                  "the manifest reads " + full.string() + ", which lies outside its folder",
                  "move it below the folder of the manifest");
    }
    if (files.contains(path.string())) return;
    const std::string& text = files[path.string()] = read_file(full, most_bytes);
    if (!requirements || path.extension() == ".toml") return;
    for (const auto& line : requirements_lines(text)) {
      if (const auto next = named_file(line.text); next && next->find("://") == std::string::npos)
        add(full.parent_path() / *next, true);
    }
  }

  std::map<std::string, std::string> files;

 private:
  fs::path folder_;
};

}  // namespace

std::map<std::string, std::string> manifest_files(const fs::path& file, const Manifest& manifest) {
  Collector collector(manifest.folder);
  collector.files["mlrepro.toml"] = read_file(file, most_bytes);
  const Json toml = parse_toml(collector.files["mlrepro.toml"], file.filename().string()).value;
  const Json python = toml.value("python", Json::object());
  if (const auto named = python.find("pyproject"); named != python.end()) {
    if (named->is_string()) collector.add(named->get<std::string>(), false);
    if (named->is_boolean() && named->get<bool>()) collector.add("pyproject.toml", false);
  }
  for (const auto& each : manifest.python ? manifest.python->files : std::vector<std::string>())
    collector.add(each, true);

  const TemporaryDirectory trial(fs::temp_directory_path(), "mlrepro-files");
  DiskSink sink(trial.path(), false);
  for (const auto& [path, text] : collector.files) {
    TreeEntry entry;
    entry.path = path;
    entry.size = text.size();
    sink.add(entry, [&bytes = text](const auto& piece) { piece(bytes); });
  }
  if (read_manifest(trial.path() / "mlrepro.toml").normalised() != manifest.normalised()) {
    throw Error(ErrorKind::input, "files-unknown",
                "the manifest reads other files than could be told, so that it is not whole without them");
  }
  return std::move(collector.files);
}

}  // namespace mlrepro
