#include "documents/config/pylock_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "documents/config/pylock_marker.hpp"

namespace mlrepro {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string head = "lock-version = \"1.0\"\ncreated-by = \"tests\"\n";
const std::string digest(64, 'a');
const std::string file =
    "url = \"https://example.org/f\"\nhashes = { sha256 = \"" + std::string(64, 'a') + "\" }\n";

std::string wheel_of(const std::string& name, const std::string& version, const std::string& more = {}) {
  return "[[packages]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n" + more +
         "[[packages.wheels]]\n" + file;
}

PylockFile read(const std::string& text, const PylockWish& wish = {}) {
  return parse_pylock(text, "pylock.toml", "", wish);
}

std::string refusal(const std::string& text, const PylockWish& wish = {}) {
  try {
    (void)read(text, wish);
  } catch (const Error& error) {
    return error.code() + ": " + error.message();
  }
  return "taken";
}

std::string folded(const std::string& text) {
  const auto marker = fold_marker(text, {{"gpu"}, {"dev"}});
  return !marker ? "none" : marker->never ? "never" : marker->text.empty() ? "always" : marker->text;
}

TEST(Pylock, EachPackageIsAnExactPinWithItsFiles) {
  const auto lock =
      read(head + "environments = [\"sys_platform == 'linux'\"]\nrequires-python = \">=3.9\"\n" +
           wheel_of("Num_Py", "2.0.1+cu12", "marker = \"python_version < '3.12'\"\n") +
           "[[packages]]\nname = \"a\"\n[[packages.wheels]]\nname = \"a-1.5-py3-none-any.whl\"\n" + file +
           "[[packages]]\nname = \"b\"\nversion = \"3\"\n[packages.sdist]\n" + file);
  EXPECT_THAT(lock.requirements,
              ElementsAre("Num_Py==2.0.1+cu12 ; python_version < '3.12'", "a==1.5", "b==3"));
  EXPECT_EQ(lock.hashes.at("num-py").front().hex(), digest);
  EXPECT_EQ(lock.hashes.size(), 3U);
  EXPECT_THAT(lock.environments, ElementsAre("sys_platform == 'linux'"));
  EXPECT_EQ(lock.requires_python, ">=3.9");
  EXPECT_TRUE(lock.warnings.empty());
}

TEST(Pylock, SourcesAreRequirementsByUrl) {
  const std::string commit(40, 'c');
  const auto lock =
      parse_pylock(head +
                       "[[packages]]\nname = \"g\"\n[packages.vcs]\ntype = \"git\"\nurl = "
                       "\"https://example.org/g\"\ncommit-id = \"" +
                       commit + "\"\nsubdirectory = \"sub\"\n" +
                       "[[packages]]\nname = \"d\"\nmarker = \"os_name == 'posix'\"\ndirectory "
                       "= { path = \"../d\", editable = true }\n" +
                       "[[packages]]\nname = \"h\"\nvcs = { type = \"git\", path = \"../h h\", "
                       "commit-id = \"" +
                       commit + "\" }\n" + "[[packages]]\nname = \"e\"\n[packages.archive]\n" + file,
                   "pylock.toml", "locks", {});
  EXPECT_THAT(lock.requirements, ElementsAre("g @ git+https://example.org/g@" + commit + "#subdirectory=sub",
                                             "d @ ./d ; os_name == 'posix'", "h @ git+file:h%20h@" + commit,
                                             "e @ https://example.org/f#sha256=" + digest));
}

TEST(Pylock, ExtrasAndGroupsChoose) {
  const std::string text =
      head + "extras = [\"gpu\"]\ndependency-groups = [\"dev\", \"docs\"]\ndefault-groups = [\"docs\"]\n" +
      wheel_of("a", "1", "marker = \"'gpu' in extras and os_name == 'posix'\"\n") +
      wheel_of("b", "1", "marker = \"'dev' in dependency_groups\"\n") +
      wheel_of("c", "1", "marker = \"'docs' in dependency_groups\"\n");
  EXPECT_THAT(read(text).requirements, ElementsAre("c==1"));
  EXPECT_THAT(read(text, {{"GPU"}, {"dev"}}).requirements, ElementsAre("a==1 ; os_name == 'posix'", "b==1"));
  EXPECT_THAT(refusal(text, {{"gpus"}, {}}), HasSubstr("no-extra: "));
  EXPECT_THAT(refusal(text, {{}, {"test"}}), HasSubstr("no-group: "));
  EXPECT_EQ(refusal(text, {{"gpus"}, {}, true}), "taken");
}

TEST(Pylock, MarkersAreFoldedAsFarAsTheyAreKnown) {
  EXPECT_EQ(folded("'gpu' in extras"), "always");
  EXPECT_EQ(folded("'cpu' in extras"), "never");
  EXPECT_EQ(folded("\"Dev\" not in dependency_groups"), "never");
  EXPECT_EQ(folded("os_name=='nt' or 'cpu' in extras"), "os_name == 'nt'");
  EXPECT_EQ(folded("os_name == 'nt' or 'gpu' in extras"), "always");
  EXPECT_EQ(folded("('gpu' in extras or os_name == 'nt') and python_version<'3'"), "python_version < '3'");
  EXPECT_EQ(folded("(os_name == 'a' or os_name == 'b') and 'gpu' in extras and python_version > '3'"),
            "(os_name == 'a' or os_name == 'b') and python_version > '3'");
  EXPECT_EQ(folded("sys_platform not in 'a b'"), "sys_platform not in 'a b'");
  for (const char* bad : {"", "extras", "'gpu' == extras", "extras in 'gpu'", "os_name == 'a' or",
                          "(os_name == 'a'", "os_name == 'a", "'x' in nothing"})
    EXPECT_EQ(folded(bad), "none") << bad;
  EXPECT_EQ(folded(std::string(100, '(') + "os_name == 'a'" + std::string(100, ')')), "none");
}

TEST(Pylock, VersionsOfTheFormat) {
  EXPECT_EQ(read("lock-version = \"1.7\"\ncreated-by = \"x\"\npackages = []\n").warnings.size(), 1U);
  EXPECT_THAT(refusal("lock-version = \"2.0\"\ncreated-by = \"x\"\npackages = []\n"),
              HasSubstr("lock-version: "));
  EXPECT_THAT(refusal("lock-version = \"x\"\ncreated-by = \"x\"\npackages = []\n"),
              HasSubstr("bad-pylock: "));
  EXPECT_THAT(refusal("lock-version = 1\ncreated-by = \"x\"\npackages = []\n"), HasSubstr("bad-pylock: "));
}

TEST(Pylock, WhatItMayNotSayIsRefused) {
  for (const std::string& body : {
           std::string("packages = 1\n"),
           std::string("[[packages]]\nversion = \"1\"\n"),
           std::string("[[packages]]\nname = \"a\"\nversion = \"1\"\n"),
           "[[packages]]\nname = \"a\"\nversion = \"1\"\ndirectory = { path = \"a\" "
           "}\n[[packages.wheels]]\n" +
               file,
           std::string("[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{ url = \"u\" }]\n"),
           std::string("[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{ url = \"u\", hashes = { md5 "
                       "= \"0\" } }]\n"),
           std::string(
               "[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{ hashes = { sha256 = \"0\" } }]\n"),
           wheel_of("a", "french toast"),
           wheel_of("a b", "1"),
           wheel_of("a", "1", "marker = \"nonsense\"\n"),
           std::string(
               "[[packages]]\nname = \"a\"\nvcs = { type = \"hg\", url = \"u\", commit-id = \"1\" }\n"),
           std::string(
               "[[packages]]\nname = \"a\"\nvcs = { type = \"git\", url = \"u v\", commit-id = \"1\" }\n"),
           std::string("environments = [\"'a' in extras\"]\npackages = []\n"),
           std::string("requires-python = \"three\"\npackages = []\n"),
       })
    EXPECT_THAT(refusal(head + body), HasSubstr("bad-pylock: pylock.toml")) << body;
  EXPECT_THAT(refusal("created-by = \"x\"\npackages = []\n"), HasSubstr("lock-version is missing"));
}

TEST(Pylock, KnownByItsName) {
  for (const char* name : {"pylock.toml", "pylock.dev.toml"})
    EXPECT_TRUE(is_pylock_name(name)) << name;
  for (const char* name :
       {"pyproject.toml", "pylock.a.b.toml", "pylock..toml", "mypylock.toml", "pylock.txt"})
    EXPECT_FALSE(is_pylock_name(name)) << name;
}

}  // namespace
}  // namespace mlrepro
