#include "standards/python/tag.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "codec/json.hpp"

namespace mlrepro::python {
namespace {

TEST(Pep425Tags, AgreeWithPackaging) {
  const std::string path = std::string(MLREPRO_FIXTURES) + "/python/tags.json";
  const auto table = parse_json(read_file(path), path);
  for (const auto& target : table.at("targets")) {
    const auto machine = target.at("machine").get<std::string>();
    const LibcVersion glibc{2, target.at("glibc").get<int>()};
    const SupportedTags tags(3, target.at("minor").get<int>(), glibc, machine);
    std::vector<std::string> expected;
    for (const auto& pair : target.at("pairs")) {
      auto text = pair.get<std::string>();
      if (!text.ends_with('*')) {
        expected.push_back(text);
        continue;
      }
      text.pop_back();
      for (const auto& platform : target.at("platforms"))
        expected.push_back(text + platform.get<std::string>());
    }
    const auto all = tags.all();
    ASSERT_EQ(all.size(), expected.size());
    EXPECT_EQ(all.size(), tags.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].str(), expected[i]);
      EXPECT_EQ(tags.rank(all[i].python, all[i].abi, all[i].platform), i);
    }
  }
}

TEST(Pep425Tags, RanksWheels) {
  const SupportedTags tags(3, 11, {2, 36}, "x86_64");
  const auto rank = [&](std::string_view name) { return tags.rank(WheelName::parse(name).value()); };
  const auto own = rank("a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
  const auto newer_glibc = rank("a-1-cp311-cp311-manylinux_2_28_x86_64.whl");
  const auto abi3 = rank("a-1-cp38-abi3-manylinux2014_x86_64.whl");
  const auto pure = rank("a-1-py2.py3-none-any.whl");
  ASSERT_TRUE(own && newer_glibc && abi3 && pure);
  EXPECT_LT(*newer_glibc, *own);
  EXPECT_LT(*own, *abi3);
  EXPECT_LT(*abi3, *pure);
  for (const char* foreign :
       {"a-1-cp311-cp311-manylinux_2_37_x86_64.whl", "a-1-cp311-cp311-musllinux_1_2_x86_64.whl",
        "a-1-cp312-cp312-manylinux2014_x86_64.whl", "a-1-cp312-abi3-manylinux2014_x86_64.whl",
        "a-1-cp311-cp311-win_amd64.whl", "a-1-cp311-cp311-manylinux2014_aarch64.whl", "a-1-py2-none-any.whl",
        "a-1-cp311-cp311-any.whl"}) {
    EXPECT_FALSE(rank(foreign)) << foreign;
  }
  EXPECT_EQ(tags.summary().front(), "cp311-cp311-manylinux_2_36_x86_64");
  EXPECT_EQ(tags.summary().back(), "py30-none-any");
  const SupportedTags copy = tags;
  EXPECT_EQ(copy.rank("cp311", "cp311", "linux_x86_64"), tags.rank("cp311", "cp311", "linux_x86_64"));
}

TEST(Pep600Platform, TakesTagsApart) {
  const auto legacy = LinuxPlatform::parse("manylinux2014_x86_64");
  ASSERT_TRUE(legacy);
  EXPECT_EQ(legacy->libc.minor, 17);
  EXPECT_EQ(legacy->machine, "x86_64");
  const auto musl = LinuxPlatform::parse("musllinux_1_2_aarch64");
  ASSERT_TRUE(musl);
  EXPECT_EQ(musl->family, LinuxPlatform::Family::musllinux);
  EXPECT_EQ(LinuxPlatform::parse("linux_armv7l")->machine, "armv7l");
  for (const char* bad : {"win_amd64", "any", "manylinux_2_x86_64", "manylinux_2_17", "manylinux2014",
                          "linux", "macosx_10_9_x86_64", "manylinux_99999_1_x86_64"}) {
    EXPECT_FALSE(LinuxPlatform::parse(bad)) << bad;
  }
  EXPECT_EQ(LibcVersion::parse("glibc 2.36")->minor, 36);
  EXPECT_EQ(LibcVersion::parse("2.36-9+deb12u13")->minor, 36);
  EXPECT_FALSE(LibcVersion::parse("glibc"));
}

}  // namespace
}  // namespace mlrepro::python
