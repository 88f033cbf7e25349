#include "adapters/net/patience.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

using std::chrono::seconds;
using Waited = Patience::Waited;

// Waits for so many seconds in which `bytes` come each.
void pass(Patience& patience, int count, std::uint64_t bytes) {
  for (int i = 0; i < count; ++i) {
    patience.waited(seconds(1));
    patience.received(bytes);
  }
}

TEST(Patience, SilenceIsLostAfterAWindow) {
  Patience patience;
  EXPECT_FALSE(patience.is_lost(Waited{0}));
  pass(patience, 29, 0);
  EXPECT_FALSE(patience.is_lost(Waited{0}));
  pass(patience, 1, 0);
  EXPECT_TRUE(patience.is_lost(Waited{0}));
  EXPECT_FALSE(patience.is_lost(Waited{1}));
}

TEST(Patience, DripIsLostAndASlowLineIsNot) {
  Patience drip;
  pass(drip, 3600, 1);
  EXPECT_TRUE(drip.is_lost(Waited{0}));
  Patience slow;
  for (int i = 0; i < 3600; ++i) {
    pass(slow, 1, 1500);
    ASSERT_FALSE(slow.is_lost(Waited{0})) << i;
  }
}

TEST(Patience, WhatComesForOthersIsPatienceForAll) {
  Patience patience;
  pass(patience, 100, 100'000);
  EXPECT_FALSE(patience.is_lost(Waited{0}));
  pass(patience, 31, 1);
  EXPECT_TRUE(patience.is_lost(Waited{0}));
}

TEST(Patience, SmallAnswersAreNoDrip) {
  Patience patience;
  for (int i = 0; i < 120; ++i) {
    patience.waited(seconds(4));
    patience.received(Patience::worth_of_an_answer);
    patience.received(Patience::worth_of_an_answer);
    ASSERT_FALSE(patience.is_lost(Waited{0})) << i;
  }
}

TEST(Patience, OwnWorkIsNoDelay) {
  Patience patience;
  patience.waited(seconds(10));
  EXPECT_EQ(patience.now(), seconds(10));  // whatever passes between two calls
  for (int i = 0; i < 1999; ++i)
    patience.waited(std::chrono::microseconds(10'000));
  EXPECT_FALSE(patience.is_lost(Waited{0}));
}

}  // namespace
}  // namespace mlrepro
