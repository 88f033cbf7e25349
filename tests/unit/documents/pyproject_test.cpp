#include "documents/config/pyproject.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

constexpr const char* sample = R"([project]
name = "My.App"
requires-python = ">=3.10"
dependencies = ["numpy>=2", "rich; python_version < '3.12'"]
[project.optional-dependencies]
Cuda_12 = ["torch==2.9.0"]
plot = ["matplotlib"]
all = ["my-app[cuda-12,plot]", "numpy>=2"]
[dependency-groups]
test = ["pytest", "coverage[toml]"]
dev = [{include-group = "Test"}, "ruff"]
round = [{include-group = "trip"}]
trip = [{include-group = "round"}]
)";

std::vector<std::string> lines(const PyprojectWish& wish) {
  return parse_pyproject(sample, "pyproject.toml", wish).requirements;
}

std::string code_of(const std::string& text, const PyprojectWish& wish, std::string* message = nullptr) {
  try {
    (void)parse_pyproject(text, "pyproject.toml", wish);
  } catch (const Error& error) {
    if (message != nullptr) *message = error.message() + " | " + error.hint();
    return error.code();
  }
  return "accepted";
}

TEST(Pyproject, GivesDependenciesAndRequiresPython) {
  const auto read = parse_pyproject(sample, "pyproject.toml", {});
  EXPECT_EQ(read.requirements, (std::vector<std::string>{"numpy>=2", "rich; python_version < '3.12'"}));
  EXPECT_EQ(read.requires_python, ">=3.10");
}

TEST(Pyproject, AnExtraOfTheProjectItselfStandsForWhatItLists) {
  EXPECT_EQ(lines({{"all"}, {}}), (std::vector<std::string>{"numpy>=2", "rich; python_version < '3.12'",
                                                            "torch==2.9.0", "matplotlib"}));
}

TEST(Pyproject, NamesOfExtrasAndGroupsCompareNormalised) {
  EXPECT_EQ(lines({{"CUDA.12"}, {}}).back(), "torch==2.9.0");
  EXPECT_EQ(lines({{}, {"DEV"}}).back(), "ruff");
}

TEST(Pyproject, GroupsIncludeGroups) {
  const auto all = lines({{}, {"dev"}});
  EXPECT_EQ((std::vector<std::string>{all.begin() + 2, all.end()}),
            (std::vector<std::string>{"pytest", "coverage[toml]", "ruff"}));
}

TEST(Pyproject, GroupsAloneNeedNoProjectTable) {
  const auto read = parse_pyproject("[dependency-groups]\na = [\"x\"]\n", "pyproject.toml", {{}, {"a"}});
  EXPECT_EQ(read.requirements, std::vector<std::string>{"x"});
}

TEST(Pyproject, RefusesWithTheReason) {
  std::string message;
  EXPECT_EQ(code_of(sample, {{}, {"round"}}, &message), "bad-pyproject");
  EXPECT_NE(message.find("round -> trip -> round"), std::string::npos) << message;
  EXPECT_EQ(code_of(sample, {{"plto"}, {}}, &message), "no-extra");
  EXPECT_NE(message.find("plot"), std::string::npos) << message;
  EXPECT_EQ(code_of(sample, {{}, {"tset"}}), "no-group");
  EXPECT_EQ(code_of("[tool.poetry]\nname = 'x'\n", {}), "bad-pyproject");
  EXPECT_EQ(code_of("[project]\nname = 'x'\ndynamic = ['dependencies']\n", {}, &message), "bad-pyproject");
  EXPECT_NE(message.find(":3:"), std::string::npos) << message;
  EXPECT_EQ(code_of("[project]\ndependencies = ['a b c']\n", {}), "bad-pyproject");
  EXPECT_EQ(code_of("[project]\ndependencies = [1]\n", {}), "bad-pyproject");
  EXPECT_EQ(code_of("[project]\ndependencies = 'numpy'\n", {}), "bad-pyproject");
  EXPECT_EQ(code_of("[dependency-groups]\na = [{include-group = 'b', x = 1}]\n", {{}, {"a"}}),
            "bad-pyproject");
  EXPECT_EQ(code_of("[dependency-groups]\na = []\nA = []\n", {{}, {"a"}}), "bad-pyproject");
}

}  // namespace
}  // namespace mlrepro
