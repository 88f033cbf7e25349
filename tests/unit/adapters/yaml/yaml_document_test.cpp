#include "adapters/yaml/yaml_document.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace mlrepro {
namespace {

TEST(Yaml, ScalarsAreWhatTheirFormSays) {
  const Json value = parse_yaml("a: 1\nb: \"1\"\nc: 0.5.0\nd: [true, ~, -3, x y, '']\ne:\n- {f: g}\n", "y");
  EXPECT_EQ(value.dump(), R"({"a":1,"b":"1","c":"0.5.0","d":[true,null,-3,"x y",""],"e":[{"f":"g"}]})");
  EXPECT_TRUE(parse_yaml("", "y").is_null());
  EXPECT_EQ(parse_yaml(R"({"cdiVersion": "1.1.0", "n": [1, 2]})", "y").dump(),
            R"({"cdiVersion":"1.1.0","n":[1,2]})");
}

TEST(Yaml, WhatGrowsOrHidesIsRefused) {
  const std::string deep(64, '[');
  for (const std::string& text : {std::string("a: &x 1\nb: *x\n"), deep, std::string("a: 1\na: 2\n"),
                                  std::string("? [1]\n: 2\n"), std::string("--- 1\n--- 2\n"),
                                  std::string("!!binary aGk="), std::string("a: {"), std::string("*x")}) {
    try {
      (void)parse_yaml(text, "y");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "bad-yaml") << text;
      EXPECT_TRUE(error.message().starts_with("y:")) << error.message();
    }
  }
}

}  // namespace
}  // namespace mlrepro
