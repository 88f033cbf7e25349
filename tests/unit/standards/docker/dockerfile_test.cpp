#include "standards/docker/dockerfile.hpp"

#include <gtest/gtest.h>

namespace mlrepro::docker {
namespace {

std::vector<std::string> texts(const Instruction& instruction) {
  std::vector<std::string> list;
  for (const auto& word : instruction.words)
    list.push_back(word.text);
  return list;
}

using Texts = std::vector<std::string>;

TEST(Dockerfile, InstructionsWithPositions) {
  const auto file = parse_dockerfile("# hello\n\nFROM debian:12 \n  run echo a\nCMD [\"a\", \"b c\"]\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  EXPECT_TRUE(file.problems.empty());
  EXPECT_EQ(file.instructions[0].range, (Range{{3, 1}, {3, 15}}));
  EXPECT_EQ(file.instructions[0].words[0].range, (Range{{3, 6}, {3, 15}}));
  EXPECT_EQ(file.instructions[1].keyword, "RUN");
  EXPECT_EQ(file.instructions[1].range, (Range{{4, 3}, {4, 13}}));
  EXPECT_EQ(texts(file.instructions[1]), Texts{"echo a"});
  EXPECT_FALSE(file.instructions[1].exec_form);
  EXPECT_TRUE(file.instructions[2].exec_form);
  EXPECT_EQ(texts(file.instructions[2]), (Texts{"a", "b c"}));
  EXPECT_EQ(file.instructions[2].words[1].range, (Range{{5, 11}, {5, 16}}));
}

TEST(Dockerfile, ContinuationsWithCommentsAndBlankLinesBetween) {
  const auto file = parse_dockerfile("FROM a\nRUN x \\\n# note \\\n\n   # other\n  y \\  \n && z\nUSER u\n");
  ASSERT_EQ(file.instructions.size(), 3U);
  const auto& run = file.instructions[1];
  EXPECT_EQ(run.words[0].text, "x   y  && z");
  EXPECT_EQ(run.range, (Range{{2, 1}, {7, 6}}));
  EXPECT_EQ(run.text.at(run.text.text().find('y')), (Position{6, 3}));
  EXPECT_EQ(run.text.at(run.text.text().find('z')), (Position{7, 5}));
  EXPECT_EQ(file.instructions[2].range.begin.line, 8U);
}

TEST(Dockerfile, EscapedEscapeDoesNotContinue) {
  const auto file = parse_dockerfile("FROM a\nRUN x \\\\\nUSER u\n");
  EXPECT_EQ(file.instructions.size(), 3U);
}

TEST(Dockerfile, DirectivesOnlyAtTheTop) {
  const auto file = parse_dockerfile("# syntax=docker/dockerfile:1\n#escape = `\nFROM a\nRUN x `\n y\n");
  EXPECT_EQ(file.escape, '`');
  ASSERT_EQ(file.directives.size(), 2U);
  EXPECT_EQ(file.directives[0].value, "docker/dockerfile:1");
  EXPECT_EQ(file.instructions.size(), 2U);
  EXPECT_EQ(parse_dockerfile("# comment\n# escape=`\nFROM a\n").escape, '\\');
  EXPECT_EQ(parse_dockerfile("\n# escape=`\nFROM a\n").escape, '\\');
  EXPECT_EQ(parse_dockerfile("FROM a\n# escape=`\nRUN x\n").escape, '\\');
  EXPECT_EQ(parse_dockerfile("# other=1\n# escape=`\nFROM a\n").escape, '\\');
  EXPECT_FALSE(parse_dockerfile("# escape=`\n# escape=`\nFROM a\n").problems.empty());
  EXPECT_FALSE(parse_dockerfile("# escape=x\nFROM a\n").problems.empty());
}

TEST(Dockerfile, CarriageReturnsAndByteOrderMark) {
  const auto file = parse_dockerfile("\xEF\xBB\xBF# escape=`\r\nFROM a:1\r\nRUN x `\r\n  y\r\n");
  EXPECT_EQ(file.escape, '`');
  ASSERT_EQ(file.instructions.size(), 2U);
  EXPECT_EQ(file.instructions[0].words[0].text, "a:1");
  EXPECT_EQ(file.instructions[1].words[0].text, "x   y");
}

TEST(Dockerfile, Flags) {
  const auto file = parse_dockerfile(
      "FROM --platform=linux/amd64 a AS b\nRUN --mount=type=cache,target=/x --network=none pip\n"
      "COPY --from=b --chown=1:2 --link x y\nHEALTHCHECK --interval=5s CMD [\"a\"]\n");
  EXPECT_TRUE(file.problems.empty());
  EXPECT_EQ(file.stages[0].platform->text, "linux/amd64");
  const auto& run = file.instructions[1];
  EXPECT_EQ(run.flag("mount")->value.text, "type=cache,target=/x");
  EXPECT_EQ(run.words[0].text, "pip");
  EXPECT_EQ(run.flag("mount")->range, (Range{{2, 5}, {2, 33}}));
  const auto& copy = file.instructions[2];
  ASSERT_NE(copy.flag("link"), nullptr);
  EXPECT_EQ(copy.flag("link")->value.text, "");
  EXPECT_EQ(texts(copy), (Texts{"x", "y"}));
  EXPECT_EQ(texts(file.instructions[3]), (Texts{"CMD", "a"}));
  EXPECT_TRUE(file.instructions[3].exec_form);
}

TEST(Dockerfile, WhatIsNoJsonIsShellForm) {
  const auto file = parse_dockerfile("FROM a\nCMD ['a']\nCMD [\"a\"] b\nCMD [\"a\",]\nCMD [1]\nCMD []\n");
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_FALSE(file.instructions[i].exec_form) << i;
  EXPECT_TRUE(file.instructions[5].exec_form);
}

TEST(Dockerfile, EnvAndLabelForms) {
  const auto file =
      parse_dockerfile("FROM a\nENV A=1 B=\"2 3\" C=4\\ 5\nENV D the rest  \"x\"\nLABEL e='f'\n");
  EXPECT_EQ(texts(file.instructions[1]), (Texts{"A=1", "B=2 3", "C=4 5"}));
  EXPECT_EQ(texts(file.instructions[2]), Texts{"D=the rest  x"});
  EXPECT_EQ(texts(file.instructions[3]), Texts{"e=f"});
  EXPECT_FALSE(parse_dockerfile("FROM a\nENV A\n").problems.empty());
}

TEST(Dockerfile, Onbuild) {
  const auto file =
      parse_dockerfile("FROM a\nONBUILD RUN --network=none pip \\\n install x\nONBUILD ONBUILD RUN x\n");
  ASSERT_EQ(file.instructions[1].trigger.size(), 1U);
  const auto& run = file.instructions[1].trigger[0];
  EXPECT_EQ(run.keyword, "RUN");
  EXPECT_EQ(run.words[0].text, "pip  install x");
  EXPECT_EQ(run.words[0].range, (Range{{2, 28}, {3, 11}}));
  EXPECT_FALSE(file.problems.empty());
}

TEST(Dockerfile, ProblemsAreToldAndTheRestIsRead) {
  const auto file = parse_dockerfile("RUN early\nFROM a\nFOO bar\nFROM\nCOPY\nSHELL x\nRUN\n");
  EXPECT_EQ(file.instructions.size(), 7U);
  EXPECT_EQ(file.problems.size(), 6U);
  Problem problem;
  EXPECT_FALSE(try_parse_dockerfile("FROM a\nFOO bar\n", &problem));
  EXPECT_EQ(problem.position, (Position{2, 1}));
  EXPECT_NE(problem.message.find("FOO"), std::string::npos);
  EXPECT_TRUE(try_parse_dockerfile("FROM a\n"));
  EXPECT_FALSE(try_parse_dockerfile(""));
  EXPECT_FALSE(try_parse_dockerfile(std::string("FROM a\0", 7)));
  EXPECT_FALSE(try_parse_dockerfile(std::string(most_bytes + 1, '\n')));
}

TEST(Dockerfile, HostileSizesEnd) {
  std::string many = "FROM a\n";
  while (many.size() < most_bytes - 10)
    many += "FROM a\n";
  EXPECT_FALSE(parse_dockerfile(many).problems.empty());
  std::string triggers = "FROM a\n";
  while (triggers.size() < most_bytes - 20)
    triggers += "ONBUILD ";
  EXPECT_EQ(parse_dockerfile(triggers).instructions.size(), 2U);
  std::string words = "FROM a\nCOPY";
  while (words.size() < most_bytes - 20)
    words += " a";
  EXPECT_EQ(parse_dockerfile(words).instructions.size(), 2U);
}

}  // namespace
}  // namespace mlrepro::docker
