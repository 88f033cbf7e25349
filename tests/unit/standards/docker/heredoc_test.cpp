#include <gtest/gtest.h>

#include "standards/docker/dockerfile.hpp"

namespace mlrepro::docker {
namespace {

TEST(DockerHeredoc, ScriptInRun) {
  const auto file =
      parse_dockerfile("FROM a\nRUN <<EOF\napt-get update\n# kept\npip install x\nEOF\nUSER u\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  const auto& run = file.instructions[1];
  ASSERT_EQ(run.heredocs.size(), 1U);
  EXPECT_EQ(run.heredocs[0].content.text(), "apt-get update\n# kept\npip install x\n");
  EXPECT_EQ(run.heredocs[0].range, (Range{{3, 1}, {6, 4}}));
  EXPECT_EQ(run.range, (Range{{2, 1}, {6, 4}}));
  EXPECT_EQ(run.script().text(), run.heredocs[0].content.text());
  EXPECT_EQ(run.script().at(run.script().text().find("pip")), (Position{5, 1}));
}

TEST(DockerHeredoc, CommandWithHeredocs) {
  const auto file =
      parse_dockerfile("FROM a\nRUN cat <<A >x && cat <<-\"B\" >y\na $V\nA\n\tb\n\tB\nUSER u\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  const auto& run = file.instructions[1];
  ASSERT_EQ(run.heredocs.size(), 2U);
  EXPECT_TRUE(run.heredocs[0].expands);
  EXPECT_FALSE(run.heredocs[1].expands);
  EXPECT_EQ(run.heredocs[1].content.text(), "b\n");
  EXPECT_EQ(run.heredocs[1].content.at(0), (Position{5, 2}));
  EXPECT_EQ(run.script().text(), "cat <<A >x && cat <<-\"B\" >y\na $V\nA\nb\nB");
}

TEST(DockerHeredoc, DataInCopy) {
  const auto file = parse_dockerfile("FROM a\nCOPY <<EOF <<F /x/\nRUN pip install y\nEOF\nz\nF\nRUN w\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[1].heredocs.size(), 2U);
  EXPECT_EQ(file.instructions[1].heredocs[1].content.text(), "z\n");
}

TEST(DockerHeredoc, WhatLooksLikeOne) {
  for (const char* line :
       {"cat <<<word", "echo $((1<<2))", "echo \"<<EOF\"", "echo a<<EOF", "echo it's <<EOF", "[\"<<EOF\"]"}) {
    const auto file = parse_dockerfile(std::string("FROM a\nRUN ") + line + "\nUSER u\n");
    EXPECT_EQ(file.instructions.size(), 3U) << line;
    EXPECT_TRUE(file.instructions[1].heredocs.empty()) << line;
  }
  // Not in other instructions.
  EXPECT_EQ(parse_dockerfile("FROM a\nCMD cat <<EOF\nUSER u\n").instructions.size(), 3U);
}

TEST(DockerHeredoc, NumberOfAFileAndCarriageReturns) {
  const auto file = parse_dockerfile("FROM a\r\nRUN 3<<EOF cat\r\nx\r\nEOF\r\nUSER u\r\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[1].heredocs[0].content.text(), "x\r\n");
}

TEST(DockerHeredoc, WithoutEndIsAProblem) {
  const auto file = parse_dockerfile("FROM a\nRUN <<EOF\nx\n EOF\n");
  ASSERT_EQ(file.problems.size(), 1U);
  EXPECT_EQ(file.problems[0].position, (Position{2, 5}));
  EXPECT_EQ(file.instructions[1].heredocs[0].content.text(), "x\n EOF\n");
}

TEST(DockerHeredoc, BehindOnbuild) {
  const auto file = parse_dockerfile("FROM a\nONBUILD RUN <<EOF\nx\nEOF\nUSER u\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_EQ(file.instructions[1].trigger[0].heredocs.size(), 1U);
  EXPECT_EQ(file.instructions[1].range.end, (Position{4, 4}));
}

}  // namespace
}  // namespace mlrepro::docker
