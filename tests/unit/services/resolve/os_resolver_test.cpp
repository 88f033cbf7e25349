#include "services/resolve/os_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "services/resolve/os_wish.hpp"

namespace mlrepro {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(OsWish, ReadsTheFormsOfTheManifest) {
  const auto terms = [](const char* text) { return parse_os_wish(text, "amd64").alternatives; };
  EXPECT_THAT(terms(" python3 "), ElementsAre(DebianTerm{"python3", "", ""}));
  EXPECT_THAT(terms("libjpeg-dev (>= 1:2)"), ElementsAre(DebianTerm{"libjpeg-dev", ">=", "1:2"}));
  EXPECT_THAT(terms("g++(<<13)"), ElementsAre(DebianTerm{"g++", "<<", "13"}));
  EXPECT_THAT(terms("name=1.2-3~x"), ElementsAre(DebianTerm{"name", "=", "1.2-3~x"}));
  EXPECT_THAT(terms("name:amd64 (= 1)"), ElementsAre(DebianTerm{"name", "=", "1"}));
  EXPECT_THAT(terms("a1|b1 (>> 2)"), ElementsAre(DebianTerm{"a1", "", ""}, DebianTerm{"b1", ">>", "2"}));
  EXPECT_THAT(terms("git/tiny-backports"), ElementsAre(DebianTerm{"git", "", "", "tiny-backports"}));
  EXPECT_THAT(terms("name:amd64/sid"), ElementsAre(DebianTerm{"name", "", "", "sid"}));
  EXPECT_EQ(parse_os_wish("name:i386", "amd64").foreign, "i386");
  EXPECT_TRUE(terms("name [arm64]").empty());
  EXPECT_EQ(parse_os_wish("name:any", "amd64").foreign, "");
}

TEST(OsWish, RefusesWhatDebianHasNoWordFor) {
  for (const char* text : {"", "Python3", "a", "python3 (", "python3 (3)", "python3 (>= )", "python3 >= 3",
                           "x y", "name=", "name (= v1)", "aa |", "../up", "name:", "name (== 1)", "git/",
                           "git/a b", "git/a/b", "git/*"}) {
    EXPECT_THROW((void)parse_os_wish(text, "amd64"), Error) << text;
  }
}

class OsResolver : public ::testing::Test {
 protected:
  void package(const std::string& name, const std::string& version, const std::string& fields = {}) {
    text_ += "Package: " + name + "\nVersion: " + version + "\nArchitecture: amd64\nFilename: pool/" + name +
             "_" + version + ".deb\nSize: 7\nSHA256: " + std::string(64, 'a') + "\n" + fields + "\n";
  }
  void end_file(const std::string& source) {
    PackagesFile file;
    file.source = source;
    file.path = folder_.path() / ("Packages" + std::to_string(request_.files.size()));
    file.locked.sha256 = sha256(text_);
    write_file_atomically(file.path, text_);
    request_.files.push_back(file);
    text_.clear();
  }
  std::variant<OsSolution, Conflict> resolve(std::vector<std::string> wishes) {
    if (!text_.empty()) end_file("debian test");
    request_.architecture = "amd64";
    request_.base = "essential";
    request_.packages = std::move(wishes);
    return resolve_os(request_);
  }
  ConflictEntry refused(std::vector<std::string> wishes) {
    auto answer = resolve(std::move(wishes));
    if (auto* conflict = std::get_if<Conflict>(&answer)) return conflict->conflicts.at(0);
    ADD_FAILURE() << "a solution where none was expected";
    return {};
  }

