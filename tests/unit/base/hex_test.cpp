#include "base/hex.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mlrepro {
namespace {

TEST(Hex, DigitsOfBytesAndBack) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x7f, 0xa0, 0xff};
  EXPECT_EQ(hex_of(bytes), "007fa0ff");
  EXPECT_EQ(hex_of({}), "");
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(hex_value("0123456789abcdef"[i]), i);
    EXPECT_EQ(hex_value("0123456789ABCDEF"[i]), i);
  }
  for (const char none : {'g', 'G', '/', ':', '@', '`', '\0'})
    EXPECT_EQ(hex_value(none), -1) << none;
}

TEST(Hex, RandomNamesDiffer) {
  EXPECT_EQ(random_hex(12).size(), 24U);
  EXPECT_NE(random_hex(12), random_hex(12));
}

}  // namespace
}  // namespace mlrepro
