#include "standards/deb/relation.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::deb {
namespace {

// Policy 7.1's own examples.
TEST(DebRelation, ReadsThePolicyExamples) {
  const auto depends = parse_relations("libc6 (>= 2.2.1), exim | mail-transport-agent");
  ASSERT_EQ(depends.size(), 2U);
  EXPECT_EQ(depends[0][0].name, "libc6");
  EXPECT_EQ(depends[0][0].comparison, Comparison::greater_equal);
  EXPECT_EQ(depends[0][0].version, "2.2.1");
  ASSERT_EQ(depends[1].size(), 2U);
  EXPECT_EQ(depends[1][1].name, "mail-transport-agent");

  const auto build =
      parse_relations("kernel-headers-2.2.10 [!hurd-i386], hurd-dev [hurd-i386], gnumach-dev [hurd-i386]");
  EXPECT_TRUE(build[0][0].applies("amd64"));
  EXPECT_FALSE(build[0][0].applies("hurd-i386"));
  EXPECT_FALSE(build[1][0].applies("amd64"));

  const auto both = parse_relations("foo [i386], bar [linux-any] | baz (<= 2) [!amd64 !arm64]");
  EXPECT_FALSE(both[0][0].applies("amd64"));
  EXPECT_TRUE(both[1][0].applies("amd64"));
  EXPECT_FALSE(both[1][1].applies("arm64"));
}

TEST(DebRelation, ReadsQualifiersAndProfiles) {
  const auto relations = parse_relations("python3:any (>= 3.5~), perl:native <!nocheck !stage1> <cross>");
  EXPECT_EQ(relations[0][0].qualifier, "any");
  EXPECT_EQ(relations[0][0].version, "3.5~");
  EXPECT_TRUE(relations[1][0].applies("amd64"));
  EXPECT_FALSE(relations[1][0].applies("amd64", {"nocheck"}));
  EXPECT_TRUE(relations[1][0].applies("amd64", {"nocheck", "cross"}));
}

TEST(DebRelation, IsIndifferentToWhiteSpaceAndEmptyGroups) {
  const auto relations = parse_relations(" libc6(>=2.2)\n ,libfoo1(<<1.2)|libbar,,\n");
  ASSERT_EQ(relations.size(), 2U);
  EXPECT_EQ(to_string(relations), "libc6 (>= 2.2), libfoo1 (<< 1.2) | libbar");
  EXPECT_TRUE(parse_relations("").empty());
}

TEST(DebRelation, RendersWhatItReads) {
  for (const char* text :
       {"libc6", "a1:any (>= 1:2-3) | b2 [amd64 arm64] <!x y> <z>", "a1 (= 1), b2 (>> 2~)"})
    EXPECT_EQ(to_string(parse_relations(text)), text);
}

TEST(DebRelation, RefusesWhatIsNone) {
  for (const char* text :
       {"a", "Foo", "libc6 (>= )", "libc6 (2.2)", "libc6 (>= 2.2", "libc6 (=> 2)", "libc6 libfoo", "libc6 |",
        "libc6 []", "libc6:", "libc6 [!]", "libc6 (>= v1)", "../x", "libc6 <"})
    EXPECT_FALSE(try_parse_relations(text)) << text;
}

TEST(DebRelation, ReadsWishes) {
  EXPECT_EQ(to_string(parse_wish("libjpeg-dev (>= 1:2)")), "libjpeg-dev (>= 1:2)");
  EXPECT_EQ(to_string(parse_wish("hello=2.10-3")), "hello (= 2.10-3)");
  EXPECT_EQ(to_string(parse_wish(" awk1 | mawk ")), "awk1 | mawk");
  EXPECT_EQ(to_string(parse_wish("hello:amd64=2.10-3")), "hello:amd64 (= 2.10-3)");
  for (const char* text : {"", "aa, bb", "hello=", "hello=x", "aa | bb=1", "hello==1"})
    EXPECT_THROW((void)parse_wish(text), Error) << text;
}

TEST(DebRelation, MatchesArchitectureWildcards) {
  EXPECT_TRUE(architecture_matches("amd64", "any"));
  EXPECT_TRUE(architecture_matches("amd64", "any-amd64"));
  EXPECT_TRUE(architecture_matches("amd64", "linux-any"));
  EXPECT_TRUE(architecture_matches("kfreebsd-amd64", "any-amd64"));
  EXPECT_FALSE(architecture_matches("hurd-i386", "linux-any"));
}

}  // namespace
}  // namespace mlrepro::deb
