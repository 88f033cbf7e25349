#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace mlrepro {
namespace {

TEST(Text, NearestNameFindsSwappedAndMissingLetters) {
  const std::vector<std::string> names{"numpy", "scipy", "safetensors"};
  EXPECT_EQ(nearest("nmupy", names), "numpy");
  EXPECT_EQ(nearest("safetensor", names), "safetensors");
  EXPECT_EQ(nearest("tensorflow", names), std::nullopt);
}

TEST(Text, SplitKeepsEmptyPieces) {
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
}

TEST(Text, NumbersRefuseSignsSpacesAndOverflow) {
  EXPECT_EQ(parse_number("42"), 42U);
  EXPECT_EQ(parse_number("-1"), std::nullopt);
  EXPECT_EQ(parse_number(" 1"), std::nullopt);
  EXPECT_EQ(parse_number("99999999999999999999999"), std::nullopt);
}

TEST(Clock, Rfc3339RoundTripsAndAppliesOffsets) {
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2026-11-01T02:30:00+02:30")), "2026-11-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc3339("2022-09-23T14:01:19.531075Z")), "2022-09-23T14:01:19Z");
  EXPECT_FALSE(parse_rfc3339("2026-13-01T00:00:00Z"));
}

TEST(Clock, ReadsTheDateOfARelease) {
  EXPECT_EQ(format_rfc3339(*parse_rfc2822("Sat, 10 Jan 2026 09:02:37 UTC")), "2026-01-10T09:02:37Z");
  EXPECT_EQ(format_rfc3339(*parse_rfc2822("Sat, 10 Jan 2026  9:02:37 UTC")), "2026-01-10T09:02:37Z");
  EXPECT_FALSE(parse_rfc2822("yesterday"));
}

}  // namespace
}  // namespace mlrepro
