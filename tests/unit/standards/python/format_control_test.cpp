#include "standards/python/format_control.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(FormatControl, TakesAnyFormOfWhatIsNotNamed) {
  EXPECT_EQ(format_control("a", {}, {}), FormatControl::any);
  EXPECT_EQ(format_control("a", {"b"}, {"c"}), FormatControl::any);
}

TEST(FormatControl, TakesWhatIsNamedInOneFormAlone) {
  EXPECT_EQ(format_control("a", {"a"}, {}), FormatControl::wheel_alone);
  EXPECT_EQ(format_control("a", {}, {"a"}), FormatControl::source_alone);
  EXPECT_EQ(format_control("a", {":all:"}, {}), FormatControl::wheel_alone);
  EXPECT_EQ(format_control("a", {}, {":all:"}), FormatControl::source_alone);
}

TEST(FormatControl, HeedsANameBeforeAll) {
  EXPECT_EQ(format_control("a", {":all:"}, {"a"}), FormatControl::source_alone);
  EXPECT_EQ(format_control("b", {":all:"}, {"a"}), FormatControl::wheel_alone);
  EXPECT_EQ(format_control("a", {"a"}, {":all:"}), FormatControl::wheel_alone);
  EXPECT_EQ(format_control("b", {"a"}, {":all:"}), FormatControl::source_alone);
}

TEST(FormatControl, PrefersWheelsWhereBothListsSayTheSame) {
  EXPECT_EQ(format_control("a", {"a"}, {"a"}), FormatControl::wheel_alone);
  EXPECT_EQ(format_control("a", {":all:"}, {":all:"}), FormatControl::wheel_alone);
}

}  // namespace
}  // namespace mlrepro::python
