// The METADATA of wheels.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/zip_directory.hpp"
#include "standards/python/metadata.hpp"

namespace mlrepro::python {

constexpr std::uint64_t largest_metadata = std::uint64_t{16} << 20;

// PEP 427: a wheel's NAME-VERSION.dist-info/METADATA, which need not be spelled as the file's name is. Null
// where there is none.
[[nodiscard]] const ZipEntry* find_metadata(const std::vector<ZipEntry>& members);

// Absent where `text` cannot be read or is of another project or version than the wheel's file name: it may
// come from another file's sidecar.
[[nodiscard]] std::optional<CoreMetadata> metadata_of_wheel(std::string_view file_name,
                                                            std::string_view text);

// What a wheel on disk says.
struct WheelText {
  std::string metadata;
  std::string unusable;  // why there is none: "it has no METADATA"
};
[[nodiscard]] WheelText read_wheel_text(const std::filesystem::path& wheel);

}  // namespace mlrepro::python
