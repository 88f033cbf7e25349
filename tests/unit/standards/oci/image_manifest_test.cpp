#include "standards/oci/image_manifest.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::oci {
namespace {

TEST(OciManifest, IsCanonicalJson) {
  Manifest manifest;
  manifest.config = {std::string(config_type), sha256("c"), 1};
  manifest.layers = {{std::string(layer_type), sha256("l"), 2}};
  manifest.annotations = {{"b", "2"}, {"a", "1"}};
  const std::string text = render(manifest);
  EXPECT_TRUE(text.starts_with("{\"annotations\":{\"a\":\"1\",\"b\":\"2\"},\"config\":{\"digest\":\"sha256:"))
      << text;
  EXPECT_TRUE(
      text.ends_with(",\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"schemaVersion\":2}"))
      << text;
  const Manifest back = parse_manifest(text, "manifest");
  EXPECT_EQ(back.config, manifest.config);
  EXPECT_EQ(back.layers, manifest.layers);
  EXPECT_EQ(back.annotations, manifest.annotations);
}

TEST(OciManifest, RefusesWhatIsNone) {
  for (const char* text :
       {"{}", "[]", "{\"config\":{},\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:00\",\"size\":1},\"layers\":[]}",
        "{\"config\":{\"mediaType\":\"a\",\"digest\":1,\"size\":1},\"layers\":{}}"}) {
    EXPECT_THROW(parse_manifest(text, "manifest"), Error) << text;
  }
  const std::string negative = "{\"config\":{\"mediaType\":\"a\",\"digest\":\"" + sha256("").tagged() +
                               "\",\"size\":-1},\"layers\":[]}";
  EXPECT_THROW(parse_manifest(negative, "manifest"), Error);
}

TEST(OciConfiguration, HoldsWhatRunsNeed) {
  Configuration configuration;
  configuration.created = 0;
  configuration.architecture = "amd64";
  configuration.environment = {"LANG=C.UTF-8"};
  configuration.diff_ids = {sha256("l")};
  configuration.history = {{0, "made"}};
  const Json json = parse_json(render(configuration), "config");
  EXPECT_EQ(json["os"], "linux");
  EXPECT_EQ(json["created"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(json["rootfs"]["type"], "layers");
  EXPECT_EQ(json["rootfs"]["diff_ids"][0], sha256("l").tagged());
  EXPECT_EQ(json["config"]["Env"][0], "LANG=C.UTF-8");
}

TEST(OciArchitecture, IsGosName) {
  EXPECT_EQ(go_architecture("amd64"), "amd64");
  EXPECT_EQ(go_architecture("ppc64el"), "ppc64le");
  EXPECT_EQ(go_architecture("i386"), "386");
}

}  // namespace
}  // namespace mlrepro::oci
