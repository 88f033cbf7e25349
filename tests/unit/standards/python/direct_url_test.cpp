#include "standards/python/direct_url.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

DirectRequirement read(std::string_view text) {
  std::string why;
  auto out = DirectRequirement::parse(text, why);
  EXPECT_TRUE(out) << text << ": " << why;
  return out.value_or(DirectRequirement{});
}

std::string refused(std::string_view text) {
  std::string why;
  EXPECT_FALSE(DirectRequirement::parse(text, why)) << text;
  return why;
}

TEST(DirectUrl, GitWithEverything) {
  const auto out = read("Foo[Bar] @ git+https://host.test/a/b.git@feature/x#subdirectory=sub/dir&egg=foo");
  EXPECT_EQ(out.name, "foo");
  EXPECT_EQ(out.extras, std::vector<std::string>{"bar"});
  EXPECT_EQ(out.url.kind, DirectUrl::Kind::git);
  EXPECT_EQ(out.url.url, "https://host.test/a/b.git");
  EXPECT_EQ(out.url.revision, "feature/x");
  EXPECT_EQ(out.url.subdirectory, "sub/dir");
  EXPECT_EQ(out.str(), "foo[bar] @ git+https://host.test/a/b.git@feature/x#subdirectory=sub/dir");
}

TEST(DirectUrl, BareGitTakesItsNameFromTheEgg) {
  const auto out = read("git+ssh://git@host.test/a.git#egg=My_Pkg[x,y]");
  EXPECT_EQ(out.name, "my-pkg");
  EXPECT_EQ(out.extras, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(out.url.revision, "");
  EXPECT_EQ(out.str(), "my-pkg[x,y] @ git+ssh://git@host.test/a.git");
}

TEST(DirectUrl, UserInTheHostIsNoRevision) {
  EXPECT_EQ(read("x @ git+https://user@host.test/a").url.revision, "");
  EXPECT_EQ(read("x @ git+https://user@host.test/a@b").url.revision, "b");
}

TEST(DirectUrl, CredentialsAreNeverWritten) {
  EXPECT_EQ(read("x @ git+https://me:secret@host.test/a.git@v1").str(), "x @ git+https://host.test/a.git@v1");
  EXPECT_EQ(read("x @ https://token@host.test/x-1.zip").str(), "x @ https://host.test/x-1.zip");
  EXPECT_EQ(without_userinfo("ssh://git:pw@host.test/a"), "ssh://git@host.test/a");
  EXPECT_EQ(without_userinfo("https://a@b:c@host.test/a@b"), "https://host.test/a@b");
}

TEST(DirectUrl, WheelByUrl) {
  const auto out =
      read("https://host.test/w/foo_bar-1.0%2Bcpu-py3-none-any.whl#sha256=" + std::string(64, 'a'));
  EXPECT_EQ(out.name, "foo-bar");
  EXPECT_EQ(out.url.file_name(), "foo_bar-1.0+cpu-py3-none-any.whl");
  EXPECT_EQ(out.url.sha256->hex(), std::string(64, 'a'));
}

TEST(DirectUrl, PathsAreNormal) {
  EXPECT_EQ(read("./pkg").str(), "./pkg");
  EXPECT_EQ(read("sub/../pkg/").str(), "./pkg");
  EXPECT_EQ(read(".").str(), ".");
  EXPECT_EQ(read("../pkg[test] ; python_version > '3'").str(), "../pkg[test] ; python_version > \"3\"");
  EXPECT_EQ(read("file:///srv/a%20b").url.path, "/srv/a b");
  EXPECT_EQ(read("file:///srv/a%20b").str(), "file:///srv/a%20b");
  EXPECT_EQ(read("name @ file:pkg").str(), "name @ ./pkg");
  EXPECT_EQ(read("./my%20pkg").url.path, "my%20pkg");
  EXPECT_EQ(read("./my pkg").str(), "file:./my%20pkg");
  EXPECT_EQ(read("dist/foo-1.0-py3-none-any.whl").str(), "foo @ ./dist/foo-1.0-py3-none-any.whl");
}

TEST(DirectUrl, WhatIsDirect) {
  for (const char* line :
       {".", "./a", "/a", "a/b", "foo-1.0-py3-none-any.whl", "foo-1.tar.gz", "file:a", "git+https://h.test/a",
        "https://h.test/a.zip", "a @ https://h.test/a.zip", "a@https://h.test/a.zip", "a[b]@ ./c", "../a[x]"})
    EXPECT_TRUE(is_direct(line)) << line;
  for (const char* line :
       {"numpy", "numpy==1.0", "a[b]>=1; python_version<'3'", "a.b", "a (>=1)", "a;os_name=='x/y'", ""})
    EXPECT_FALSE(is_direct(line)) << line;
}

TEST(DirectUrl, RefusesWithReasons) {
  EXPECT_NE(refused("x @ hg+https://h.test/a").find("git alone"), std::string::npos);
  EXPECT_NE(refused("x @ git+https://h.test/a#subdirectory=../b").find("leads out"), std::string::npos);
  EXPECT_NE(refused("x @ https://h.test/page").find("neither a wheel"), std::string::npos);
  EXPECT_NE(refused("x @ https://h.test/a.zip#sha256=12").find("no SHA-256"), std::string::npos);
  EXPECT_NE(refused("x @ https://h.test/a.zip#md5=12").find("not checked"), std::string::npos);
  EXPECT_NE(refused("x @ file://other/a").find("another machine"), std::string::npos);
  EXPECT_NE(refused("git+git@h.test:a/b.git").find("//"), std::string::npos);
  EXPECT_NE(refused("x @ git+https://h.test/a@--upload-pack=x").find("no branch"), std::string::npos);
  EXPECT_NE(refused("x @ git+https://h.test/a@").find("no branch"), std::string::npos);
}

}  // namespace
}  // namespace mlrepro::python
