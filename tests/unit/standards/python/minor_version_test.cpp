#include "standards/python/minor_version.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(MinorVersion, IsTheFirstTwoNumbers) {
  EXPECT_EQ(minor_of("3.11.2"), "3.11");
  EXPECT_EQ(minor_of("3.13.0rc1+"), "3.13");
  EXPECT_EQ(minor_of("3.11"), "3.11");
  EXPECT_EQ(minor_of("3"), "3");
  EXPECT_EQ(minor_of(""), "");
}

}  // namespace
}  // namespace mlrepro::python
