#include "standards/python/metadata.hpp"

#include <gtest/gtest.h>

namespace mlrepro::python {
namespace {

TEST(CoreMetadata, ReadsFieldsUpToTheBody) {
  const auto metadata = CoreMetadata::parse(
      "Metadata-Version: 2.1\r\nname: Scikit_Learn\nVERSION: v1.5.0\nSummary: x\n  Name: "
      "wrong\nRequires-Python: >=3.9\n"
      "Requires-Dist: numpy>=1.19.5\nRequires-Dist: pytest>=7.1.2 ;\n\textra == 'tests'\nProvides-Extra: "
      "Tests\nProvides-Extra: tests\n"
      "garbage\n\nRequires-Dist: not-me\n");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->name, "Scikit_Learn");
  EXPECT_EQ(metadata->version.str(), "1.5.0");
  EXPECT_EQ(metadata->requires_python, ">=3.9");
  EXPECT_EQ(metadata->requires_dist,
            (std::vector<std::string>{"numpy>=1.19.5", "pytest>=7.1.2 ; extra == 'tests'"}));
  EXPECT_EQ(metadata->provides_extra, std::vector<std::string>{"tests"});
}

TEST(CoreMetadata, KnowsWhatIsStatic) {
  const auto metadata =
      CoreMetadata::parse("Metadata-Version: 2.2\nName: a\nVersion: 1\nDynamic: Requires-Dist\n");
  ASSERT_TRUE(metadata);
  EXPECT_FALSE(metadata->is_static("Requires-Dist"));
  EXPECT_TRUE(metadata->is_static("requires-python"));
  EXPECT_FALSE(
      CoreMetadata::parse("Metadata-Version: 2.1\nName: a\nVersion: 1\n")->is_static("requires-dist"));
}

TEST(CoreMetadata, RefusesWhatHasNoNameOrVersion) {
  EXPECT_FALSE(CoreMetadata::parse(""));
  EXPECT_FALSE(CoreMetadata::parse("Name: a\n"));
  EXPECT_FALSE(CoreMetadata::parse("Name: a b\nVersion: 1\n"));
  EXPECT_FALSE(CoreMetadata::parse("Name: a\nVersion: french toast\n"));
}

TEST(CoreMetadata, NeverGivesBrokenUtf8) {
  const auto metadata =
      CoreMetadata::parse("Name: a\nVersion: 1\nRequires-Dist: b; os_name == '\xFF\xC3\xA4'\n");
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->requires_dist.front(), "b; os_name == '\xEF\xBF\xBD\xC3\xA4'");
}

}  // namespace
}  // namespace mlrepro::python
