#include "services/init/base_image.hpp"

#include <gtest/gtest.h>

namespace mlrepro {
namespace {

TEST(BaseImage, SuiteAndInterpreterOfATag) {
  const auto image = read_base_image("docker.example.org:5000/library/Python:3.11.4-slim-bookworm@sha256:00");
  EXPECT_EQ(image.suite, "bookworm");
  EXPECT_EQ(image.python, "3.11");
  EXPECT_EQ(image.note, "");
  EXPECT_EQ(read_base_image("python:3.9").suite, "bullseye");
  EXPECT_EQ(read_base_image("python:3.13-rc").suite, "trixie");
  EXPECT_EQ(read_base_image("python:3").python, std::nullopt);
  EXPECT_EQ(read_base_image("python:3.11rc1-bullseye").python, "3.11");
  EXPECT_EQ(read_base_image("debian:12.5-slim").suite, "bookworm");
  EXPECT_EQ(read_base_image("debian:sid").suite, "sid");
}

TEST(BaseImage, WhatCannotBeCarriedOverIsSaid) {
  EXPECT_NE(read_base_image("debian:latest").note, "");
  EXPECT_NE(read_base_image("python:3.11-alpine").note.find("Alpine"), std::string::npos);
  EXPECT_EQ(read_base_image("ubuntu:24.04").suite, "trixie");
  EXPECT_NE(read_base_image("example.test/own/image").note, "");
  EXPECT_NE(read_base_image("tensorflow/tensorflow:2.15.0-gpu").note.find("tensorflow==2.15.0"),
            std::string::npos);
  for (const char* odd : {"", ":", "@", "/", "a/:", ":/", "python:", "python:.", "python:3."})
    EXPECT_EQ(read_base_image(odd).python, std::nullopt) << odd;
}

}  // namespace
}  // namespace mlrepro
