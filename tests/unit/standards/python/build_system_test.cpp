#include "standards/python/build_system.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro::python {
namespace {

using Lines = std::vector<std::string>;

std::string code_of(const std::string& text) {
  try {
    (void)SourceProject::parse(text, "pyproject.toml");
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

TEST(BuildSystem, IsReadAsWritten) {
  const auto read = SourceProject::parse(
      "[build-system]\nrequires = [\"flit_core >=3.2,<4\"]\nbuild-backend = \"flit_core.buildapi\"\n"
      "backend-path = [\".\", \"tools\"]\n",
      "pyproject.toml");
  EXPECT_EQ(read.build_system.requires_, Lines{"flit_core >=3.2,<4"});
  EXPECT_EQ(read.build_system.backend, "flit_core.buildapi");
  EXPECT_EQ(read.build_system.backend_path, (Lines{".", "tools"}));
  EXPECT_FALSE(read.project);
}

TEST(BuildSystem, SetuptoolsWhereNothingIsSaid) {
  EXPECT_EQ(SourceProject::parse("[tool.black]\n", "x").build_system, BuildSystem::legacy());
  const auto read = SourceProject::parse("[build-system]\nrequires = [\"cython\"]\n", "x").build_system;
  EXPECT_EQ(read.backend, "setuptools.build_meta:__legacy__");
  EXPECT_EQ(read.requires_, (Lines{"cython", "setuptools>=40.8.0"}));
  EXPECT_EQ(
      SourceProject::parse("[build-system]\nrequires = [\"Setuptools<60\"]\n", "x").build_system.requires_,
      Lines{"Setuptools<60"});
}

TEST(BuildSystem, RefusesWhatBreaksPep518) {
  EXPECT_EQ(code_of("[build-system]\nbuild-backend = \"a\"\n"), "bad-pyproject");
  EXPECT_EQ(code_of("[build-system]\nrequires = \"a\"\n"), "bad-pyproject");
  EXPECT_EQ(code_of("[build-system]\nrequires = [\"a b c\"]\n"), "bad-pyproject");
  EXPECT_EQ(code_of("[build-system]\nrequires = []\nbuild-backend = \"a; import os\"\n"), "bad-pyproject");
  EXPECT_EQ(code_of("[build-system]\nrequires = []\nbackend-path = [\"../x\"]\n"), "bad-pyproject");
  EXPECT_EQ(code_of("[build-system]\nrequires = []\nbackend-path = [\"/x\"]\n"), "bad-pyproject");
  EXPECT_EQ(code_of("build-system = ["), "bad-toml");
}

TEST(SourceProjectTable, IsStaticWhereNothingIsDynamic) {
  const std::string head = "[project]\nname = \"A.b\"\nversion = \"1.0\"\nrequires-python = \">=3.8\"\n";
  const auto read = SourceProject::parse(head + "dependencies = [\"c\"]\n", "x").project;
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "A.b");
  EXPECT_EQ(read->metadata.requires_python, ">=3.8");
  EXPECT_EQ(read->metadata.requires_dist, Lines{"c"});
  for (const char* field : {"dependencies", "optional-dependencies", "requires-python"})
    EXPECT_FALSE(SourceProject::parse(head + "dynamic = [\"" + field + "\"]\n", "x").project) << field;
  EXPECT_TRUE(SourceProject::parse(head + "dynamic = [\"readme\"]\n", "x").project);
  EXPECT_FALSE(SourceProject::parse("[project]\nname = \"a\"\n", "x").project);
  EXPECT_FALSE(SourceProject::parse(head + "dependencies = [\"not ok at all\"]\n", "x").project);
}

}  // namespace
}  // namespace mlrepro::python
