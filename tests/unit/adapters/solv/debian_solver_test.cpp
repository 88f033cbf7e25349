#include "adapters/solv/debian_solver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DebianSolver : public ::testing::Test {
 protected:
  // "name version": fields
  void package(const std::string& name, const std::string& version, const std::string& fields = {}) {
    text_ += "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nFilename: pool/" + name +
             "_" + version + ".deb\nSize: 7\nSHA256: " + std::string(64, 'a') + "\n" + fields + "\n";
  }
  // What was said since the last call is one Packages file.
  void end_file() {
    const auto path = folder_.path() / ("Packages" + std::to_string(files_.size()));
    write_file_atomically(path, text_);
    files_.push_back({path, sha256(text_), release_});
    text_.clear();
  }
  DebianPool pool() {
    if (!text_.empty() || files_.empty()) end_file();
    return DebianPool(files_, "amd64", cache_);
  }
  std::variant<DebianChoice, DebianFailure> solve(DebianSolveRequest request) {
    return pool().solve(request);
  }
  // "name version" of what is chosen.
  std::vector<std::string> chosen(DebianSolveRequest request) {
    const auto answer = solve(std::move(request));
    std::vector<std::string> list;
    if (const auto* choice = std::get_if<DebianChoice>(&answer)) {
      for (const auto& one : choice->packages)
        list.push_back(one.name + " " + one.version);
    } else {
      list.emplace_back("no solution");
    }
    return list;
  }
  std::vector<std::string> chosen(const std::string& wish) {
    DebianSolveRequest request;
    request.wishes = {{{wish, "", ""}}};
    return chosen(request);
  }

  TemporaryDirectory folder_{std::filesystem::temp_directory_path(), "debian-solver"};
  std::filesystem::path cache_;
  std::string text_;
  deb::ReleaseFacts release_;  // of the files that end_file() makes
  std::vector<DebianIndexFile> files_;
};

TEST_F(DebianSolver, TakesEssentialPackagesAndWhatTheyNeed) {
  package("shell", "1", "Essential: yes\nPre-Depends: libc\n");
  package("libc", "2", "Priority: required\n");
  package("mount", "3", "Priority: required\n");
  package("apt", "4", "Priority: important\n");
  package("other", "5");
  EXPECT_THAT(chosen(DebianSolveRequest{}), ElementsAre("libc 2", "shell 1"));
  DebianSolveRequest minbase;
  minbase.minbase = true;
  EXPECT_THAT(chosen(minbase), ElementsAre("apt 4", "libc 2", "mount 3", "shell 1"));
}

TEST_F(DebianSolver, OrdersVersionsAsDebianDoesOverAllFiles) {
  package("a", "1.9");
  package("a", "1.10~rc1");
  end_file();
  package("a", "1:0.1");
  package("a", "1:0.1~beta");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1:0.1"));
  EXPECT_THAT(pool().versions("a"), ElementsAre("1:0.1", "1:0.1~beta", "1.10~rc1", "1.9"));
}

TEST_F(DebianSolver, PrioritiesComeBeforeVersions) {
  package("a", "1", "Depends: b\n");
  package("b", "1");
  end_file();
  release_.codename = "backports";
  release_.not_automatic = release_.but_automatic_upgrades = true;
  package("a", "2", "Depends: b (>= 2)\n");
  package("b", "2");
  package("c", "2", "Depends: b (>= 2)\n");
  end_file();
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "b 1"));
  EXPECT_THAT(chosen("c"), ElementsAre("b 2", "c 2"));
  DebianSolveRequest request;
  request.wishes = {{{"a", "", "", "backports"}}};
  EXPECT_THAT(chosen(request), ElementsAre("a 2", "b 2"));
  request.wishes = {{{"a", "=", "2"}}};
  EXPECT_THAT(chosen(request), ElementsAre("a 2", "b 2"));
  request.wishes = {{{"a", "", ""}}};
  request.pins = {{{"*"}, "backports", "", 600}};
  EXPECT_THAT(chosen(request), ElementsAre("a 2", "b 2"));
  request.pins = {{{"b"}, "backports", "", 600}};
  EXPECT_THAT(chosen(request), ElementsAre("a 1", "b 2"));
  // Of the previous lock: kept where it is of the same rank, and not where only a wish had brought it.
  request.pins = {};
  request.preferred = {{"a", "2"}, {"b", "2"}};
  EXPECT_THAT(chosen(request), ElementsAre("a 1", "b 1"));
}

