#include <gtest/gtest.h>

#include "base/error.hpp"
#include "documents/config/manifest.hpp"

namespace mlrepro {
namespace {

TEST(Duration, IsReadAsDockerWritesIt) {
  EXPECT_EQ(parse_duration("30s"), 30);
  EXPECT_EQ(parse_duration("1m30s"), 90);
  EXPECT_EQ(parse_duration("2h"), 7200);
  EXPECT_EQ(parse_duration("0s"), 0);
  EXPECT_DOUBLE_EQ(parse_duration("500ms").value_or(-1), 0.5);
  for (const char* text : {"", "5", "s", "1d", "-1s", "1 s", "1s ", "1.5s", "99999999999999999999s", "s1"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(HealthConfig, HasDockersDefaultsAndShell) {
  const auto health = [](const std::string& keys) {
    return parse_manifest("[os]\nsuite = \"a\"\n[run.healthcheck]\n" + keys, "m", "/").run.health;
  };
  const auto usual = health("command = \"test -e /ready\"\n");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->command, (std::vector<std::string>{"/bin/sh", "-c", "test -e /ready"}));
  EXPECT_EQ(usual->interval, 30);
  EXPECT_EQ(usual->retries, 3U);
  EXPECT_EQ(health("command = [\"check\"]\nretries = 1\n")->command, std::vector<std::string>{"check"});
  EXPECT_THROW((void)health("retries = 1\n"), Error);
  EXPECT_THROW((void)health("command = \"x\"\nretries = 1001\n"), Error);
}

}  // namespace
}  // namespace mlrepro
