#include <gtest/gtest.h>

#include "standards/docker/dockerfile.hpp"

namespace mlrepro::docker {
namespace {

TEST(DockerStages, NamesParentsAndNumbers) {
  const auto file = parse_dockerfile(
      "FROM registry.example.org:5000/a/b:1 AS Base\nRUN x\nFROM base as next\nFROM 0\nCOPY --from=BASE x "
      "y\n");
  EXPECT_TRUE(file.problems.empty());
  ASSERT_EQ(file.stages.size(), 3U);
  EXPECT_EQ(file.stages[0].name, "base");
  EXPECT_EQ(file.stages[0].base.text, "registry.example.org:5000/a/b:1");
  EXPECT_FALSE(file.stages[0].parent);
  EXPECT_EQ(file.stages[1].parent, 0U);
  EXPECT_FALSE(file.stages[2].parent);  // the image "0"
  EXPECT_EQ(file.instructions[1].stage, 0U);
  EXPECT_EQ(file.instructions[4].stage, 2U);
  EXPECT_EQ(file.stage_named("BASE", 2), 0U);
  EXPECT_EQ(file.stage_named("1", 2), 1U);
  EXPECT_FALSE(file.stage_named("2", 2));
  EXPECT_FALSE(file.stage_named("debian:12", 2));
}

TEST(DockerStages, ArgumentsBeforeFrom) {
  const auto file = parse_dockerfile(
      "ARG V=3.11\nARG T=${V}-slim\nARG NONE\nFROM python:$T\nFROM python:${V:-latest}\nFROM x:$NONE\nFROM "
      "y:${U:-latest}\n");
  EXPECT_EQ(file.stages[0].base.text, "python:3.11-slim");
  EXPECT_TRUE(file.stages[0].base.known);
  EXPECT_FALSE(file.stages[0].base.literal);
  EXPECT_EQ(file.stages[1].base.text, "python:3.11");
  EXPECT_FALSE(file.stages[2].base.known);
  EXPECT_EQ(file.stages[3].base.text, "y:latest");
  EXPECT_FALSE(file.instructions[0].stage);
}

TEST(DockerStages, ArgumentsMustBeDeclaredAgainInAStage) {
  const auto file = parse_dockerfile("ARG V=1\nFROM a\nUSER u$V\nARG V\nUSER u$V\nARG V=2\nUSER u$V\n");
  EXPECT_FALSE(file.instructions[2].words[0].known);
  EXPECT_EQ(file.instructions[4].words[0].text, "u1");
  EXPECT_EQ(file.instructions[6].words[0].text, "u2");
}

TEST(DockerStages, EnvironmentIsInheritedAndWinsOverArguments) {
  const auto file = parse_dockerfile(
      "FROM a AS b\nENV E=1\nARG F=2\nFROM b\nWORKDIR /$E\nUSER $F\nARG E=9\nWORKDIR /$E\nFROM c\nWORKDIR "
      "/$E\n");
  EXPECT_EQ(file.instructions[4].words[0].text, "/1");
  EXPECT_FALSE(file.instructions[5].words[0].known);
  EXPECT_EQ(file.instructions[7].words[0].text, "/1");
  EXPECT_FALSE(file.instructions[9].words[0].known);
}

TEST(DockerStages, OneInstructionSeesTheEnvironmentBeforeIt) {
  const auto file =
      parse_dockerfile("FROM a\nENV A=hello\nENV A=bye B=$A\nENV C=$A\nARG D=1 E=$D\nUSER $B$C$E\n");
  EXPECT_EQ(file.instructions[5].words[0].text, "hellobye1");
}

TEST(DockerStages, CommandsKeepTheirVariablesForTheShell) {
  const auto file = parse_dockerfile("FROM a\nARG V=2.1\nENV W=$UNSET\nRUN pip install torch==${V} $W $X\n");
  const auto& run = file.instructions[3];
  EXPECT_EQ(run.words[0].text, "pip install torch==${V} $W $X");
  EXPECT_EQ(run.variables, (Variables{{"V", "2.1"}, {"W", std::nullopt}}));
}

TEST(DockerStages, ArgumentsThatExplodeAreBounded) {
  std::string text = "ARG A0=xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 64; ++i) {
    const std::string before = "$A" + std::to_string(i - 1);
    text += "ARG A" + std::to_string(i) + "=" + before + before + before + before + before + before + "\n";
  }
  const auto file = parse_dockerfile(text + "FROM x:$A63\n");
  EXPECT_FALSE(file.stages[0].base.known);
  EXPECT_LT(file.stages[0].base.text.size(), 70000U);
}

}  // namespace
}  // namespace mlrepro::docker
