#include "adapters/net/busy_servers.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

using std::chrono::seconds;

TEST(BusyServers, NobodyGoesBeforeTheTime) {
  BusyServers servers;
  const BusyServers::Time now{seconds(1000)};
  EXPECT_LT(servers.free_at("a"), now);
  EXPECT_TRUE(servers.busy("a", now + seconds(5), now));
  EXPECT_EQ(servers.free_at("a"), now + seconds(5));
  EXPECT_LT(servers.free_at("b"), now);
  // The longest that was asked for; told once.
  EXPECT_FALSE(servers.busy("a", now + seconds(2), now));
  EXPECT_EQ(servers.free_at("a"), now + seconds(5));
  EXPECT_TRUE(servers.busy("a", now + seconds(9), now + seconds(6)));
}

TEST(BusyServers, AnswersAreCounted) {
  BusyServers servers;
  EXPECT_EQ(servers.answers("a"), 0U);
  servers.answered("a");
  servers.answered("a");
  EXPECT_EQ(servers.answers("a"), 2U);
  EXPECT_EQ(servers.answers("b"), 0U);
}

}  // namespace
}  // namespace mlrepro
