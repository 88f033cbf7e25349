#include "adapters/solv/packages_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mlrepro {
namespace {

TEST(PackagesText, KeepsWhatChoosingNeedsAndTheFactsBesideIt) {
  const auto packages = condense_packages(
      "Package: a\nPriority: Required\nEssential: yes\nVersion: 1\nArchitecture: amd64\nSize: 12\n"
      "Depends: b,\n c (>= 1)\nDescription: long\n text\n .\n more\nReplaces: z\nSHA256: 00\n"
      "\n\nPackage: b\nVersion: 2\nArchitecture: all\n",
      "amd64");
  EXPECT_EQ(packages.control,
            "package: a\nversion: 1\narchitecture: amd64\ndepends: b, c (>= 1)\nsha256: 00\n\n"
            "package: b\nversion: 2\narchitecture: all\n\n");
  ASSERT_EQ(packages.facts.size(), 2U);
  EXPECT_EQ(packages.facts[0].size, 12U);
  EXPECT_EQ(packages.facts[0].priority, "required");
  EXPECT_TRUE(packages.facts[0].essential);
  EXPECT_EQ(packages.facts[1].size, 0U);
  EXPECT_FALSE(packages.facts[1].essential);
}

TEST(PackagesText, PassesOverOtherArchitecturesAndStanzasWithoutNameOrVersion) {
  const auto packages = condense_packages(
      "Package: a\nVersion: 1\nArchitecture: i386\n\nVersion: 1\nArchitecture: all\n\n"
      "Package: c\nArchitecture: all\n\n continuation of nothing\nno field\n: \n",
      "amd64");
  EXPECT_TRUE(packages.control.empty());
  EXPECT_TRUE(packages.facts.empty());
}

TEST(PackagesText, BytesThatWouldConfuseLibsolvDoNotReachIt) {
  std::string many = "a";
  for (int i = 0; i < 2000; ++i)
    many += "|a";
  const std::string zero("Package: a\nVersion: 1\nArchitecture: all\nDepends: b\0c\n\n", 55);
  const auto packages =
      condense_packages(zero + "Package: b\nVersion: 1\nArchitecture: all\nDepends: " + many + "\n", "amd64");
  EXPECT_EQ(packages.control.find('\0'), std::string::npos);
  EXPECT_EQ(packages.facts.size(), 1U);
}

}  // namespace
}  // namespace mlrepro