  TemporaryDirectory folder_{std::filesystem::temp_directory_path(), "os-resolver"};
  OsRequest request_;
  std::string text_;
};

TEST_F(OsResolver, FillsWhatTheLockHolds) {
  package("base-files", "12", "Essential: yes\n");
  package("python3", "3.11", "Depends: libc6 (>= 2)\n");
  end_file("debian test");
  package("libc6", "2.36");
  end_file("debian-security test");
  const auto answer = resolve({"python3 (>= 3)"});
  ASSERT_TRUE(std::holds_alternative<OsSolution>(answer));
  const auto& packages = std::get<OsSolution>(answer).packages;
  ASSERT_EQ(packages.size(), 3U);
  EXPECT_EQ(packages[0].name, "base-files");
  EXPECT_TRUE(packages[0].essential);
  EXPECT_FALSE(packages[0].requested);
  EXPECT_EQ(packages[1].name, "libc6");
  EXPECT_EQ(packages[1].source, "debian-security test");
  EXPECT_THAT(packages[1].required_by, ElementsAre("python3"));
  EXPECT_TRUE(packages[2].requested);
  EXPECT_EQ(packages[2].path, "pool/python3_3.11.deb");
}

TEST_F(OsResolver, AnUnknownPackageComesWithTheNearestName) {
  package("python3", "3.11");
  const auto entry = refused({"pyton3"});
  EXPECT_EQ(entry.message, "no package \"pyton3\" in debian test");
  EXPECT_THAT(entry.suggestion, HasSubstr("\"python3\""));
}

TEST_F(OsResolver, AVersionThatIsNotThereComesWithThoseThatAre) {
  package("python3", "3.11");
  const auto entry = refused({"python3 (>= 4)"});
  EXPECT_EQ(entry.message, "no python3 (>= 4) in debian test");
  EXPECT_THAT(entry.suggestion, HasSubstr("python3 3.11"));
}

TEST_F(OsResolver, AMissingDependencyIsToldAsAChain) {
  package("aa", "1", "Depends: bb\n");
  package("bb", "1", "Depends: cc (>= 2)\n");
  package("cc", "1");
  const auto entry = refused({"aa"});
  EXPECT_EQ(entry.message, "bb 1 needs cc (>= 2), which nothing in debian test provides");
  ASSERT_EQ(entry.chain.size(), 3U);
  EXPECT_EQ(entry.chain[0].from, "mlrepro.toml");
  EXPECT_EQ(entry.chain[0].requirement, "aa");
  EXPECT_EQ(entry.chain[1].to, "bb 1");
  EXPECT_EQ(entry.chain[2].requirement, "cc (>= 2)");
  EXPECT_EQ(entry.chain[2].to, "no package in debian test");
  EXPECT_THAT(entry.suggestion, HasSubstr("cc 1"));
}

TEST_F(OsResolver, AConflictIsToldFromBothSides) {
  package("aa", "1", "Depends: xx\n");
  package("bb", "1", "Depends: yy\n");
  package("xx", "1", "Breaks: zz, yy (<< 2)\nConflicts: ww\n");
  package("yy", "1");
  package("cc", "1", "Depends: ww\n");
  package("ww", "1");
  EXPECT_EQ(refused({"aa", "cc"}).message,
            "xx 1 and ww 1 cannot be installed together: the first conflicts with ww");
  const auto entry = refused({"bb", "aa"});
  EXPECT_EQ(entry.message, "xx 1 and yy 1 cannot be installed together: the first breaks yy (<< 2)");
  ASSERT_EQ(entry.chain.size(), 5U);
  EXPECT_EQ(entry.chain[4].requirement, "the absence of yy (<< 2)");
  EXPECT_EQ(entry.suggestion, "leaving out \"aa\" lets it resolve; so does leaving out \"bb\"");
}

TEST_F(OsResolver, AWishThatHasNoPartIsNotNamed) {
  package("aa", "1", "Depends: lib (= 1)\n");
  package("bb", "1", "Depends: lib (= 2)\n");
  package("cc", "1", "Depends: lib\n");
  package("lib", "1");
  package("lib", "2");
  const auto entry = refused({"cc", "aa", "bb"});
  for (const auto& link : entry.chain)
    EXPECT_NE(link.requirement, "cc");
  EXPECT_EQ(entry.suggestion, "leaving out \"aa\" lets it resolve; so does leaving out \"bb\"");
}

TEST_F(OsResolver, WhatAnExclusionForbidsIsAllowedAgain) {
  package("aa", "1", "Depends: bb\n");
  package("bb", "1");
  request_.exclude = {"bb"};
  EXPECT_EQ(refused({"aa"}).suggestion, "taking bb out of os.exclude lets it resolve: bb 1");
  EXPECT_EQ(refused({"bb"}).suggestion, "taking bb out of os.exclude lets it resolve: bb 1");
}

TEST_F(OsResolver, OfSeveralProblemsEachHasItsOwnChange) {
  package("aa", "1");
  package("python3", "3.11");
  auto answer = resolve({"aa (>= 2)", "pyton3"});
  const auto& conflicts = std::get<Conflict>(answer).conflicts;
  ASSERT_EQ(conflicts.size(), 2U);
  EXPECT_EQ(conflicts[0].suggestion, "\"aa\" instead of \"aa (>= 2)\" lets it resolve: aa 1");
  EXPECT_THAT(conflicts[1].suggestion,
              HasSubstr("\"python3\" instead of \"pyton3\" lets it resolve: python3 3.11"));
}

TEST_F(OsResolver, TwoVersionsOfOnePackageAreToldApart) {
  package("aa", "1", "Depends: lib (= 1)\n");
  package("bb", "1", "Depends: lib (= 2)\n");
  package("lib", "1");
  package("lib", "2");
  const auto entry = refused({"aa", "bb"});
  EXPECT_THAT(entry.message, HasSubstr("lib 2 and lib 1 are both asked for"));
  EXPECT_EQ(entry.chain.size(), 4U);
}

TEST_F(OsResolver, AVirtualPackageWithSeveralProvidersIsTheManifestsChoice) {
  package("mawk", "1", "Provides: awk\n");
  package("gawk", "1", "Provides: awk\n");
  package("only", "1", "Provides: single\n");
  const auto entry = refused({"awk"});
  EXPECT_THAT(entry.suggestion, HasSubstr("gawk, mawk"));
  EXPECT_TRUE(std::holds_alternative<OsSolution>(resolve({"single"})));
  EXPECT_TRUE(std::holds_alternative<OsSolution>(resolve({"awk | nothing"})));
}

TEST_F(OsResolver, AnotherArchitectureIsRefused) {
  package("aa", "1");
  EXPECT_THAT(refused({"aa:i386"}).message, HasSubstr("architecture i386"));
}

}  // namespace
}  // namespace mlrepro
