// "No" in words: the chain from the manifest to what fails, and what would help.
#include <gmock/gmock.h>

#include "fake_index.hpp"

namespace mlrepro {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class PythonConflict : public PythonResolverTest {};

TEST_F(PythonConflict, AProjectThatNoIndexHas) {
  index.add("numpy", "2");
  index.add("a", "1", {"numpy"});
  const auto entry = refused({"a", "nunpy>=1"});
  EXPECT_EQ(entry.message, "the index has no project \"nunpy\"");
  EXPECT_EQ(entry.suggestion, "numpy>=1 instead of nunpy>=1 lets it resolve: numpy 2");
  EXPECT_THAT(links(entry), ElementsAre("mlrepro.toml|nunpy>=1|no project nunpy"));
  const auto alone = refused({"zzzzzzzz", "a"});
  EXPECT_EQ(alone.suggestion, "leaving out zzzzzzzz lets it resolve");
}

TEST_F(PythonConflict, AProjectThatADependencyNamesAndNoIndexHas) {
  index.add("a", "1", {"b"});
  index.add("b", "1", {"ghost>2"});
  const auto entry = refused({"a"});
  EXPECT_EQ(entry.message, "the index has no project \"ghost\"");
  EXPECT_THAT(links(entry), ElementsAre("mlrepro.toml|a|a 1", "a 1|b|b 1", "b 1|ghost>2|no project ghost"));
}

TEST_F(PythonConflict, AVersionThatDoesNotExist) {
  index.add("a", "1.0");
  index.add("a", "1.5");
  const auto entry = refused({"a>=2"});
  EXPECT_EQ(entry.message, "mlrepro.toml requires a>=2, but no version of a fits (there are 1.0 to 1.5)");
  EXPECT_EQ(entry.suggestion, "a<2 instead of a>=2 lets it resolve: a 1.5");
  EXPECT_THAT(links(entry), ElementsAre("mlrepro.toml|a>=2|no version of a fits"));
}

TEST_F(PythonConflict, DeepDownTheChain) {
  index.add("app", "1", {"mid"});
  index.add("mid", "2", {"low>=3"});
  index.add("low", "3", {"leaf>=9,<10"});
  index.add("leaf", "1");
  index.add("leaf", "8");
  const auto entry = refused({"app"});
  EXPECT_EQ(entry.message, "low 3 requires leaf<10,>=9, but no version of leaf fits (there are 1 to 8)");
  EXPECT_THAT(links(entry), ElementsAre("mlrepro.toml|app|app 1", "app 1|mid|mid 2", "mid 2|low>=3|low 3",
                                        "low 3|leaf<10,>=9|no version of leaf fits"));
}

TEST_F(PythonConflict, WhyAProjectHasNothingForThisTarget) {
  FakeRelease windows;
  windows.tags = {"cp311-cp311-win_amd64", "cp310-cp310-win_amd64"};
  index.add("win", "1", windows);
  index.add("win", "2", windows);
  EXPECT_THAT(refused({"win"}).message, HasSubstr("but win 1 and 2 have wheels for Windows alone"));
  FakeRelease newer;
  newer.requires_python = ">=3.13";
  index.add("new", "1", newer);
  EXPECT_THAT(refused({"new"}).message,
              HasSubstr("but new 1 is for Python >=3.13, and there is Python 3.11.2"));
  FakeRelease mixed;
  mixed.yanked = "";
  index.add("mix", "1", mixed);
  index.add("mix", "2", windows);
  EXPECT_THAT(refused({"mix"}).message, HasSubstr("mix 2 has wheels for Windows alone, mix 1 is yanked"));
}

TEST_F(PythonConflict, TwoThatNeedDifferentVersionsOfAThird) {
  index.add("a", "1", {"shared>=2"});
  index.add("b", "1", {"shared<2"});
  index.add("shared", "1");
  index.add("shared", "2");
  const auto entry = refused({"a", "b"});
  EXPECT_THAT(entry.message, AllOf(HasSubstr("shared"), HasSubstr("a 1 requires shared>=2"),
                                   HasSubstr("b 1 requires shared<2")));
  EXPECT_THAT(links(entry), UnorderedElementsAre("mlrepro.toml|a|a 1", "mlrepro.toml|b|b 1",
                                                 "a 1|shared>=2|shared 2", "b 1|shared<2|shared 1"));
}

TEST_F(PythonConflict, TheManifestAgainstWhatItAsksFor) {
  index.add("a", "1", {"shared>=2"});
  index.add("a", "2", {"shared>=2"});
  index.add("shared", "1");
  index.add("shared", "2");
  const auto entry = refused({"a", "shared<2"});
  EXPECT_THAT(entry.message,
              AllOf(HasSubstr("mlrepro.toml requires shared<2"), HasSubstr("a 1 to 2 require shared>=2")));
  EXPECT_THAT(links(entry), IsSupersetOf({"mlrepro.toml|shared<2|shared 1"}));
}

TEST_F(PythonConflict, TheManifestAgainstItself) {
  index.add("a", "1");
  index.add("a", "2");
  const auto entry = refused({"a<2", "a>=2"});
  EXPECT_THAT(entry.message,
              AllOf(HasSubstr("mlrepro.toml requires a<2"), HasSubstr("mlrepro.toml requires a>=2")));
}

TEST_F(PythonConflict, OfExtrasTellsOfTheExtra) {
  index.add("a", "1", {"shared>=2; extra == 'x'"});
  index.add("shared", "1");
  index.add("shared", "2");
  const auto entry = refused({"a[x]", "shared<2"});
  EXPECT_THAT(entry.message,
              AllOf(HasSubstr("mlrepro.toml requires shared<2"), HasSubstr("a 1 requires shared>=2")));
  EXPECT_THAT(links(entry), Contains("mlrepro.toml|a[x]|a 1"));
}

TEST_F(PythonConflict, VersionsThatRequireTheSameAreOneSide) {
  for (int i = 0; i < 30; ++i)
    index.add("a", "1." + std::to_string(i), {i < 10 ? "shared>=2" : "shared>=3"});
  for (const char* version : {"1", "2", "3"})
    index.add("shared", version);
  const auto entry = refused({"a", "shared<2"});
  EXPECT_EQ(entry.message,
            "no version of shared satisfies all that require it: mlrepro.toml requires shared<2; "
            "a 1.10 to 1.29 require shared>=3; a 1.0 to 1.9 require shared>=2");
  EXPECT_THAT(links(entry), SizeIs(4));
}

TEST_F(PythonConflict, ProjectsInStepAreOneSideAndAllOfThemAreRead) {
#ifdef __SANITIZE_ADDRESS__
  constexpr int count = 150;  // libsolv grows its rules by realloc(), which the sanitizer always copies
#else
  constexpr int count = 500;
#endif
  const std::string last = std::to_string(count - 1);
  for (int i = 0; i < count; ++i) {
    const std::string version = std::to_string(i);
    index.add("app", version, {"core==" + version});
    index.add("core", version, {"net>=2"});
  }
  index.add("net", "1");
  index.add("net", "2");
  const auto entry = refused({"app", "net<2"});
  EXPECT_EQ(entry.message,
            "no version of net satisfies all that require it: mlrepro.toml requires net<2; "
            "core 0 to " +
                last + " require net>=2");
  EXPECT_THAT(links(entry), Contains("app 0 to " + last + "|core within bounds of their own|core " + last));
  EXPECT_EQ(index.read.size(), 2U * count + 2);
  EXPECT_LT(index.rounds, 60);
}

TEST_F(PythonConflict, SaysTheSameInEveryOrder) {
  for (int i = 0; i < 40; ++i) {
    index.add("a", std::to_string(i), {"shared>=2", "c<" + std::to_string(i + 2)});
    index.add("b", std::to_string(i), {"shared<2", "c>=1"});
    index.add("c", std::to_string(i));
  }
  index.add("shared", "1");
  index.add("shared", "2");
  const std::string first = describe(std::get<Conflict>(resolve({"a", "b", "c>5"})));
  EXPECT_THAT(first, AllOf(HasSubstr("shared>=2"), HasSubstr("shared<2")));
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    index.reorder(seed);
    EXPECT_EQ(describe(std::get<Conflict>(resolve({"c>5", "b", "a"}))), first) << seed;
  }
}

TEST_F(PythonConflict, SeveralFailuresAreAllTold) {
  index.add("a", "1", {"missing"});
  index.add("b", "1");
  const auto result = resolve({"a", "b>3", "gone"});
  ASSERT_TRUE(std::holds_alternative<Conflict>(result));
  EXPECT_THAT(std::get<Conflict>(result).conflicts, SizeIs(3));
}

TEST_F(PythonConflict, AVersionWhoseMetadataRefusesThisPythonIsNamed) {
  FakeRelease release;
  release.requires_python = ">=3.12";
  release.python_on_page = false;
  index.add("a", "1", release);
  const auto entry = refused({"a"});
  EXPECT_THAT(entry.message, HasSubstr("a 1"));
  EXPECT_THAT(links(entry),
              ElementsAre("mlrepro.toml|a|no version of a fits", "a 1|Python >=3.12|Python 3.11.2",
                          "mlrepro.toml|python.version = \"3.11.2\"|Python 3.11.2"));
}

}  // namespace
}  // namespace mlrepro
