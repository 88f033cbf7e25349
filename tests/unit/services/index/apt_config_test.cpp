#include "services/index/apt_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::map<std::string, std::string> read(std::string_view text) {
  std::map<std::string, std::string> values;
  add_apt_config(text, values);
  return values;
}

TEST(AptConfig, ValuesStandAloneAndInBlocks) {
  EXPECT_THAT(read("Acquire::http::Proxy \"http://a:1/\";\nAPT::x y;"),
              ElementsAre(Pair("acquire::http::proxy", "http://a:1/"), Pair("apt::x", "y")));
  EXPECT_THAT(
      read("Acquire\n{\n  http { Proxy \"a\"; Proxy::Host.Example \"DIRECT\"; };\n  https::CAInfo "
           "\"c\";\n};\nB \"d\";"),
      ElementsAre(Pair("acquire::http::proxy", "a"), Pair("acquire::http::proxy::host.example", "DIRECT"),
                  Pair("acquire::https::cainfo", "c"), Pair("b", "d")));
}

TEST(AptConfig, CommentsAndListsAreNoValues) {
  EXPECT_THAT(
      read("// A \"1\";\n# B \"2\";\n/* C \"3\";\n D */ E \"http://f\"; // G\nH { \"i\"; \"j\"; };\n"),
      ElementsAre(Pair("e", "http://f")));
}

TEST(AptConfig, LaterValuesCountAndClearRemoves) {
  EXPECT_THAT(read("A::b \"1\"; A::b \"2\";"), ElementsAre(Pair("a::b", "2")));
  EXPECT_THAT(read("A::b \"1\"; A::c::d \"2\"; AB \"3\"; #clear A;"), ElementsAre(Pair("ab", "3")));
}

TEST(AptConfig, WhatIsNoneIsPassedOver) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("A \"open").empty());
  EXPECT_TRUE(read("}}};;;{").empty());
  std::string deep;
  for (int i = 0; i < 1000; ++i)
    deep += "a { ";
  EXPECT_TRUE(read(deep + "b \"c\";").empty());
}

}  // namespace
}  // namespace mlrepro
