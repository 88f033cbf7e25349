#include "standards/oci/registry.hpp"

#include <gtest/gtest.h>

namespace mlrepro::oci {
namespace {

TEST(RegistryName, IsAHostAndARepository) {
  const auto name = parse_registry_name("registry.example.org:5000/team/image:12");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->host, "registry.example.org:5000");
  EXPECT_EQ(name->repository, "team/image");
  EXPECT_TRUE(parse_registry_name("localhost/image"));
}

TEST(RegistryName, IsNoPath) {
  for (const auto* text :
       {"image", "team/image", "./image", "/image", "../a.b/image", "registry.example.org/",
        "registry.example.org/Team", "registry.example.org//image", "a.b/.hidden", ""})
    EXPECT_FALSE(parse_registry_name(text)) << text;
}

TEST(Bearer, NamesWhereATokenIsHad) {
  const auto place = parse_bearer(
      R"(Bearer realm="https://auth.example.org/t?a=b,c", service="s" ,scope="repository:x:pull")");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->realm, "https://auth.example.org/t?a=b,c");
  EXPECT_EQ(place->service, "s");
  EXPECT_EQ(place->scope, "repository:x:pull");
}

TEST(Bearer, OtherChallengesAreNone) {
  for (const auto* text : {"", "Basic realm=\"x\"", "Bearer", "Bearer service=\"x\"", "Bearer realm=\"x"})
    EXPECT_FALSE(parse_bearer(text)) << text;
}

}  // namespace
}  // namespace mlrepro::oci
