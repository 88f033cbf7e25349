#include "standards/docker/expansion.hpp"

#include <gtest/gtest.h>

namespace mlrepro::docker {
namespace {

Expanded of(std::string_view word, char escape = '\\') {
  static const Variables variables{{"A", "a"}, {"EMPTY", ""}, {"LONG_1", "x y"}, {"OUTSIDE", std::nullopt}};
  Budget budget(1U << 20);
  return expand(word, escape, variables, budget);
}

TEST(DockerExpansion, PlainAndBraces) {
  EXPECT_EQ(of("$A").text, "a");
  EXPECT_EQ(of("x${A}y$LONG_1.z").text, "xayx y.z");
  EXPECT_TRUE(of("$A").known);
  EXPECT_FALSE(of("$A").literal);
  EXPECT_TRUE(of("a").literal);
  EXPECT_EQ(of("$UNSET/x").text, "/x");
  EXPECT_FALSE(of("$UNSET/x").known);
  EXPECT_FALSE(of("$OUTSIDE").known);
}

TEST(DockerExpansion, Defaults) {
  EXPECT_EQ(of("${UNSET:-latest}").text, "latest");
  EXPECT_TRUE(of("${UNSET:-latest}").known);
  EXPECT_EQ(of("${A:-b}").text, "a");
  EXPECT_EQ(of("${EMPTY:-b}").text, "b");
  EXPECT_EQ(of("${EMPTY-b}").text, "");
  EXPECT_EQ(of("${A:+b}").text, "b");
  EXPECT_EQ(of("${UNSET:+b}").text, "");
  EXPECT_EQ(of("${UNSET:-x${A}y}").text, "xay");
  EXPECT_EQ(of("${UNSET:-${ALSO:-z}}").text, "z");
  EXPECT_TRUE(of("${A:-$UNSET}").known);
  EXPECT_FALSE(of("${OUTSIDE:-b}").known);
  EXPECT_FALSE(of("${UNSET:?message}").known);
  EXPECT_EQ(of("${A:?message}").text, "a");
}

TEST(DockerExpansion, QuotesAndEscapes) {
  EXPECT_EQ(of("'$A'").text, "$A");
  EXPECT_TRUE(of("'$A'").literal);
  EXPECT_EQ(of("\"$A b\"").text, "a b");
  EXPECT_EQ(of("\\$A").text, "$A");
  EXPECT_EQ(of("\"\\$A \\n\"").text, "$A \\n");
  EXPECT_EQ(of("`$A", '`').text, "$A");
  EXPECT_EQ(of("C:\\x", '`').text, "C:\\x");
  EXPECT_EQ(of("$").text, "$");
  EXPECT_EQ(of("$(x)").text, "$(x)");
  EXPECT_EQ(of("a\"b'c\"").text, "ab'c");
}

TEST(DockerExpansion, BrokenFormsStayAndAreUnknown) {
  for (const char* word : {"${", "${A", "${}", "${A:-b", "${A#x}", "${1}", "${A:"})
    EXPECT_FALSE(of(word).known) << word;
}

TEST(DockerExpansion, NestingAndSizeAreBounded) {
  std::string deep;
  for (int i = 0; i < 100000; ++i)
    deep += "${UNSET:-";
  EXPECT_FALSE(of(deep).known);
  const Variables big{{"B", std::string(60000, 'b')}};
  Budget budget(100000);
  EXPECT_FALSE(expand("$B$B$B$B", '\\', big, budget).known);
}

TEST(DockerExpansion, NamesInAScript) {
  EXPECT_EQ(variables_in("a $B \"${C:-d}\" $1 $(e) $$F"), (std::vector<std::string>{"B", "C", "F"}));
}

}  // namespace
}  // namespace mlrepro::docker
