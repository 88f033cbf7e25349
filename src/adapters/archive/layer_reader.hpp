// A layer of an OCI image (image-spec, layer.md): a tar that is compressed, or not at all, told by its first
// bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "codec/digest.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

// Calls `entry` as read_tar() does and returns the layer's diff_id: SHA-256 of all that the file decompresses
// to, also of what follows the end of the tar. Over `max_bytes` of that: Error(input, "too-large") with
// `name`.
[[nodiscard]] Sha256 read_layer(
    const std::filesystem::path& file, const std::string& name, std::uint64_t max_bytes,
    const std::function<void(const TreeEntry& entry, const Content& content)>& entry);

// The tar itself, in pieces; the same throws.
void decompress_layer(const std::filesystem::path& file, const std::string& name, std::uint64_t max_bytes,
                      const std::function<void(std::string_view)>& piece);

}  // namespace mlrepro
