// Which of a project's files and versions are taken, and what the answer says of them.
#include <gmock/gmock.h>

#include "base/error.hpp"
#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

FakeRelease tagged(std::vector<std::string> tags) {
  FakeRelease release;
  release.tags = std::move(tags);
  return release;
}

FakeRelease for_python(const char* requires_python, bool on_page = true) {
  FakeRelease release;
  release.requires_python = requires_python;
  release.python_on_page = on_page;
  return release;
}

class PythonChoice : public PythonResolverTest {};

TEST_F(PythonChoice, TakesTheNewestInTheOrderOfPep440) {
  for (const char* version : {"1.9", "1.10", "1.10.post1", "1.2", "1!0.1.dev1"})
    index.add("a", version);
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1.10.post1")));
  EXPECT_THAT(versions({"a<1.10"}), ElementsAre(Pair("a", "1.9")));
  EXPECT_THAT(versions({"a~=1.2,!=1.10.*"}), ElementsAre(Pair("a", "1.9")));
}

TEST_F(PythonChoice, FollowsDependenciesAndSaysWhoAskedForWhat) {
  index.add("app", "1", {"lib>=1", "other; python_version<'3.8'"});
  index.add("lib", "1");
  index.add("lib", "2", {"leaf"});
  index.add("leaf", "5");
  const auto found = solution({"app", "leaf"});
  ASSERT_EQ(found.packages.size(), 3U);
  EXPECT_EQ(found.packages[0].name, "app");
  EXPECT_THAT(found.packages[0].requires_, ElementsAre("lib>=1"));
  EXPECT_TRUE(found.packages[0].requested);
  EXPECT_EQ(found.packages[1].name, "leaf");
  EXPECT_TRUE(found.packages[1].requested);
  EXPECT_THAT(found.packages[1].required_by, ElementsAre("lib"));
  EXPECT_EQ(found.packages[2].version, "2");
  EXPECT_FALSE(found.packages[2].requested);
  EXPECT_EQ(found.packages[2].file.name, "lib-2-py3-none-any.whl");
  EXPECT_EQ(found.packages[2].file.sha256, sha256("lib-2-py3-none-any.whl"));
  EXPECT_EQ(found.packages[2].file.size, 1000U);
  EXPECT_EQ(found.urls.at("lib-2-py3-none-any.whl"), "https://index.test/lib-2-py3-none-any.whl");
}

TEST_F(PythonChoice, NamesAreOneInAllSpellings) {
  index.add("Foo.Bar_baz", "1", {"SIX"});
  index.add("six", "1");
  EXPECT_THAT(versions({"FOO__bar-Baz", "foo-bar.baz>=1"}),
              ElementsAre(Pair("foo-bar-baz", "1"), Pair("six", "1")));
}

TEST_F(PythonChoice, SkipsVersionsWithoutAWheelForTheTarget) {
  index.add("a", "5", tagged({"cp311-cp311-win_amd64", "cp311-cp311-manylinux_2_39_x86_64"}));
  index.add("a", "4", tagged({"cp312-cp312-manylinux_2_17_x86_64", "cp311-cp311-musllinux_1_2_x86_64"}));
  index.add("a", "3", tagged({"cp311-cp311-manylinux_2_17_aarch64"}));
  FakeRelease sdist;
  sdist.sdist_only = true;
  index.add("a", "2", sdist);
  index.add("a", "1", tagged({"cp39-abi3-manylinux2014_x86_64"}));
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
}

TEST_F(PythonChoice, TakesTheMostSpecificWheelThenTheHighestBuild) {
  index.add("a", "1",
            tagged({"py3-none-any", "cp311-cp311-manylinux_2_17_x86_64", "cp37-abi3-linux_x86_64"}));
  index.add("b", "1", tagged({"9-py3-none-any", "10-py3-none-any", "py3-none-any"}));
  const auto found = solution({"a", "b"});
  ASSERT_EQ(found.packages.size(), 2U);
  EXPECT_EQ(found.packages[0].file.name, "a-1-cp311-cp311-manylinux_2_17_x86_64.whl");
  EXPECT_EQ(found.packages[1].file.name, "b-1-10-py3-none-any.whl");
}

TEST_F(PythonChoice, HonoursRequiresPython) {
  index.add("a", "4", for_python(">=3.12"));
  index.add("a", "3", for_python(">=3.11.3"));
  index.add("a", "2", for_python(">=3.8,!=3.9.*"));
  index.add("a", "1");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2")));
  EXPECT_EQ(index.read.count("a-4-py3-none-any.whl"), 0U);  // the page says enough
}

