#include "services/image/layers.hpp"

#include <atomic>

#include "base/parallel.hpp"
#include "services/image/tree_owners.hpp"
#include "services/image/wheel_layout.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {

namespace {

class Hiding final : public TreeSink {
 public:
  explicit Hiding(TreeSink& sink) : sink_(sink) {}

  void add(const TreeEntry& entry, const Content& content) override {
    sink_.add(entry, content);
    if (entry.path != environment_prefix) return;
    TreeEntry whiteout;
    whiteout.path = entry.path + "/.wh..wh..opq";
    whiteout.mtime = entry.mtime;
    sink_.add(whiteout, [](const auto&) {});
  }
  void finish() override { sink_.finish(); }

 private:
  TreeSink& sink_;
};

}  // namespace

Choose part_of_tree(LayerKind kind) {
  const std::string prefix(environment_prefix);
  if (kind == LayerKind::tree) return {};
  if (kind == LayerKind::os)
    return [=](std::string_view path, EntryType) { return path == prefix ? Choice::skip : Choice::take; };
  // /opt itself is in the layer below.
  return [=](std::string_view path, EntryType) {
    if (path == prefix || path.starts_with(prefix + "/")) return Choice::take;
    return prefix.starts_with(std::string(path) + "/") ? Choice::descend : Choice::skip;
  };
}

void write_layer(const std::filesystem::path& tree, LayerKind kind, const TarWriter::Out& out) {
  TarSink tar(out);
  Hiding hiding(tar);
  TreeSink& sink = kind == LayerKind::over_python ? static_cast<TreeSink&>(hiding) : tar;
  push_image_tree(tree, part_of_tree(kind), sink);
  sink.finish();
}

std::vector<Layer> hash_layers(const std::filesystem::path& tree, const std::vector<LayerKind>& kinds,
                               Progress& progress) {
  std::vector<Layer> layers;
  for (const LayerKind kind : kinds)
    layers.push_back({kind, {}, 0});
  std::atomic<std::uint64_t> done{0};
  run_parallel(layers.size(), [&](std::size_t i) {
    Sha256Hasher hasher;
    std::uint64_t reported = 0;
    write_layer(tree, layers[i].kind, [&](std::string_view piece) {
      hasher.update(piece);
      layers[i].size += piece.size();
      constexpr std::uint64_t step = std::uint64_t{8} << 20;
      if (layers[i].size - reported < step) return;
      progress.update("layers", done += layers[i].size - reported, 0, Unit::bytes);
      reported = layers[i].size;
    });
    layers[i].digest = hasher.finish();
  });
  progress.finish("layers");
  return layers;
}

}  // namespace mlrepro
