// The layers of an image, as tars of the realised tree: "os" is all but /opt/env, "python" is /opt/env.
#pragma once

#include <filesystem>
#include <vector>

#include "base/progress.hpp"
#include "codec/digest.hpp"
#include "codec/tar_writer.hpp"

namespace mlrepro {

enum class LayerKind { os, python };

// Of an image, lowest first.
[[nodiscard]] std::vector<LayerKind> layer_kinds(bool with_python);

struct Layer {
  LayerKind kind = LayerKind::os;
  Sha256 digest;  // of the tar: it is not compressed, so this is the diff_id too
  std::uint64_t size = 0;
};

// The layer's tar, given to `out` in pieces.
void write_layer(const std::filesystem::path& tree, LayerKind kind, const TarWriter::Out& out);

// All at once, nothing is kept.
[[nodiscard]] std::vector<Layer> hash_layers(const std::filesystem::path& tree,
                                             const std::vector<LayerKind>& kinds, Progress& progress);

}  // namespace mlrepro
