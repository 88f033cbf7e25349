// Extras: what they bring, whom they tie, and what the lock says of them.
#include <gmock/gmock.h>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class PythonExtras : public PythonResolverTest {
 protected:
  static const PythonPackage& package(const PythonSolution& solution, const std::string& name) {
    const auto found = std::find_if(solution.packages.begin(), solution.packages.end(),
                                    [&](const auto& one) { return one.name == name; });
    if (found != solution.packages.end()) return *found;
    ADD_FAILURE() << "no " << name;
    static const PythonPackage none;
    return none;
  }
};

TEST_F(PythonExtras, BringWhatTheyNameAndNothingElse) {
  index.add("a", "1", {"base", "fast-lib; extra == 'fast'", "slow-lib; extra == 'slow'"});
  for (const char* name : {"base", "fast-lib", "slow-lib"})
    index.add(name, "1");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1"), Pair("base", "1")));
  const auto found = solution({"a[Fast]"});
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_THAT(package(found, "a").extras, ElementsAre("fast"));
  EXPECT_THAT(package(found, "a").requires_, ElementsAre("base", "fast-lib"));
  EXPECT_THAT(package(found, "fast-lib").required_by, ElementsAre("a"));
}

TEST_F(PythonExtras, OfOneProjectAreAskedForFromSeveralSides) {
  index.add("a", "1", {"x; extra == 'one'", "y; extra == 'two'"});
  index.add("b", "1", {"a[two]"});
  index.add("x", "1");
  index.add("y", "1");
  const auto found = solution({"a[one]", "b"});
  EXPECT_EQ(found.packages.size(), 4U);
  EXPECT_THAT(package(found, "a").extras, ElementsAre("one", "two"));
}

TEST_F(PythonExtras, OfItselfBringOthers) {
  index.add("dask", "2",
            {"pandas; extra == 'frame'", "numpy; extra == 'array'", "dask[array]; extra == 'frame'",
             "dask[frame,array]; extra == 'complete'", "bokeh; extra == 'viz'"});
  for (const char* name : {"pandas", "numpy", "bokeh"})
    index.add(name, "1");
  EXPECT_THAT(versions({"dask[frame]"}),
              ElementsAre(Pair("dask", "2"), Pair("numpy", "1"), Pair("pandas", "1")));
  const auto found = solution({"dask[complete]"});
  EXPECT_EQ(found.packages.size(), 3U);
  EXPECT_THAT(package(found, "dask").extras, ElementsAre("array", "complete", "frame"));
  EXPECT_THAT(package(found, "dask").required_by, IsEmpty());
}

TEST_F(PythonExtras, PullExtrasOfOthersDownTheLine) {
  index.add("app", "1", {"web[tls]; extra == 'net'"});
  index.add("web", "1", {"crypto[fast]; extra == 'tls'"});
  index.add("crypto", "1", {"simd>=2; extra == 'fast'"});
  index.add("simd", "3");
  EXPECT_THAT(versions({"app"}), ElementsAre(Pair("app", "1")));
  EXPECT_THAT(versions({"app[net]"}),
              ElementsAre(Pair("app", "1"), Pair("crypto", "1"), Pair("simd", "3"), Pair("web", "1")));
}

TEST_F(PythonExtras, HoldTheVersionTheyBelongTo) {
  index.add("a", "3", {"b>=3; extra == 'x'"});
  index.add("a", "2", {"b>=2; extra == 'x'"});
  index.add("a", "1", {"b; extra == 'x'"});
  for (const char* version : {"1", "2", "3"})
    index.add("b", version);
  EXPECT_THAT(versions({"a", "b<3"}), ElementsAre(Pair("a", "3"), Pair("b", "2")));
  EXPECT_THAT(versions({"a[x]", "b<3"}), ElementsAre(Pair("a", "2"), Pair("b", "2")));
  EXPECT_THAT(versions({"a[x]", "b<2"}), ElementsAre(Pair("a", "1"), Pair("b", "1")));
}

TEST_F(PythonExtras, GoBackTogetherOverManyVersions) {
  for (int i = 0; i < 300; ++i) {
    const std::string version = std::to_string(i);
    index.add("boto", version, {"core==" + version, "core[crt]==" + version + "; extra == 'crt'"});
    index.add("core", version, {i < 90 ? "net<2" : "net>=2", "awscrt==" + version + "; extra == 'crt'"});
    index.add("awscrt", version);
  }
  index.add("net", "1");
  index.add("net", "2");
  EXPECT_THAT(versions({"boto[crt]", "net<2"}),
              ElementsAre(Pair("awscrt", "89"), Pair("boto", "89"), Pair("core", "89"), Pair("net", "1")));
}

TEST_F(PythonExtras, JoinWithOtherMarkers) {
  index.add("a", "1",
            {"w; sys_platform == 'win32' and extra == 'x'", "l; sys_platform == 'linux' and extra == 'x'",
             "both; extra == 'x' or extra == 'y'",
             "old; (extra == 'x' and python_version < '3.9') or extra == 'z'"});
  for (const char* name : {"l", "both", "old"})
    index.add(name, "1");
  EXPECT_THAT(versions({"a[x]"}), ElementsAre(Pair("a", "1"), Pair("both", "1"), Pair("l", "1")));
  EXPECT_THAT(versions({"a[y]"}), ElementsAre(Pair("a", "1"), Pair("both", "1")));
  EXPECT_THAT(versions({"a[z]"}), ElementsAre(Pair("a", "1"), Pair("old", "1")));
}

TEST_F(PythonExtras, CompareNormalised) {
  FakeRelease release;
  release.requires_dist = {"b; extra == 'Fancy_Name'"};
  release.extras = {"fancy-name"};
  index.add("a", "1", release);
  index.add("b", "1");
  EXPECT_EQ(versions({"a[fancy.name]"}).size(), 2U);
}

TEST_F(PythonExtras, ThatAreUnknownWarnAndHoldNothingBack) {
  index.add("a", "2", {"b; extra == 'plot'"});
  index.add("a", "1", {"b; extra == 'plots'"});
  index.add("b", "1");
  EXPECT_THAT(versions({"a[plots]"}), ElementsAre(Pair("a", "2")));
  ASSERT_EQ(progress.lines.size(), 1U);
  EXPECT_THAT(progress.lines[0], HasSubstr("a 2 has no extra \"plots\""));
  progress.lines.clear();
  EXPECT_EQ(versions({"a[plot]"}).size(), 2U);
  EXPECT_THAT(progress.lines, IsEmpty());
}

TEST_F(PythonExtras, PagesOfExtrasThatNobodyAsksForAreNotRead) {
  index.add("a", "1", {"b; extra == 'x'", "c; extra == 'y'"});
  index.add("b", "1");
  (void)versions({"a[x]"});
  EXPECT_THAT(index.asked, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace mlrepro
