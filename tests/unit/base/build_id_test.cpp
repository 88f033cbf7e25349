#include "base/build_id.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

TEST(BuildId, IsThatOfTheProgram) {
  EXPECT_EQ(build_id().size(), 20U);
}

}  // namespace
}  // namespace mlrepro