TEST_F(DebianSolver, ExcludedAndForbiddenPackagesAreNeverChosen) {
  package("a", "1", "Depends: b | c\nRecommends: d\n");
  package("b", "1");
  package("c", "1");
  package("d", "1");
  package("e", "1", "Essential: yes\n");
  DebianSolveRequest request;
  request.wishes = {{{"a", "", ""}}};
  request.recommends_of = {"a"};
  EXPECT_THAT(chosen(request), ElementsAre("a 1", "b 1", "d 1", "e 1"));
  request.excluded = {"b", "d", "e"};
  EXPECT_THAT(chosen(request), ElementsAre("a 1", "c 1"));
  request.pins = {{{"c"}, "", "1", -1}};
  const auto answer = solve(request);
  ASSERT_TRUE(std::holds_alternative<DebianFailure>(answer));
  const auto& steps = std::get<DebianFailure>(answer).problems.at(0);
  const auto step =
      std::find_if(steps.begin(), steps.end(), [](const auto& one) { return !one.barred.empty(); });
  ASSERT_NE(step, steps.end());
  EXPECT_THAT(step->barred, ElementsAre(DebianLabel{"b", "1"}, DebianLabel{"c", "1"}));
}

TEST_F(DebianSolver, TheEarlierFileWinsBetweenEqualVersions) {
  package("a", "1");
  end_file();
  package("a", "1");
  const auto answer = solve({.wishes = {{{"a", "", ""}}}, .preferred = {}});
  ASSERT_TRUE(std::holds_alternative<DebianChoice>(answer));
  EXPECT_EQ(std::get<DebianChoice>(answer).packages.at(0).file, 0U);
}

TEST_F(DebianSolver, TakesTheFirstAlternativeUnlessAnotherIsThereAlready) {
  package("a", "1", "Depends: x | y\n");
  package("b", "1", "Depends: c\n");
  package("c", "1", "Depends: y\n");
  package("x", "1");
  package("y", "1");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "x 1"));
  // Depth first, as apt walks: what `b` leads to is not looked at before what `a` does.
  EXPECT_THAT(chosen({.wishes = {{{"a", "", ""}}, {{"b", "", ""}}}, .preferred = {}}),
              ElementsAre("a 1", "b 1", "c 1", "x 1", "y 1"));
  EXPECT_THAT(chosen({.wishes = {{{"a", "", ""}}, {{"y", "", ""}}}, .preferred = {}}),
              ElementsAre("a 1", "y 1"));
}

TEST_F(DebianSolver, PassesOverAnAlternativeThatCannotBeInstalled) {
  package("a", "1", "Depends: gone | x | y\n");
  package("x", "1", "Depends: z\n");
  package("z", "1", "Depends: nowhere\n");
  package("y", "1");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "y 1"));
}

TEST_F(DebianSolver, TheRealPackageComesBeforeItsProvidersAndTheImportantBeforeTheOptional) {
  package("a", "1", "Depends: mail\n");
  package("anna", "1", "Provides: mail, awk\nPriority: optional\n");
  package("mail", "1");
  package("b", "1", "Depends: awk\n");
  package("zawk", "1", "Provides: awk\nPriority: required\n");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "mail 1"));
  EXPECT_THAT(chosen("b"), ElementsAre("b 1", "zawk 1"));
  EXPECT_THAT(pool().providers("awk"), ElementsAre("anna", "zawk"));
}

