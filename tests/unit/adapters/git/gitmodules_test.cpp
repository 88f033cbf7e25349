#include "adapters/git/gitmodules.hpp"

#include <gtest/gtest.h>

#include "adapters/git/netrc.hpp"

namespace mlrepro::git {
namespace {

TEST(Gitmodules, ReadsPathsAndUrls) {
  const auto modules = parse_gitmodules(
      "[submodule \"a b\"]\n\tpath = lib/a ; where\n\turl = \"../a#1.git\"\r\n"
      "[core]\n\tpath = x\n\turl = y\n"
      "# nothing\n[submodule \"c\"]\n path=c/\n url=https://example.org/\\\nc.git\n update = none\n"
      "[submodule \"d\"]\n path = d\n");
  ASSERT_EQ(modules.size(), 2U);
  EXPECT_EQ(modules.at("lib/a").url, "../a#1.git");
  EXPECT_FALSE(modules.at("lib/a").left);
  EXPECT_EQ(modules.at("c").url, "https://example.org/c.git");
  EXPECT_TRUE(modules.at("c").left);
}

TEST(Gitmodules, UrlsAreOfTheParent) {
  const std::string parent = "https://host.test/org/repo.git";
  EXPECT_EQ(submodule_url(parent, "../other.git"), "https://host.test/org/other.git");
  EXPECT_EQ(submodule_url(parent, "./other.git"), "https://host.test/org/repo.git/other.git");
  EXPECT_EQ(submodule_url(parent, "../../elsewhere/x"), "https://host.test/elsewhere/x");
  EXPECT_EQ(submodule_url(parent, "../../../../x"), std::nullopt);
  EXPECT_EQ(submodule_url(parent, "git@host.test:org/x.git"), "ssh://git@host.test/org/x.git");
  EXPECT_EQ(submodule_url(parent, "ssh://git@host.test/x"), "ssh://git@host.test/x");
  for (const char* local : {"/etc", "file:///etc", "ext::sh -c x", "other"})
    EXPECT_EQ(submodule_url(parent, local), std::nullopt) << local;
  EXPECT_EQ(submodule_url("file:///srv/a", "/srv/b"), "file:///srv/b");
  EXPECT_EQ(submodule_url("file:///srv/a", "../b"), "file:///srv/b");
}

TEST(Netrc, FindsTheHost) {
  const std::string text =
      "# mine\nmachine other.test login a password b\nmacdef init\nmachine host.test\n\n"
      "machine HOST.test\n  login me\n  password \"se cret\\\"\"\nmachine host.test login x\ndefault login d "
      "password e";
  EXPECT_EQ(find_login(text, "host.test")->user, "me");
  EXPECT_EQ(find_login(text, "host.test")->password, "se cret\"");
  EXPECT_EQ(find_login(text, "nowhere.test")->user, "d");
  EXPECT_EQ(find_login("machine a login b", "c"), std::nullopt);
}

}  // namespace
}  // namespace mlrepro::git
