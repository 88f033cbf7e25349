#include "services/image/image_layers.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

oci::Manifest manifest(std::size_t layers, std::map<std::string, std::string> annotations) {
  oci::Manifest made;
  for (std::size_t i = 0; i < layers; ++i)
    made.layers.push_back({std::string(oci::layer_type), sha256(std::to_string(i)), i});
  made.annotations = std::move(annotations);
  return made;
}

std::map<std::string, std::string> over_base(const std::string& layers) {
  return {{std::string(base_annotation), sha256("base").tagged()},
          {std::string(layers_annotation), layers},
          {std::string(tree_annotation), sha256("tree").tagged() + " 42"}};
}

TEST(ImageLayers, OfAnImageOfItsOwnAreItsTree) {
  const auto layers = image_layers(manifest(2, {}));
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[1].kind, LayerKind::python);
  const auto parts = tree_parts(manifest(2, {}));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].name, "layer-1");
  EXPECT_EQ(parts[1].layer.digest, sha256("1"));
}

TEST(ImageLayers, OverABaseItsOwnComeLast) {
  const auto made = manifest(4, over_base("os python"));
  const auto layers = image_layers(made);
  ASSERT_EQ(layers.size(), 4U);
  EXPECT_EQ(layers[1].from, ImageLayer::From::base);
  EXPECT_EQ(layers[2].from, ImageLayer::From::file);
  EXPECT_EQ(layers[3].kind, LayerKind::over_python);
  const auto parts = tree_parts(made);
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].layer.size, 42U);
  EXPECT_EQ(image_layers(manifest(1, over_base("")))[0].from, ImageLayer::From::base);
}

TEST(ImageLayers, RefusesAManifestThatContradictsItself) {
  EXPECT_THROW((void)image_layers(manifest(0, {})), Error);
  EXPECT_THROW((void)image_layers(manifest(3, {})), Error);
  EXPECT_THROW((void)image_layers(manifest(2, over_base("os python"))), Error);
  EXPECT_THROW((void)image_layers(manifest(3, over_base("os ruby"))), Error);
  auto without = over_base("os");
  without.erase(std::string(tree_annotation));
  EXPECT_THROW((void)tree_parts(manifest(2, without)), Error);
  auto wrong = over_base("os");
  wrong[std::string(tree_annotation)] = "42";
  EXPECT_THROW((void)tree_parts(manifest(2, wrong)), Error);
}

}  // namespace
}  // namespace mlrepro
