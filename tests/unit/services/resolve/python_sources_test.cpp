// Sources as candidates: when they count, and when they are built.
#include <gmock/gmock.h>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

FakeRelease source(std::vector<std::string> requires_dist = {}, bool needs_build = false) {
  FakeRelease release;
  release.requires_dist = std::move(requires_dist);
  release.sdist_only = true;
  release.needs_build = needs_build;
  return release;
}

FakeRelease both() {
  FakeRelease release;
  release.sdist_too = true;
  return release;
}

class PythonSources : public PythonResolverTest {
 protected:
  PythonSources() { request.sources = &builder; }
  std::string file(const std::string& name, const std::vector<std::string>& requirements) {
    for (const auto& package : solution(requirements).packages) {
      if (package.name == name) return package.file.name;
    }
    return "none";
  }
  FakeBuilder builder{index};
};

TEST_F(PythonSources, NewestVersionIsTakenThoughOnlyAnOlderOneHasAWheel) {
  index.add("a", "2.0", source({"b>=1"}));
  index.add("a", "1.0");
  index.add("b", "1.1");
  EXPECT_EQ(file("a", {"a"}), "a-2.0.tar.gz");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2.0"), Pair("b", "1.1")));
  EXPECT_THAT(builder.built, IsEmpty());
}

TEST_F(PythonSources, WheelStandsBeforeTheSourceOfItsVersion) {
  index.add("a", "1.0", both());
  EXPECT_EQ(file("a", {"a"}), "a-1.0-py3-none-any.whl");
}

TEST_F(PythonSources, WithoutABuilderOnlyWheelsCount) {
  request.sources = nullptr;
  index.add("a", "2.0", source());
  index.add("a", "1.0");
  EXPECT_EQ(file("a", {"a"}), "a-1.0-py3-none-any.whl");
}

TEST_F(PythonSources, NoBuildAndNoBinaryFollowPip) {
  index.add("a", "2.0", source());
  index.add("a", "1.0", both());
  index.add("b", "1.0", both());
  request.no_build = {"a"};
  EXPECT_EQ(file("a", {"a"}), "a-1.0-py3-none-any.whl");
  request.no_build = {":all:"};
  EXPECT_EQ(file("a", {"a"}), "a-1.0-py3-none-any.whl");
  request.no_binary = {"a"};
  EXPECT_EQ(file("a", {"a", "b"}), "a-2.0.tar.gz");
  EXPECT_EQ(file("b", {"a", "b"}), "b-1.0-py3-none-any.whl");
  request.no_build = {"b"};
  request.no_binary = {":all:"};
  EXPECT_EQ(file("a", {"a==1.0"}), "a-1.0.tar.gz");
  EXPECT_EQ(file("b", {"b"}), "b-1.0-py3-none-any.whl");
}

TEST_F(PythonSources, ARefusalSaysThatItIsNotToBeBuilt) {
  index.add("a", "1.0", source());
  request.no_build = {"a"};
  const auto entry = refused({"a"});
  EXPECT_THAT(entry.message, HasSubstr("has no wheel and is not to be built"));
}

TEST_F(PythonSources, BuiltForItsMetadataOnlyWhenChosen) {
  index.add("a", "3.0", source({"b>=2", "c<2"}, true));
  index.add("a", "2.0", source({"b"}, true));
  index.add("a", "1.0", source({}, true));
  index.add("b", "2.0");
  index.add("b", "3.0", source({}, true));
  for (const char* version : {"1.0", "2.0"})
    index.add("c", version);
  EXPECT_THAT(versions({"a<3", "c"}), ElementsAre(Pair("a", "2.0"), Pair("b", "3.0"), Pair("c", "2.0")));
  EXPECT_THAT(builder.built, ElementsAre("a 2.0", "b 3.0"));
  builder.built.clear();
  EXPECT_THAT(versions({"a", "c"}), ElementsAre(Pair("a", "3.0"), Pair("b", "3.0"), Pair("c", "1.0")));
  EXPECT_THAT(builder.built, ElementsAre("a 3.0", "b 3.0"));
}

TEST_F(PythonSources, TheBuilderHearsOnceOfSourcesThatWillProbablyBeAskedAbout) {
  index.add("a", "2.0", source({"b", "c"}));
  index.add("a", "1.0", source());
  index.add("b", "1.0", source({"d"}, true));
  index.add("c", "1.0");
  index.add("d", "1.0", source());
  EXPECT_EQ(versions({"a"}).size(), 4U);
  EXPECT_THAT(builder.expected, ElementsAre("a 2.0", "b 1.0"));
  EXPECT_THAT(builder.built, ElementsAre("b 1.0"));
  EXPECT_THAT(builder.beside, ElementsAre("a 2.0"));
}

TEST_F(PythonSources, ABuildThatTellsOfAClashLeadsToAnOlderVersion) {
  index.add("a", "2.0", source({"b<1"}, true));
  index.add("a", "1.0", source({"b"}, true));
  index.add("b", "1.0");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1.0"), Pair("b", "1.0")));
  EXPECT_THAT(builder.built, ElementsAre("a 2.0", "a 1.0"));
}

TEST_F(PythonSources, ALaterUploadedWheelLeavesTheSourceOfItsVersion) {
  FakeRelease release = both();
  release.upload_time = 1000;
  index.add("a", "1.0", release);
  FakeRelease late;
  late.upload_time = 3000;
  late.tags = {"cp311-cp311-manylinux_2_17_x86_64"};
  index.add("b", "1.0", late);
  FakeRelease early = source();
  early.upload_time = 1000;
  index.add("b", "1.0", early);
  request.exclude_newer = 2000;
  EXPECT_EQ(file("b", {"a", "b"}), "b-1.0.tar.gz");
  EXPECT_EQ(file("a", {"a", "b"}), "a-1.0-py3-none-any.whl");
}

}  // namespace
}  // namespace mlrepro
