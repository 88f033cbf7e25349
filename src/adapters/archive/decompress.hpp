// One compressed stream (xz, gzip, zstd, bzip2, lz4, or none), by libarchive's raw format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace mlrepro {

// Calls `sink` with the decompressed bytes, piece by piece; a sink that returns false ends it early. Throws
// Error(input, "bad-archive") where the stream is damaged or cut off, Error(input, "too-large") over
// `max_bytes`.
void decompress_file(const std::filesystem::path& file, const std::function<bool(std::string_view)>& sink,
                     std::uint64_t max_bytes = std::uint64_t{4} << 30);

}  // namespace mlrepro
