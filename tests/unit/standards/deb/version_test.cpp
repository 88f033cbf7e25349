#include "standards/deb/version.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mlrepro::deb {
namespace {

// In ascending order, equivalent ones in one row. Every pair of rows agrees with `dpkg --compare-versions` of
// dpkg 1.21.
const std::vector<std::vector<std::string>>& dpkg_order() {
  static const std::vector<std::vector<std::string>> rows{{"0~"},
                                                          {"0", "00"},
                                                          {"1.0~~"},
                                                          {"1.0~~a"},
                                                          {"1.0~"},
                                                          {"1.0~rc1"},
                                                          {"1.0~rc1-1"},
                                                          {"1.0-~a"},
                                                          {"1.0", "1.00", "1.0-0", "0:1.0"},
                                                          {"1.0-1~bpo12+1"},
                                                          {"1.0-1"},
                                                          {"1.0-1+b1"},
                                                          {"1.0-1+deb12u2"},
                                                          {"1.0-1+deb12u10"},
                                                          {"1.0-1.1"},
                                                          {"1.0-9"},
                                                          {"1.0-10"},
                                                          {"1.0-a"},
                                                          {"1.0-+"},
                                                          {"1.0A"},
                                                          {"1.0a"},
                                                          {"1.0+"},
                                                          {"1.0+dfsg-1"},
                                                          {"1.0-1-1"},
                                                          {"1.0.1"},
                                                          {"1.0.3-3"},
                                                          {"1.1"},
                                                          {"1.2.2-2"},
                                                          {"1.9"},
                                                          {"1.10"},
                                                          {"1.a"},
                                                          {"1.+"},
                                                          {"2.36-9+deb12u9"},
                                                          {"2.36-9+deb12u10"},
                                                          {"7.6-0"},
                                                          {"7.6p2-4"},
                                                          {"9"},
                                                          {"20240101"},
                                                          {"18446744073709551616"},
                                                          {"18446744073709551617"},
                                                          {"1:0.1"},
                                                          {"1:1.18.36:5.4"},
                                                          {"1:1.18.36:5.5"},
                                                          {"2:1.0"}};
  return rows;
}

TEST(DebVersion, OrdersEveryPairAsDpkgDoes) {
  const auto& rows = dpkg_order();
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows.size(); ++j)
      for (const std::string& left : rows[i])
        for (const std::string& right : rows[j]) {
          EXPECT_TRUE(compare_versions(left, right) == (i <=> j)) << left << " and " << right;
          const auto a = Version::parse(left);
          const auto b = Version::parse(right);
          if (a && b) {
            EXPECT_TRUE(compare(*a, *b) == (i <=> j)) << left << " and " << right;
          }
        }
}

// Policy 5.6.12.1: "~~, ~~a, ~, the empty part, a".
TEST(DebVersion, OrdersTildesAsPolicyShows) {
  const std::vector<std::string> order{"~~", "~~a", "~", "", "a"};
  for (std::size_t i = 0; i + 1 < order.size(); ++i)
    EXPECT_TRUE(compare_versions("1" + order[i], "1" + order[i + 1]) < 0) << order[i];
}

TEST(DebVersion, ParsesItsThreeParts) {
  const auto version = Version::parse("1:2.36-9+deb12u10");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->epoch, 1U);
  EXPECT_EQ(version->upstream, "2.36");
  EXPECT_EQ(version->revision, "9+deb12u10");
  EXPECT_EQ(version->str(), "1:2.36-9+deb12u10");
  EXPECT_EQ(Version::parse("1.0-1-2")->upstream, "1.0-1");
}

TEST(DebVersion, RefusesWhatPolicyForbids) {
  for (const char* text :
       {"", "1.0-", ":1.0", "a:1.0", "-1:1.0", "1:", "v1.0", "1.0_1", "1 0", "1.0-1:2", "3000000000:1"})
    EXPECT_FALSE(Version::parse(text)) << text;
}

TEST(DebVersion, SatisfiesBounds) {
  EXPECT_TRUE(satisfies("1.0-1", Comparison::greater, "1.0"));
  EXPECT_TRUE(satisfies("1.0~rc1", Comparison::less, "1.0"));
  EXPECT_TRUE(satisfies("1.0-0", Comparison::equal, "1.0"));
  EXPECT_FALSE(satisfies("1.0", Comparison::greater, "1.0"));
  EXPECT_TRUE(satisfies("1.0", Comparison::any, ""));
  EXPECT_EQ(parse_comparison("<"), Comparison::less_equal);
  EXPECT_EQ(parse_comparison("=="), std::nullopt);
}

}  // namespace
}  // namespace mlrepro::deb
