#include "standards/python/page_names.hpp"

#include <algorithm>
#include <array>

#include "standards/python/name.hpp"

namespace mlrepro::python {

PageNames::Name PageNames::read(std::string_view file_name) {
  if (file_name.ends_with(".whl")) return read_wheel(file_name);
  return read_source(file_name);
}

PageNames::Name PageNames::read_wheel(std::string_view file_name) {
  const auto parts = WheelNameParts::split(file_name);
  if (!parts) return Unreadable{};
  if (parts->name != own_name_ || own_name_.empty()) {
    if (!is_valid_name(parts->name)) return Unreadable{};
    if (normalise_name(parts->name) != project_) {
      if (WheelName::parse(file_name)) return Other{};
      return Unreadable{};
    }
    own_name_ = parts->name;
  }
  Wheel wheel;
  if (!parts->build.empty()) {
    wheel.build = BuildTag::parse(parts->build);
    if (!wheel.build) return Unreadable{};
  }
  const TagsRead& tags = tags_of(parts->tags);
  if (!tags.valid) return Unreadable{};
  const auto version = version_of(parts->version);
  if (!version) return Unreadable{};
  wheel.version = *version;
  wheel.rank = tags.rank;
  return wheel;
}

PageNames::Name PageNames::read_source(std::string_view file_name) {
  // The common case without a search for where the name ends.
  constexpr std::array<std::string_view, 2> usual{".tar.gz", ".zip"};
  const auto end = std::find_if(usual.begin(), usual.end(),
                                [&](std::string_view extension) { return file_name.ends_with(extension); });
  if (end != usual.end() && file_name.size() <= longest_file_name && !source_head_.empty() &&
      file_name.starts_with(source_head_) && file_name.size() >= source_head_.size() + end->size()) {
    const auto text =
        file_name.substr(source_head_.size(), file_name.size() - source_head_.size() - end->size());
    if (const auto version = version_of(text)) return Source{*version, std::string(end->substr(1))};
    return Unreadable{};
  }
  auto source = SdistName::parse(file_name, project_);
  if (!source) {
    if (end != usual.end()) return Unreadable{};
    return Other{};
  }
  const auto stem = file_name.substr(0, file_name.size() - source->extension.size() - 1);
  source_head_ = stem.substr(0, source->name_size + 1);
  const auto version = version_of(stem.substr(source_head_.size()));
  return Source{*version, std::move(source->extension)};
}

std::optional<std::size_t> PageNames::version_of(std::string_view text) {
  const auto [at, fresh] = by_text_.try_emplace(text);
  if (!fresh) return at->second;
  auto version = parse_file_version(text);
  if (!version) return std::nullopt;
  const auto [same, first] = by_key_.try_emplace(version->key(), versions_.size());
  if (first) versions_.push_back(std::move(*version));
  at->second = same->second;
  return same->second;
}

const PageNames::TagsRead& PageNames::tags_of(std::string_view text) {
  const auto [at, fresh] = by_tags_.try_emplace(text);
  if (fresh) {
    const auto tags = WheelTags::parse(text);
    at->second.valid = tags.has_value();
    if (tags) at->second.rank = tags_.rank(*tags);
  }
  return at->second;
}

}  // namespace mlrepro::python