TEST_F(DebianSolver, UnversionedProvidesMeetNoVersionedRelation) {
  package("a", "1", "Depends: virtual (>= 1)\n");
  package("p", "5", "Provides: virtual\n");
  package("q", "1", "Provides: virtual (= 2)\n");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "q 1"));
}

TEST_F(DebianSolver, AnArchitectureQualifierOfOursIsTheNameAlone) {
  package("a", "1", "Depends: b:amd64 (>= 1), c:any, d:any (>= 2) | e\n");
  package("b", "1");
  package("c", "1", "Multi-Arch: allowed\n");
  package("d", "2", "Multi-Arch: foreign\n");
  package("e", "1");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1", "b 1", "c 1", "e 1"));
}

TEST_F(DebianSolver, APackageMayConflictWithWhatItProvides) {
  package("a", "1", "Provides: mta\nConflicts: mta\n");
  package("b", "1", "Provides: mta\nConflicts: mta\n");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1"));
  EXPECT_THAT(chosen({.wishes = {{{"a", "", ""}}, {{"b", "", ""}}}, .preferred = {}}),
              ElementsAre("no solution"));
}

TEST_F(DebianSolver, FallsBackToOlderVersionsOnlyWhereNothingElseHelps) {
  package("a", "2", "Depends: lib (= 2)\n");
  package("a", "1", "Depends: lib (= 1)\n");
  package("lib", "2");
  package("lib", "1");
  EXPECT_THAT(chosen("a"), ElementsAre("a 2", "lib 2"));
  EXPECT_THAT(chosen({.wishes = {{{"a", "=", "1"}}}, .preferred = {}}), ElementsAre("a 1", "lib 1"));
  EXPECT_THAT(chosen({.wishes = {{{"lib", "<<", "2"}}, {{"a", "", ""}}}, .preferred = {}}),
              ElementsAre("a 1", "lib 1"));
}

TEST_F(DebianSolver, KeepsPreferredVersionsThatTheWishesAllow) {
  package("a", "3", "Depends: b\n");
  package("a", "2", "Depends: b\n");
  package("b", "2");
  package("b", "1");
  DebianSolveRequest request;
  request.wishes = {{{"a", "", ""}}};
  request.preferred = {{"a", "2"}, {"b", "1"}, {"gone", "1"}};
  EXPECT_THAT(chosen(request), ElementsAre("a 2", "b 1"));
  request.wishes = {{{"a", ">=", "3"}}};
  EXPECT_THAT(chosen(request), ElementsAre("a 3", "b 1"));
}

TEST_F(DebianSolver, RecommendsComeOnlyWhenAskedForAndNeverBreakAnything) {
  package("a", "1", "Recommends: x, nowhere, clash\n");
  package("x", "1", "Depends: y\n");
  package("y", "1");
  package("clash", "1", "Conflicts: a\n");
  EXPECT_THAT(chosen("a"), ElementsAre("a 1"));
  EXPECT_THAT(chosen({.wishes = {{{"a", "", ""}}}, .recommends = true, .preferred = {}}),
              ElementsAre("a 1", "x 1", "y 1"));
}

TEST_F(DebianSolver, TheOrderOfWishesMeansNothing) {
  package("a", "1", "Depends: x | y\n");
  package("b", "1", "Depends: y | x\n");
  package("x", "1", "Conflicts: y\n");
  package("y", "1");
  const DebianWish a = {{"a", "", ""}};
  const DebianWish b = {{"b", "", ""}};
  const auto first = chosen({.wishes = {a, b}, .preferred = {}});
  EXPECT_EQ(first.size(), 3U);
  EXPECT_EQ(first, chosen({.wishes = {b, a, b}, .preferred = {}}));
}

