// Which versions count: pre-releases, yanked ones, instants, constraints, the previous lock.
#include <gmock/gmock.h>

#include "base/error.hpp"
#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

FakeRelease yanked(std::vector<std::string> requires_dist = {}) {
  FakeRelease release;
  release.requires_dist = std::move(requires_dist);
  release.yanked = "broken";
  return release;
}

FakeRelease uploaded(std::optional<UnixTime> time) {
  FakeRelease release;
  release.upload_time = time;
  return release;
}

class PythonPolicy : public PythonResolverTest {};

TEST_F(PythonPolicy, StableFirstTakesAPreReleaseOnlyWhereNothingElseWill) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  index.add("a", "2.1.dev3");
  index.add("b", "1.0b2");
  index.add("c", "1", {"a>=2.0rc1"});
  EXPECT_THAT(versions({"a", "b"}), ElementsAre(Pair("a", "1.5"), Pair("b", "1.0b2")));
  EXPECT_THAT(versions({"c"}), ElementsAre(Pair("a", "2.1.dev3"), Pair("c", "1")));
  EXPECT_THAT(versions({"a>=1.6"}), ElementsAre(Pair("a", "2.1.dev3")));
}

TEST_F(PythonPolicy, ARequirementOfTheManifestThatNamesAPreReleaseAsksForThem) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  EXPECT_THAT(versions({"a>=1.0b1"}), ElementsAre(Pair("a", "2.0rc1")));
  EXPECT_THAT(versions({"a>=1.0,!=1.0b1"}), ElementsAre(Pair("a", "1.5")));
  request.prereleases = "explicit";
  EXPECT_THAT(versions({"a>=1.0b1"}), ElementsAre(Pair("a", "2.0rc1")));
  request.constraints = {"a<3.0.dev1"};
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2.0rc1")));
}

TEST_F(PythonPolicy, NeverMeansNever) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  index.add("b", "1.0b2");
  request.prereleases = "never";
  EXPECT_THAT(versions({"a>=1.0b1"}), ElementsAre(Pair("a", "1.5")));
  EXPECT_THAT(refused({"a>=2.0rc1"}).message, HasSubstr("a 2.0rc1 is a pre-release"));
  refused({"b"});
}

TEST_F(PythonPolicy, ExplicitTakesNoneThatOnlyADependencyNames) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  index.add("c", "1", {"a>=2.0rc1"});
  request.prereleases = "explicit";
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1.5")));
  refused({"c"});
}

TEST_F(PythonPolicy, AllowTakesTheNewestOfAll) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  request.prereleases = "allow";
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2.0rc1")));
  EXPECT_THAT(versions({"a<2.0"}), ElementsAre(Pair("a", "1.5")));
}

TEST_F(PythonPolicy, AYankedVersionNeedsAnExactPinOfTheManifest) {
  index.add("a", "3", yanked());
  index.add("a", "2");
  index.add("b", "1", {"a==3"});
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2")));
  EXPECT_THAT(versions({"a==3"}), ElementsAre(Pair("a", "3")));
  EXPECT_THAT(versions({"a===3"}), ElementsAre(Pair("a", "3")));
  EXPECT_THAT(refused({"a>2"}).message, HasSubstr("a 3 is yanked (\"broken\")"));
  refused({"a==3.*"});
  refused({"b"});
  EXPECT_THAT(versions({"a==3", "b"}), ElementsAre(Pair("a", "3"), Pair("b", "1")));
  request.constraints = {"a==3"};
  EXPECT_THAT(versions({"b"}), ElementsAre(Pair("a", "3"), Pair("b", "1")));
}

TEST_F(PythonPolicy, ExcludeNewerCutsByUploadTime) {
  index.add("a", "4", uploaded(std::nullopt));  // unknown is not known to be old
  index.add("a", "3", uploaded(2001));
  index.add("a", "2", uploaded(2000));
  index.add("a", "1", uploaded(1000));
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "4")));
  request.exclude_newer = 2000;
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2")));
  request.exclude_newer = 1999;
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
  request.exclude_newer = 999;
  EXPECT_THAT(refused({"a"}).message, HasSubstr("a 1 to 3 (3 versions) are of 1970-01-01"));
}

TEST_F(PythonPolicy, ExcludeNewerNeedsAnIndexThatTellsTimes) {
  index.add("a", "1");
  request.exclude_newer = 2000;
  try {
    (void)resolve({"a"});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "no-upload-times");
  }
}

