// The file names of one project's page, read for one target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "standards/python/tag.hpp"
#include "standards/python/version.hpp"

namespace mlrepro::python {

// What many names share (project, version, tags) is judged once, so a name costs little more than a glance.
// Says what WheelName::parse, SdistName::parse and SupportedTags::rank say, name by name.
class PageNames {
 public:
  struct Wheel {
    std::size_t version = 0;          // in versions()
    std::optional<std::size_t> rank;  // of its best tag; absent: not for this target
    std::optional<BuildTag> build;
  };
  struct Source {
    std::size_t version = 0;
    std::string extension;  // "tar.gz"
  };
  struct Unreadable {};  // named as a distribution, but no version is known in it ("2004d.final")
  struct Other {};       // of another project, or no distribution
  using Name = std::variant<Other, Unreadable, Wheel, Source>;

  // `project` is normalised. Both stay where they are meanwhile.
  PageNames(const std::string& project, const SupportedTags& tags) : project_(project), tags_(tags) {}

  // The name's bytes stay where they are for the life of this object.
  [[nodiscard]] Name read(std::string_view file_name);
  // Those that wheels and sources of the project have, in the order in which they came; "1.0" and "1.0.0" are
  // one.
  [[nodiscard]] const std::vector<Version>& versions() const noexcept { return versions_; }

 private:
  struct TagsRead {
    bool valid = false;
    std::optional<std::size_t> rank;
  };
  [[nodiscard]] Name read_wheel(std::string_view file_name);
  [[nodiscard]] Name read_source(std::string_view file_name);
  [[nodiscard]] std::optional<std::size_t> version_of(std::string_view text);
  [[nodiscard]] const TagsRead& tags_of(std::string_view text);

  const std::string& project_;
  const SupportedTags& tags_;
  std::vector<Version> versions_;
  std::unordered_map<std::string_view, std::optional<std::size_t>> by_text_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::unordered_map<std::string_view, TagsRead> by_tags_;
  std::string_view own_name_;     // the spelling of the project's name in the last wheel that was its own
  std::string_view source_head_;  // the same of the last source, with the dash after it
};

}  // namespace mlrepro::python
