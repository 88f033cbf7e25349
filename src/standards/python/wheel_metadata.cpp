#include "standards/python/wheel_metadata.hpp"

#include <algorithm>

#include "codec/zip_file.hpp"
#include "standards/python/name.hpp"
#include "standards/python/wheel_name.hpp"

namespace mlrepro::python {

const ZipEntry* find_metadata(const std::vector<ZipEntry>& members) {
  const auto found = std::find_if(members.begin(), members.end(), [](const ZipEntry& member) {
    const std::string_view name = member.name;
    const auto slash = std::min(name.find('/'), name.size());
    return name.substr(slash) == "/METADATA" && name.substr(0, slash).ends_with(".dist-info");
  });
  return found == members.end() ? nullptr : &*found;
}

std::optional<CoreMetadata> metadata_of_wheel(std::string_view file_name, std::string_view text) {
  auto metadata = CoreMetadata::parse(text);
  const auto name = WheelName::parse(file_name);
  if (!metadata || !name || normalise_name(metadata->name) != name->name ||
      metadata->version != name->version)
    return std::nullopt;
  return metadata;
}

WheelText read_wheel_text(const std::filesystem::path& wheel) {
  const ZipFile zip(wheel);
  const auto members = zip.members();
  if (!members) return {{}, "it is no zip archive"};
  const ZipEntry* member = find_metadata(*members);
  if (member == nullptr) return {{}, "it has no METADATA"};
  auto text = zip.content(*member, largest_metadata);
  if (!text) return {{}, "its METADATA cannot be read"};
  return {std::move(*text), {}};
}

}  // namespace mlrepro::python