TEST_F(PythonChoice, HonoursRequiresPythonThatOnlyTheMetadataTells) {
  index.add("a", "3", for_python(">=3.12", false));
  index.add("a", "2", for_python("<3.11", false));
  index.add("a", "1", for_python(">=3.8", false));
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
}

TEST_F(PythonChoice, AnUpperBoundOfRequiresPythonIsALastResortWithAWarning) {
  index.add("a", "2", for_python(">=3.8,<3.11"));
  index.add("a", "1");
  index.add("b", "1", for_python(">=3.6,<3.10"));
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
  EXPECT_TRUE(progress.lines.empty());
  EXPECT_THAT(versions({"a", "b"}), ElementsAre(Pair("a", "1"), Pair("b", "1")));
  ASSERT_EQ(progress.lines.size(), 1U);
  EXPECT_THAT(progress.lines[0], HasSubstr("b 1"));
  EXPECT_THAT(progress.lines[0], HasSubstr("<3.10"));
}

TEST_F(PythonChoice, LocalVersionsStandAboveTheirPublicOne) {
  index.add("a", "2.0");
  index.add("a", "2.0+cu121");
  index.add("a", "1.0+local.7");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "2.0+cu121")));
  EXPECT_THAT(versions({"a==2.0"}), ElementsAre(Pair("a", "2.0+cu121")));
  EXPECT_THAT(versions({"a==1.0+local.7"}), ElementsAre(Pair("a", "1.0+local.7")));
  EXPECT_THAT(versions({"a<2"}), ElementsAre(Pair("a", "1.0+local.7")));
}

TEST_F(PythonChoice, ArbitraryEqualityComparesText) {
  index.add("a", "1.0");
  index.add("a", "1.0.0.post1");
  index.add("a", "2.0");
  EXPECT_THAT(versions({"a===1.0"}), ElementsAre(Pair("a", "1.0")));
  const auto entry = refused({"a===1.0.0"});
  EXPECT_THAT(entry.message, HasSubstr("a===1.0.0"));
}

TEST_F(PythonChoice, MarkersAreJudgedForTheTarget) {
  for (const char* name : {"yes1", "yes2", "yes3", "yes4", "yes5"})
    index.add(name, "1");
  index.add("a", "1",
            {"yes1; python_version >= '3.10'", "yes2; sys_platform == 'linux' and os_name != 'nt'",
             "yes3; platform_machine in 'x86_64 amd64'", "yes4; python_full_version < '3.11.3'",
             "no1; python_version < '3.9'", "no2; sys_platform == 'win32'",
             "no3; platform_machine == 'aarch64'", "no4; implementation_name == 'pypy'"});
  EXPECT_THAT(versions({"a", "yes5; platform_system == 'Linux'", "no5; python_version == '3.12'"}),
              ElementsAre(Pair("a", "1"), Pair("yes1", "1"), Pair("yes2", "1"), Pair("yes3", "1"),
                          Pair("yes4", "1"), Pair("yes5", "1")));
  EXPECT_EQ(std::count(index.asked.begin(), index.asked.end(), "no1"), 0);
}

TEST_F(PythonChoice, RefusesWhatIsNoRequirementOfAnIndex) {
  index.add("a", "1");
  for (const char* line : {"a b", "", "-r other.txt", "a==", "./folder"}) {
    try {
      (void)resolve({line});
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "bad-requirement") << line;
      EXPECT_THAT(error.what(), HasSubstr(line));
    }
  }
}

TEST_F(PythonChoice, ADependencyOnAUrlIsNoneThatAnIndexMeets) {
  index.add("b", "1");
  index.add("a", "2", {"b @ https://elsewhere.test/b-1.whl"});
  index.add("a", "1", {"b", "b @ https://elsewhere.test/b-1.whl ; extra == 'dev'"});
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1"), Pair("b", "1")));
  EXPECT_THAT(refused({"a>1"}).message, HasSubstr("https://elsewhere.test/b-1.whl"));
  refused({"a[dev]"});
}

TEST_F(PythonChoice, AVersionWhoseRequirementsCannotBeReadIsSkipped) {
  index.add("a", "2", {"b ~~ 1"});
  index.add("a", "1");
  EXPECT_THAT(versions({"a"}), ElementsAre(Pair("a", "1")));
}

}  // namespace
}  // namespace mlrepro
