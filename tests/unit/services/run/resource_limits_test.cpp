#include "services/run/resource_limits.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

TEST(ResourceLimits, UlimitsAreReadAsDockerReadsThem) {
  const auto limits = parse_ulimits({"nofile=1024:4096", "core=0", "memlock=-1:-1", "nofile=10"});
  ASSERT_EQ(limits.size(), 3U);
  EXPECT_EQ(limits[0].type, "RLIMIT_CORE");
  EXPECT_EQ(limits[0].hard, 0U);
  EXPECT_EQ(limits[1].type, "RLIMIT_MEMLOCK");
  EXPECT_EQ(limits[1].soft, oci::no_limit);
  EXPECT_EQ(limits[2].type, "RLIMIT_NOFILE");
  EXPECT_EQ(limits[2].soft, 10U);
  EXPECT_EQ(limits[2].hard, 10U);
}

TEST(ResourceLimits, WrongOnesAreRefused) {
  for (const char* text :
       {"", "nofile", "=3", "nofile=", "nofile=1:", "nofile=:1", "nofile=2:1", "nofile=1:2:3", "NOFILE=1",
        "as=1", "nofile=-2", "nofile=0x10", "nofile=99999999999999999999"})
    EXPECT_THROW((void)parse_ulimits({text}), Error) << text;
  for (const char* text : {"", "5m", "-1", "1.5g", "6291455"})
    EXPECT_THROW((void)parse_memory_limit(text), Error) << text;
  for (const char* text : {"", "0", "-1", "4.5", "1e1", "inf", "1,5", "1 "})
    EXPECT_THROW((void)parse_cpus(text, 4), Error) << text;
}

TEST(ResourceLimits, SizesAndCpus) {
  EXPECT_EQ(parse_memory_limit("6m"), 6U << 20);
  EXPECT_EQ(parse_memory_limit("2G"), std::uint64_t{2} << 30);
  EXPECT_DOUBLE_EQ(parse_cpus("1.5", 4), 1.5);
  EXPECT_DOUBLE_EQ(parse_cpus("4", 4), 4);
}

TEST(ProcessLimits, ReadAsTheyAreWritten) {
  const std::vector<std::string> texts{"nofile=128:256", "core=0:-1", "memlock=-1:-1"};
  EXPECT_EQ(ulimit_texts(parse_ulimits(texts)), texts);
}

}  // namespace
}  // namespace mlrepro
