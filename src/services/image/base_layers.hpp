// The layers of a base image (OCI image-spec 1.0.2, layer.md), which anybody may have made: read, checked
// against the lock, never trusted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "documents/lockfile/lockfile.hpp"
#include "store/blob_store.hpp"
#include "tree/tree_sink.hpp"

namespace mlrepro {

// What one layer does away with in those below it: paths, and folders whose content goes ("" is the root).
struct Whiteouts {
  std::set<std::string> removed;
  std::set<std::string> emptied;
};

// Most bytes that a layer of that size may decompress to.
[[nodiscard]] std::uint64_t most_layer_bytes(const BaseLayer& layer);
// "the layer sha256:... of the base image".
[[nodiscard]] std::string layer_words(const BaseLayer& layer);

// Whether the entry of that path is a whiteout; throws Error(input, "bad-layer") for one that names nothing.
[[nodiscard]] bool is_whiteout(const std::string& path);

// Reads the whole layer and writes nothing: it is what its diff_id says, no name of it is there twice, leads
// out of the tree or is of a type that no layer may bring. `entry`, where given, sees each member but the
// whiteouts. Throws Error(input, "bad-layer"|"bad-path"|"too-large"|...) naming member and layer.
[[nodiscard]] Whiteouts inspect_layer(
    const BaseLayer& layer, const BlobStore& store,
    const std::function<void(const TreeEntry&, const Content&)>& entry = {});

// A device or pipe below /dev or /run: there at run time in any case, so it is left out.
[[nodiscard]] bool is_left_out(const TreeEntry& entry);

}  // namespace mlrepro
