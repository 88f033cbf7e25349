#include "base/byte_size.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

TEST(ReadableSize, HasTheUnitThatFits) {
  EXPECT_EQ(readable_size(0), "0 B");
  EXPECT_EQ(readable_size(999), "999 B");
  EXPECT_EQ(readable_size(1'000), "1 kB");
  EXPECT_EQ(readable_size(999'999), "999 kB");
  EXPECT_EQ(readable_size(1'000'000), "1.0 MB");
  EXPECT_EQ(readable_size(12'399'999), "12.3 MB");
  EXPECT_EQ(readable_size(999'999'999), "999.9 MB");
  EXPECT_EQ(readable_size(8'900'000'000), "8.9 GB");
  EXPECT_EQ(readable_size(~std::uint64_t{0}), "18446744073.7 GB");
}

}  // namespace
}  // namespace mlrepro
