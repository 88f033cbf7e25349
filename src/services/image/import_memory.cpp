#include "services/image/import_memory.hpp"

#include <array>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "services/image/python_information.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/python/name.hpp"

namespace mlrepro {
namespace {

constexpr std::string_view kind = "import";
// Counts up with every change of what is kept or how it is judged.
constexpr std::string_view method = "1";
constexpr std::uint64_t most_bytes = std::uint64_t{4} << 20;
// The interpreter imports them, where they are there, before anything else.
constexpr std::array<const char*, 2> start_modules{"sitecustomize", "usercustomize"};

std::string component_of(std::string_view path) {
  return std::string(path.substr(0, path.find('/')));
}

std::string digest_of(const std::vector<python::RecordEntry>& record) {
  std::string text;
  for (const auto& entry : record) {
    // RECORD has none of itself; bytecode comes from the sources.
    const bool follows = entry.path.ends_with(".dist-info/RECORD") || entry.path.ends_with(".pyc");
    if (entry.hash.empty() && !follows) return {};
    text += entry.path + "\n" + entry.hash + "\n";
  }
  return sha256(text).hex();
}

}  // namespace

ImportMemory::ImportMemory(const KeptForms& kept, const ImportCheckRequest& request,
                           const RealisedImage& image, const std::string& surroundings)
    : kept_(kept), request_(request) {
  surroundings_ = std::string(method) + "\n" + surroundings + "\n" +
                  std::to_string(image.section.canonicalisation) + "\n";
  // The last layer is the Python part, which is judged by its distributions.
  for (std::size_t i = 0; i + 1 < image.section.diff_ids.size(); ++i)
    surroundings_ += image.section.diff_ids[i].hex() + "\n";
  SafeFolder tree(image.rootfs);
  for (const auto& folder :
       information_folders(tree, std::string(site_packages(python_series(request.python->interpreter))))) {
    Distribution distribution{folder.project, {}, false};
    const std::size_t index = distributions_.size();
    std::set<std::string> components;
    if (const auto record = read_record(tree, folder)) {
      distribution.files = digest_of(*record);
      for (const auto& entry : *record)
        components.insert(component_of(entry.path));
    }
    for (const auto& component : components) {
      const std::string module = component.substr(0, component.find('.'));
      by_component_.emplace(component, index);
      by_module_.emplace(module, index);
      distribution.at_start = distribution.at_start || component.ends_with(".pth");
    }
    by_project_.emplace(folder.project, index);
    distributions_.push_back(std::move(distribution));
  }
  for (const auto* module : start_modules) {
    for (auto [at, end] = by_module_.equal_range(module); at != end; ++at)
      distributions_[at->second].at_start = true;
  }
}

std::optional<Sha256> ImportMemory::key_of(const PythonPackage& package) const {
  const auto own = by_project_.find(package.name);
  if (own == by_project_.end() || distributions_[own->second].files.empty()) return std::nullopt;
  return sha256(surroundings_ + package.name + "\n" + package.version + "\n" +
                distributions_[own->second].files);
}

std::optional<std::string> ImportMemory::looked_at(const PythonPackage& package,
                                                   const std::vector<std::string>& seen) const {
  std::set<std::size_t> found;
  const auto add = [&](const Owners& owners, const std::string& name) {
    for (auto [at, end] = owners.equal_range(name); at != end; ++at)
      found.insert(at->second);
  };
  for (const auto& word : seen) {
    const auto colon = word.find(':');
    const std::string value = colon == std::string::npos ? word : word.substr(colon + 1);
    if (word == "all:") {
      for (std::size_t i = 0; i < distributions_.size(); ++i)
        found.insert(i);
    } else if (word.starts_with("file:")) {
      add(by_component_, value);
    } else if (word.starts_with("distribution:")) {
      add(by_project_, python::normalise_name(value));
    } else {
      add(by_module_, word);
    }
  }
  for (const auto& name : request_.needs(package.name))
    add(by_project_, name);
  std::set<std::string> lines;
  for (std::size_t i = 0; i < distributions_.size(); ++i) {
    const Distribution& distribution = distributions_[i];
    if (!distribution.at_start && !found.contains(i)) continue;
    if (distribution.files.empty()) return std::nullopt;
    lines.insert(distribution.project + " " + distribution.files + "\n");
  }
  std::string text;
  for (const auto& line : lines)
    text += line;
  return sha256(text).hex();
}

std::optional<std::vector<ImportOutcome>> ImportMemory::find(const PythonPackage& package) const {
  const auto key = key_of(package);
  if (!key) return std::nullopt;
  try {
    const auto file = kept_.find(kind, *key);
    if (!file) return std::nullopt;
    const Json json = parse_json(read_file(*file, most_bytes), file->string());
    if (json.at("looked-at") != looked_at(package, json.at("seen").get<std::vector<std::string>>()))
      return std::nullopt;
    std::vector<ImportOutcome> outcomes;
    for (const auto& each : json.at("imports"))
      outcomes.push_back(
          {package.name, package.version, each.at("module"), true, each.at("error"), each.at("seconds")});
    return outcomes;
  } catch (const std::exception&) {
    return std::nullopt;  // damaged
  }
}

void ImportMemory::keep(const PythonPackage& package, const std::vector<ImportOutcome>& outcomes,
                        const std::vector<std::string>& seen) const noexcept {
  try {
    const auto key = key_of(package);
    const auto looked = looked_at(package, seen);
    if (!key || !looked) return;
    Json list = Json::array();
    for (const auto& each : outcomes)
      list.push_back({{"module", each.module}, {"error", each.error}, {"seconds", each.seconds}});
    auto blob = kept_.writer();
    blob.write(Json({{"looked-at", *looked}, {"seen", seen}, {"imports", list}}).dump());
    kept_.keep(kind, *key, blob);
  } catch (...) {
    // A full disk, a cache that is not ours to write to: the next build asks again.
  }
}

}  // namespace mlrepro
