// The previous lock decides where the manifest leaves it open: an edit moves what it names, and what it must.
#include <gmock/gmock.h>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class PythonPreference : public PythonResolverTest {
 protected:
  // Every project has versions 1, 2 and 3; the lock holds 2.
  void SetUp() override {
    for (const char* version : {"1", "2", "3"}) {
      index.add("app", version, {"lib"});
      index.add("lib", version);
      index.add("other", version, {"leaf"});
      index.add("leaf", version);
    }
    request.preferred = {{"app", "2"}, {"lib", "2"}, {"other", "2"}, {"leaf", "2"}};
  }
};

TEST_F(PythonPreference, AnEditOfOneRequirementMovesThatOneAlone) {
  EXPECT_THAT(versions({"app>=3", "other"}),
              ElementsAre(Pair("app", "3"), Pair("leaf", "2"), Pair("lib", "2"), Pair("other", "2")));
  EXPECT_THAT(versions({"app<2", "other"}),
              ElementsAre(Pair("app", "1"), Pair("leaf", "2"), Pair("lib", "2"), Pair("other", "2")));
  EXPECT_THAT(versions({"app>=1.5", "other"}), Contains(Pair("app", "2")));
  EXPECT_THAT(progress.lines, IsEmpty());
}

TEST_F(PythonPreference, ARemovalTakesItsOrphansAlong) {
  EXPECT_THAT(versions({"other"}), ElementsAre(Pair("leaf", "2"), Pair("other", "2")));
}

TEST_F(PythonPreference, AnAdditionTakesItsBestAndMovesNothing) {
  index.add("new", "1", {"leaf"});
  index.add("new", "2", {"leaf"});
  EXPECT_THAT(versions({"app", "new"}),
              ElementsAre(Pair("app", "2"), Pair("leaf", "2"), Pair("lib", "2"), Pair("new", "2")));
}

TEST_F(PythonPreference, AnAdditionGoesByWhatIsLockedWhereAVersionOfItDoes) {
  index.add("new", "1", {"lib<3"});
  index.add("new", "2", {"lib>=3"});
  EXPECT_THAT(versions({"app", "new"}), ElementsAre(Pair("app", "2"), Pair("lib", "2"), Pair("new", "1")));
  EXPECT_THAT(versions({"app", "new>=2"}), ElementsAre(Pair("app", "2"), Pair("lib", "3"), Pair("new", "2")));
}

TEST_F(PythonPreference, AnEditWithSeveralWaysTakesTheOneThatMovesNothingElse) {
  index.add("app", "4", {"lib>=3"});
  EXPECT_THAT(versions({"app>=3", "lib"}), ElementsAre(Pair("app", "3"), Pair("lib", "2")));
  EXPECT_THAT(versions({"app>=4", "lib"}), ElementsAre(Pair("app", "4"), Pair("lib", "3")));
}

TEST_F(PythonPreference, ANewRequirementMayForceADowngrade) {
  index.add("old", "1", {"lib<2"});
  EXPECT_THAT(versions({"app", "old"}), ElementsAre(Pair("app", "2"), Pair("lib", "1"), Pair("old", "1")));
}

TEST_F(PythonPreference, ALockedVersionThatVanishedMovesWithAWord) {
  request.preferred["lib"] = "2.5";
  EXPECT_THAT(versions({"app"}), ElementsAre(Pair("app", "2"), Pair("lib", "3")));
  EXPECT_THAT(progress.lines,
              ElementsAre("lib 2.5 is locked, but the index has it no more: lib 3 takes its place"));
}

TEST_F(PythonPreference, ALockedVersionThatWasYankedStaysWithAWarning) {
  FakeRelease release;
  release.yanked = "breaks things";
  index.add("pulled", "1.0");
  index.add("pulled", "2.0", release);
  index.add("pulled", "3.0");
  request.preferred["pulled"] = "2.0";
  EXPECT_THAT(versions({"pulled"}), ElementsAre(Pair("pulled", "2.0")));
  EXPECT_THAT(progress.lines,
              ElementsAre("pulled 2.0 is yanked (\"breaks things\"): it is locked and stays"));
  request.preferred.clear();
  EXPECT_THAT(versions({"pulled"}), ElementsAre(Pair("pulled", "3.0")));
  progress.lines.clear();
  EXPECT_THAT(versions({"pulled==2.0"}), ElementsAre(Pair("pulled", "2.0")));
  EXPECT_THAT(progress.lines, ElementsAre(HasSubstr("an exact pin asks for it")));
}

TEST_F(PythonPreference, ALockedPreReleaseStays) {
  index.add("early", "1.0");
  index.add("early", "2.0rc1");
  request.preferred["early"] = "2.0rc1";
  EXPECT_THAT(versions({"early"}), ElementsAre(Pair("early", "2.0rc1")));
  request.prereleases = "never";
  EXPECT_THAT(versions({"early"}), ElementsAre(Pair("early", "1.0")));
}

TEST_F(PythonPreference, WhatIsToMoveMovesWithWhatItMustAndNothingElse) {
  index.add("app", "4", {"lib>=3"});
  request.preferred.erase("app");
  request.moving = {"app"};
  EXPECT_THAT(versions({"app", "other"}),
              ElementsAre(Pair("app", "4"), Pair("leaf", "2"), Pair("lib", "3"), Pair("other", "2")));
}

TEST_F(PythonPreference, WhatIsToMoveStaysWithinWhatTheOthersAllow) {
  index.add("strict", "1", {"lib<3"});
  request.preferred["strict"] = "1";
  request.preferred["lib"] = "1";
  request.preferred.erase("lib");
  request.moving = {"lib"};
  EXPECT_THAT(versions({"strict"}), ElementsAre(Pair("lib", "2"), Pair("strict", "1")));
}

}  // namespace
}  // namespace mlrepro
