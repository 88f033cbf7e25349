#include "services/verify/run_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

using ::testing::HasSubstr;

class RunChecks : public ::testing::Test {
 protected:
  RunChecks() : folder_(fs::temp_directory_path(), "verify") {
    lock.image = ImageSection{sha256("image"), sha256("config"), {}, 1};
    record.name = "calm-heron";
    record.lock_id = lock.id().tagged();
    record.image = sha256("image").tagged();
    record.exit_status = 0;
    record.inputs = {file("data/train.csv", "1,2\n")};
    record.outputs = {file("output/model", "trained"), file("output/log", "line")};
  }

  RecordedFile file(const std::string& name, const std::string& text) const {
    write_file_atomically(folder_.path() / name, text);
    return {name, text.size(), sha256(text)};
  }

  [[nodiscard]] std::map<std::string, Check> checked() const {
    std::map<std::string, Check> checks;
    for (const auto& check : check_run(record, lock, folder_.path()))
      checks[check.name] = check;
    return checks;
  }
  // Exactly that check fails, with these words.
  void expect_failure(const std::string& name, const std::string& words) const {
    for (const auto& [key, check] : checked()) {
      EXPECT_EQ(check.status, key == name ? CheckStatus::fail : CheckStatus::pass)
          << key << ": " << check.detail;
    }
    EXPECT_THAT(checked()[name].detail, HasSubstr(words));
  }

  TemporaryDirectory folder_;
  Lockfile lock;
  RunRecord record;
};

TEST_F(RunChecks, WhatStillIsAsRecordedPasses) {
  const auto checks = checked();
  ASSERT_EQ(checks.size(), 4U);
  for (const char* name : {"run-status", "run-lock", "run-inputs", "run-outputs"})
    EXPECT_EQ(checks.at(name).status, CheckStatus::pass) << name;
  EXPECT_EQ(checks.at("run-outputs").detail, "2 files hashed");
}

TEST_F(RunChecks, FailedRunIsNoGoodRun) {
  record.exit_status = 3;
  expect_failure("run-status", "calm-heron ended with exit status 3");
}

TEST_F(RunChecks, KilledRunIsNoGoodRun) {
  record.exit_status.reset();
  expect_failure("run-status", "calm-heron never ended");
}

TEST_F(RunChecks, PromisedOutputThatIsMissingFails) {
  record.missing_outputs = {"output/*.npz"};
  expect_failure("run-status", "left nothing at \"output/*.npz\"");
}

TEST_F(RunChecks, RunOfAnotherLockOrImageFailsAndNamesBoth) {
  const std::string ours = record.lock_id;
  record.lock_id = sha256("other").tagged();
  expect_failure("run-lock", sha256("other").tagged());
  expect_failure("run-lock", ours);
  record.lock_id = ours;
  record.image = sha256("other image").tagged();
  expect_failure("run-lock", "used image " + sha256("other image").tagged());
}

TEST_F(RunChecks, ChangedOutputIsNamed) {
  file("output/log", "lime");
  expect_failure("run-outputs", "output/log changed since the run");
}

TEST_F(RunChecks, MissingOutputIsNamedAndTheOthersCounted) {
  fs::remove_all(folder_.path() / "output");
  expect_failure("run-outputs", "output/model is missing (and 1 more)");
}

TEST_F(RunChecks, LinkInThePlaceOfAnOutputIsNotTheOutput) {
  fs::rename(folder_.path() / "output/model", folder_.path() / "elsewhere");
  fs::create_symlink("../elsewhere", folder_.path() / "output/model");
  expect_failure("run-outputs", "output/model is missing");
}

TEST_F(RunChecks, ChangedInputIsNamed) {
  file("data/train.csv", "1,3\n");
  expect_failure("run-inputs", "data/train.csv changed since the run");
}

TEST_F(RunChecks, InputThatIsALinkIsWhatItPointsTo) {
  fs::rename(folder_.path() / "data/train.csv", folder_.path() / "elsewhere");
  fs::create_symlink("../elsewhere", folder_.path() / "data/train.csv");
  EXPECT_EQ(checked()["run-inputs"].status, CheckStatus::pass);
}

TEST_F(RunChecks, NothingRecordedIsSkippedAndHoldsNothingUp) {
  record.inputs.clear();
  EXPECT_EQ(checked()["run-inputs"].status, CheckStatus::skipped);
  EXPECT_FALSE(checked()["run-inputs"].required);
}

TEST_F(RunChecks, ReplayWithTheSameBytesPasses) {
  EXPECT_EQ(check_replay(record, record).status, CheckStatus::pass);
  EXPECT_EQ(check_replay(record, record).detail, "2 outputs are the same bytes");
}

TEST_F(RunChecks, ReplayNamesWhatCameOutOtherwise) {
  RunRecord again = record;
  again.outputs[1].sha256 = sha256("other");
  EXPECT_EQ(check_replay(record, again).status, CheckStatus::fail);
  EXPECT_EQ(check_replay(record, again).detail, "output/log came out with other bytes");
  again.outputs.erase(again.outputs.begin());
  EXPECT_EQ(check_replay(record, again).detail, "output/model was not written by the replay (and 1 more)");
  again = record;
  again.outputs.push_back({"output/new", 1, sha256("new")});
  EXPECT_EQ(check_replay(record, again).detail, "output/new was written by the replay alone");
}

TEST_F(RunChecks, ReplayThatEndsOtherwiseFails) {
  RunRecord again = record;
  again.exit_status = 1;
  EXPECT_EQ(check_replay(record, again).status, CheckStatus::fail);
  EXPECT_EQ(check_replay(record, again).detail, "the replay ended with exit status 1, the run with 0");
  again.exit_status.reset();
  EXPECT_EQ(check_replay(record, again).status, CheckStatus::fail);
}

TEST_F(RunChecks, ReplayWithNothingToCompareProvesNothing) {
  record.outputs.clear();
  const Check check = check_replay(record, record);
  EXPECT_EQ(check.status, CheckStatus::skipped);
  EXPECT_TRUE(check.required);
}

}  // namespace
}  // namespace mlrepro
