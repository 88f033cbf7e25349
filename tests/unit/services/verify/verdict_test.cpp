#include "services/verify/verdict.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

Check check(CheckStatus status, bool required = true) {
  return {"some", status, "detail", 0.5, required};
}

constexpr auto pass = CheckStatus::pass;
constexpr auto fail = CheckStatus::fail;
constexpr auto skipped = CheckStatus::skipped;

TEST(Verdict, OneFailureFailsWhateverElseHolds) {
  EXPECT_EQ(verdict_of({check(pass), check(fail), check(pass)}), Verdict::failed);
  EXPECT_EQ(verdict_of({check(skipped), check(fail)}), Verdict::failed);
  EXPECT_EQ(verdict_of({check(pass), check(fail, false)}), Verdict::failed);
}

TEST(Verdict, SkippedCheckThatWasAskedForIsNoProof) {
  EXPECT_EQ(verdict_of({check(pass), check(skipped)}), Verdict::not_verified);
  EXPECT_EQ(verdict_of({check(pass), check(skipped, false)}), Verdict::verified);
}

TEST(Verdict, NothingLookedAtIsNotVerified) {
  EXPECT_EQ(verdict_of({}), Verdict::not_verified);
  EXPECT_EQ(verdict_of({check(skipped, false)}), Verdict::not_verified);
}

TEST(Verdict, AllPassedIsVerified) {
  EXPECT_EQ(verdict_of({check(pass), check(pass, false)}), Verdict::verified);
}

TEST(Verdict, DocumentSaysWordAndEachCheckInOrder) {
  Check second = check(fail);
  second.name = "other";
  const Json json = to_json({check(pass), second});
  EXPECT_EQ(json["kind"], "verify");
  EXPECT_EQ(json["version"], 1);
  EXPECT_EQ(json["verdict"], "failed");
  ASSERT_EQ(json["checks"].size(), 2U);
  EXPECT_EQ(json["checks"][0].dump(), R"({"name":"some","status":"pass","detail":"detail","seconds":0.5})");
  EXPECT_EQ(json["checks"][1]["name"], "other");
  EXPECT_EQ(json["checks"][1]["status"], "fail");
  EXPECT_EQ(to_json({check(skipped)})["checks"][0]["status"], "skipped");
  EXPECT_EQ(to_json({check(skipped)})["verdict"], "not-verified");
  EXPECT_EQ(to_json({check(pass)})["verdict"], "verified");
}

}  // namespace
}  // namespace mlrepro