TEST_F(PythonPolicy, ConstraintsBindWhatIsNeededAndAskForNothing) {
  index.add("a", "1", {"b"});
  index.add("b", "1");
  index.add("b", "2");
  index.add("c", "1");
  request.constraints = {"B<2", "c==1", "b>=1", "b<1; python_version < '3.8'"};
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1"), Pair("b", "1")));
  request.constraints = {"b<1"};
  EXPECT_THAT(refused({"a"}).message, HasSubstr("b 1 and 2 are against the constraint b<1"));
}

TEST_F(PythonPolicy, OverridesStandForWhatAnyoneRequires) {
  index.add("a", "2", {"b<2", "c; python_version > '3'"});
  index.add("a", "1");
  index.add("b", "1");
  index.add("b", "2", yanked());
  request.overrides = {"b==2", "c; sys_platform == 'win32'"};
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2"), Pair("b", "2")));
}

TEST_F(PythonPolicy, TheLockOfBeforeIsKeptWhereItFits) {
  index.add("a", "1", {"b"});
  index.add("a", "2", {"b"});
  index.add("a", "3", {"b>=2"});
  for (const char* version : {"1", "2", "3"})
    index.add("b", version);
  request.preferred = {{"a", "1"}, {"b", "2"}};
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_THAT(versions({"a>=2"}), ElementsAre(Pair("a", "3"), Pair("b", "2")));
  EXPECT_THAT(versions({"a", "b>=3"}), ElementsAre(Pair("a", "1"), Pair("b", "3")));
  request.preferred = {{"a", "9"}, {"b", "x"}};  // gone from the index
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "3"), Pair("b", "3")));
}

TEST_F(PythonPolicy, APreReleaseInTheLockOfBeforeStays) {
  index.add("a", "2.0rc1");
  index.add("a", "1.5");
  request.preferred = {{"a", "2.0rc1"}};
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2.0rc1")));
  request.prereleases = "never";
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1.5")));
}

TEST_F(PythonPolicy, AnInterpreterWithoutWheelsIsRefused) {
  index.add("a", "1");
  for (const char* version : {"", "2.7.18", "3", "x"}) {
    request.interpreter.version = version;
    try {
      (void)resolve({"a"});
      ADD_FAILURE() << version;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "no-interpreter") << version;
    }
  }
}

constexpr UnixTime year = 365 * 24 * 60 * 60;

TEST_F(PythonPolicy, PinsTimeIsThatOfTheYoungestExactPin) {
  index.add("a", "1", uploaded(10 * year));
  index.add("b", "1", uploaded(11 * year));
  index.add("c", "1", uploaded(11 * year));
  index.add("c", "2", uploaded(11 * year + 1));
  request.exclude_newer_than_pins = true;
  EXPECT_THAT(versions({"a==1", "b==1", "c"}), ElementsAre(Pair("a", "1"), Pair("b", "1"), Pair("c", "1")));
  EXPECT_THAT(code_of({"c"}), "no-pins");
}

TEST_F(PythonPolicy, PinsTimeWithoutUploadTimesIsRefused) {
  index.add("a", "1");
  request.exclude_newer_than_pins = true;
  EXPECT_THAT(code_of({"a==1"}), "no-upload-times");
}

TEST_F(PythonPolicy, WheelsForOtherTargetsDoNotMovePinsTime) {
  auto old = uploaded(10 * year);
  index.add("a", "1", old);
  auto later = uploaded(14 * year);
  later.tags = {"cp399-cp399-win_amd64"};
  index.add("a", "1", later);
  index.add("c", "1", uploaded(9 * year));
  index.add("c", "2", uploaded(12 * year));
  request.exclude_newer_than_pins = true;
  EXPECT_THAT(versions({"a==1", "c"}), ElementsAre(Pair("a", "1"), Pair("c", "1")));
}

TEST_F(PythonPolicy, OldPinsBesideVersionsOfTodayAreAWarning) {
  index.add("a", "1", uploaded(10 * year));
  index.add("c", "2", uploaded(12 * year));
  (void)versions({"a==1", "c"});
  ASSERT_EQ(progress.lines.size(), 1U);
  EXPECT_THAT(progress.lines[0], HasSubstr("a 1"));
  EXPECT_THAT(progress.lines[0], HasSubstr("c 2 is from 1981-12-"));
  EXPECT_THAT(progress.lines[0], HasSubstr("exclude-newer = \"pins\""));
  progress.lines.clear();
  (void)versions({"a==1"});
  (void)versions({"c"});
  EXPECT_TRUE(progress.lines.empty());
}

}  // namespace
}  // namespace mlrepro