TEST_F(DebianSolver, TellsWhoNeedsWhat) {
  package("a", "1", "Depends: lib\n");
  package("b", "1", "Pre-Depends: lib (>= 1) | other\n");
  package("lib", "1", "Depends: lib\n");
  const auto answer = solve({.wishes = {{{"b", "", ""}}, {{"a", "", ""}}}, .preferred = {}});
  ASSERT_TRUE(std::holds_alternative<DebianChoice>(answer));
  const auto& packages = std::get<DebianChoice>(answer).packages;
  ASSERT_EQ(packages.size(), 3U);
  EXPECT_THAT(packages[0].wishes, ElementsAre(1U));
  EXPECT_THAT(packages[1].wishes, ElementsAre(0U));
  EXPECT_THAT(packages[2].wishes, IsEmpty());
  EXPECT_THAT(packages[2].required_by, ElementsAre("a", "b"));
  EXPECT_EQ(packages[2].path, "pool/lib_1.deb");
  EXPECT_EQ(packages[2].size, 7U);
  EXPECT_EQ(packages[2].sha256.hex(), std::string(64, 'a'));
}

TEST_F(DebianSolver, AFailureNamesTheStepsFromTheWish) {
  package("a", "1", "Depends: b\n");
  package("b", "1", "Depends: c (>= 2)\n");
  package("c", "1");
  const auto answer = solve({.wishes = {{{"a", "", ""}}}, .preferred = {}});
  ASSERT_TRUE(std::holds_alternative<DebianFailure>(answer));
  const auto& problems = std::get<DebianFailure>(answer).problems;
  ASSERT_EQ(problems.size(), 1U);
  ASSERT_EQ(problems[0].size(), 3U);
  EXPECT_EQ(problems[0][0].kind, DebianStep::Kind::wish);
  EXPECT_EQ(problems[0][1].from, (DebianLabel{"a", "1"}));
  EXPECT_EQ(problems[0][2].from, (DebianLabel{"b", "1"}));
  EXPECT_EQ(problems[0][2].relation, "c (>= 2)");
  EXPECT_THAT(problems[0][2].to, IsEmpty());
}

TEST_F(DebianSolver, TheCacheGivesTheSameAnswerAndSurvivesDamage) {
  cache_ = folder_.path() / "cache";
  package("a", "1", "Depends: x | y, z\nEssential: yes\n");
  package("x", "1", "Priority: standard\n");
  package("y", "1");
  package("z", "1");
  const auto cold = chosen("y");
  const auto entry = *std::filesystem::directory_iterator(cache_);
  EXPECT_EQ(chosen("y"), cold);
  std::fstream(entry.path(), std::ios::in | std::ios::out).seekp(200).put('?');
  EXPECT_EQ(chosen("y"), cold);
  std::filesystem::resize_file(entry.path(), 70);
  EXPECT_EQ(chosen("y"), cold);
  EXPECT_GT(std::filesystem::file_size(entry.path()), 70U);
}

TEST_F(DebianSolver, AnIndexThatIsNotTheOneThatWasVerifiedIsRefused) {
  package("a", "1");
  end_file();
  write_file_atomically(files_[0].path, "Package: evil\nVersion: 1\nArchitecture: all\n");
  try {
    (void)pool();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "hash-mismatch");
  }
}

TEST_F(DebianSolver, APoolPathThatLeadsUpwardsIsRefused) {
  text_ = "Package: aa\nVersion: 1\nArchitecture: all\nFilename: ../../etc/passwd\nSize: 1\nSHA256: " +
          std::string(64, '0') + "\n";
  EXPECT_THROW((void)chosen("aa"), Error);
}

TEST_F(DebianSolver, AnEmptyIndexHasNothing) {
  EXPECT_THAT(chosen(DebianSolveRequest{}), IsEmpty());
  EXPECT_THAT(pool().names(), IsEmpty());
}

}  // namespace
}  // namespace mlrepro
