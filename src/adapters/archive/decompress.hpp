// One compressed stream (xz, gzip, zstd, bzip2, lzma, lz4, or none), by libarchive's raw format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/archive/archive_input.hpp"

namespace mlrepro {

// What `compressed` decompresses to, as a stream; throws Error(input, "bad-archive") with `name` where it is
// damaged or cut off.
[[nodiscard]] ReadNext decompressed(ReadNext compressed, const std::string& name);

// Calls `sink` with the decompressed bytes, piece by piece; a sink that returns false ends it early. Throws
// as decompressed(), and Error(input, "too-large") over `max_bytes`.
void decompress_file(const std::filesystem::path& file, const std::function<bool(std::string_view)>& sink,
                     std::uint64_t max_bytes = std::uint64_t{4} << 30);

}  // namespace mlrepro
