// Layers, as tars of a realised tree.
#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.hpp"
#include "codec/digest.hpp"
#include "codec/tar_writer.hpp"
#include "tree/disk_source.hpp"

namespace mlrepro {

enum class LayerKind {
  os,           // all but /opt/env
  python,       // /opt/env
  over_python,  // /opt/env, hiding what is there in the layers below (an opaque whiteout, layer.md)
  tree          // all
};

struct Layer {
  LayerKind kind = LayerKind::os;
  Sha256 digest;  // of the tar: it is not compressed, so this is the diff_id too
  std::uint64_t size = 0;
};

// What of a tree belongs to that kind.
[[nodiscard]] Choose part_of_tree(LayerKind kind);

// The layer's tar, given to `out` in pieces.
void write_layer(const std::filesystem::path& tree, LayerKind kind, const TarWriter::Out& out);

// All at once, nothing is kept.
[[nodiscard]] std::vector<Layer> hash_layers(const std::filesystem::path& tree,
                                             const std::vector<LayerKind>& kinds, Progress& progress);

}  // namespace mlrepro
